/** 32 symbols, five bits each. */
export const codeAlphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
export const codeLength = 8;

/** What a person typed, in the one spelling that is stored: case, spaces and hyphens do not matter. */
export function normalizeCode(typed: string): string {
  return typed.replace(/[\s-]/g, '').toUpperCase();
}

const wellFormed = new RegExp(`^[${codeAlphabet}]{${codeLength}}$`);

/** Whether a normalised code could exist at all. */
export function isWellFormedCode(code: string): boolean {
  return wellFormed.test(code);
}
