import { randomBytes } from 'node:crypto';
import { codeAlphabet, codeLength } from '@referral/contracts';

const visitorBytes = 16;

/** A byte is eight times the alphabet, so every symbol is as likely as any other. */
export function generateCode(): string {
  return Array.from(randomBytes(codeLength), (byte) => codeAlphabet[byte % codeAlphabet.length]).join('');
}

export function generateVisitorId(): string {
  return `vis_${randomBytes(visitorBytes).toString('hex')}`;
}
