import { hash } from 'node:crypto';
import type { JournalEntry } from '@referral/contracts';

/** An entry as a seal names it. */
export interface SealedEntry {
  readonly entry_id: string;
  readonly hash: string;
}

/** What a seal's hash stands for: these entries in this order, and all that came before them. */
export interface SealContent {
  readonly tenant_id: string;
  /** 1 for a tenant's first, one more for each after it. */
  readonly number: number;
  /** The hash of the seal before; null for the first. */
  readonly previous_hash: string | null;
  readonly entries: readonly SealedEntry[];
}

/**
 * SHA-256, in lower-case hexadecimal, over the UTF-8 bytes of `canonicalJson` of exactly these members:
 * `{about, cause, entry_id, kind, occurred_at, postings: [{account, amount, posting_id, unit}], tenant_id}`, all as
 * `journal_entry_posted` carries them, postings in its order. Members that a later version adds take no part.
 */
export function hashOfEntry(entry: JournalEntry): string {
  const { tenant_id, entry_id, kind, about, cause, occurred_at } = entry;
  const postings = entry.postings.map(({ posting_id, account, unit, amount }) => ({
    posting_id,
    account,
    unit,
    amount,
  }));
  return digest({ tenant_id, entry_id, kind, about, cause, postings, occurred_at });
}

/**
 * SHA-256, in lower-case hexadecimal, over the UTF-8 bytes of `canonicalJson` of exactly these members:
 * `{entries: [{entry_id, hash}], number, previous_hash, tenant_id}`, entries in the seal's order.
 */
export function hashOfSeal({ tenant_id, number, previous_hash, entries }: SealContent): string {
  return digest({
    tenant_id,
    number,
    previous_hash,
    entries: entries.map(({ entry_id, hash: of }) => ({ entry_id, hash: of })),
  });
}

type Json = string | number | null | readonly Json[] | { readonly [member: string]: Json };

/**
 * RFC 8785 (JSON Canonicalization Scheme) for what occurs here, strings, integers, null, arrays and objects: the members
 * of every object sorted by name, no white space, strings escaped as `JSON.stringify` does, integers in plain decimals.
 */
function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_name, inner: Json) => (isObject(inner) ? sorted(inner) : inner));
}

function sorted(object: { readonly [member: string]: Json }): Json {
  return Object.fromEntries(Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function isObject(value: Json): value is { readonly [member: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function digest(value: Json): string {
  return hash('sha256', canonicalJson(value), 'hex');
}
