import { hash } from 'node:crypto';

/**
 * An id that follows from what it is about, so that a repeat is recognised: the same parts give the same id, everywhere.
 * Parts hold no control characters (the contracts see to it), so joining them is unambiguous.
 * @returns `<prefix>_` and 128 bits of SHA-256 in hexadecimal
 */
export function deriveId(prefix: string, ...parts: readonly (string | number)[]): string {
  return `${prefix}_${hash('sha256', parts.join('\u0000'), 'hex').slice(0, 32)}`;
}

/** Key of what belongs to one customer of a tenant. The tenant holds no colon, so this splits at the first one. */
export function customerKey(tenantId: string, customerId: string): string {
  return `${tenantId}:${customerId}`;
}

/** The referral of a pair; a pair has one for ever. */
export function referralId(tenantId: string, referrerId: string, refereeId: string): string {
  return deriveId('ref', tenantId, referrerId, refereeId);
}

/** The customer that an enrolment without an id of its own creates. */
export function enrolledCustomerId(tenantId: string, email: string): string {
  return deriveId('cus', tenantId, normalizeEmail(email));
}

/** Trimmed and lower-cased, nothing else: two spellings of one mailbox that differ in more are two addresses. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** Digits with a leading plus; `undefined` when there is no digit. */
export function normalizePhone(phone: string): string | undefined {
  const digits = phone.replace(/\D/g, '');
  return digits === '' ? undefined : `+${digits}`;
}

/** Promo codes are the same whatever their case. */
export function promoKey(code: string): string {
  return code.toUpperCase();
}
