import { z } from 'zod';

const maxIdentifierBytes = 128;

/** An id that a caller chose: 1 to 128 bytes of UTF-8, no control characters. */
export const identifier = z
  .string()
  .min(1)
  .max(maxIdentifierBytes)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must not contain control characters')
  .refine((text) => text.length * 3 <= maxIdentifierBytes || Buffer.byteLength(text) <= maxIdentifierBytes, {
    message: `must be at most ${maxIdentifierBytes} bytes`,
  });

/** Tenants are ours to name, so that `tenant:anything` splits at the first colon. */
export const tenantId = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/, 'must be 1 to 64 letters, digits, hyphens or underscores');

export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'must be 1 to 64 lower-case letters, digits or hyphens');

/** RFC 3339 with an offset. */
export const instant = z.iso.datetime({ offset: true });

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** ISO 4217 code. */
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be three capital letters')
  .refine((code) => currencies.has(code), 'is not a known currency');

/** Money in the currency's minor unit (cents of USD), never negative, at most 2^53 - 1. */
export const amountMinor = z.int().nonnegative();

/** Money in the currency's minor unit, negative where something is taken back. */
export const signedAmountMinor = z.int();

export const revision = z.int().positive();

export const channels = [
  'whatsapp',
  'email',
  'sms',
  'facebook',
  'x',
  'telegram',
  'link',
  'qr',
  'code',
  'other',
] as const;
export const channel = z.enum(channels);
export type Channel = z.infer<typeof channel>;

/** Any text is accepted from outside; what is not one of our channels counts as `other`. */
export function toChannel(text: string): Channel {
  const known = channel.safeParse(text.toLowerCase());
  return known.success ? known.data : 'other';
}

/** Digits after the decimal point that a currency has: 2 for USD, 0 for JPY. */
export function currencyDigits(code: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions().maximumFractionDigits ?? 2
  );
}

/**
 * Scales a decimal as people write it to an integer: `19.99` with 2 digits is 1999.
 * @returns undefined when the value has more digits than allowed or leaves the safe integers
 */
export function toScaledInteger(value: number, digits: number): number | undefined {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const shift = Number(exponent) + digits - fraction.length;
  if (shift < 0) return undefined;
  const scaled = Number(`${whole}${fraction}`) * 10 ** shift;
  return Number.isSafeInteger(scaled) ? scaled : undefined;
}

/** The reverse of `toScaledInteger`: 1999 with 2 digits is `19.99`. */
export function fromScaledInteger(value: number, digits: number): number {
  return Number(`${value}e-${digits}`);
}
