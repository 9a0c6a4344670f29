import type { JournalEntry } from '@referral/contracts';
import { assert } from '@referral/errors';
import { hashOfEntry, hashOfSeal, type SealContent, type SealedEntry } from './hashes.ts';
import { addEntry, type Totals } from './totals.ts';

/** A seal as it is kept: never changed, and the next one holds its hash. */
export interface Seal extends SealContent {
  readonly hash: string;
  readonly sealed_at: string;
  /** Of this seal's entries and all before: no part of the hash, because they follow from what is. */
  readonly totals: Totals;
}

/** An entry as the book keeps it, with its place there. */
export interface BookEntry extends JournalEntry {
  readonly hash: string;
  readonly seal_number: number;
  /** Within its seal, from 0. */
  readonly position: number;
}

export interface HashedEntry {
  readonly entry: JournalEntry;
  readonly hash: string;
}

/** The last seal of a tenant, as far as anything depends on it. */
export interface Head {
  /** 0 before the first seal. */
  readonly number: number;
  readonly hash: string | null;
  /** Its entries that the book may lack; empty once it is known to have them all. */
  readonly entries: readonly SealedEntry[];
  readonly totals: Totals;
}

export const noSeal: Head = { number: 0, hash: null, entries: [], totals: {} };

export interface Plan {
  /** Entries of the head that the book lacks. They go there before anything else is sealed. */
  readonly missing: readonly BookEntry[];
  /** Whether the book has all of the head's entries after that. */
  readonly completesHead: boolean;
  /** What neither the book nor the head knows, in the order in which it came. */
  readonly fresh: readonly HashedEntry[];
}

/**
 * What is to be done with a tenant's entries. An entry is new unless the book or the head knows it, because a seal is
 * only written when the book has all of the one before.
 * @param book the hash under which the book has an entry
 * @throws AssertionFailure when an entry is known with other content
 */
export function planFor(
  entries: Iterable<HashedEntry>,
  head: Head,
  book: (entryId: string) => string | undefined,
): Plan {
  const open = new Map(
    head.entries.flatMap(({ entry_id, hash }, position): [string, { hash: string; position: number }][] =>
      book(entry_id) === undefined ? [[entry_id, { hash, position }]] : [],
    ),
  );
  const missing: BookEntry[] = [];
  const fresh: HashedEntry[] = [];
  for (const { entry, hash } of entries) {
    const inHead = open.get(entry.entry_id);
    const known = inHead?.hash ?? book(entry.entry_id);
    assert(known === undefined || known === hash, `entry ${entry.entry_id} is sealed with other content`);
    if (known === undefined) fresh.push({ entry, hash });
    else if (inHead) missing.push({ ...entry, hash, seal_number: head.number, position: inHead.position });
  }
  return { missing, completesHead: missing.length === open.size, fresh };
}

/** The seal that follows the head, and its entries as the book is to have them. */
export function nextSeal(
  tenant_id: string,
  head: Head,
  fresh: readonly HashedEntry[],
  sealed_at: string,
): { readonly seal: Seal; readonly entries: readonly BookEntry[] } {
  const content: SealContent = {
    tenant_id,
    number: head.number + 1,
    previous_hash: head.hash,
    entries: fresh.map(({ entry, hash }) => ({ entry_id: entry.entry_id, hash })),
  };
  return {
    seal: {
      ...content,
      hash: hashOfSeal(content),
      sealed_at,
      totals: fresh.reduce((totals, { entry }) => addEntry(totals, entry), head.totals),
    },
    entries: fresh.map(({ entry, hash }, position) => ({ ...entry, hash, seal_number: content.number, position })),
  };
}

/**
 * Entries by tenant and id, each once, in the order in which they came.
 * @throws AssertionFailure when one id comes with two contents
 */
export function byTenant(entries: readonly JournalEntry[]): Map<string, HashedEntry[]> {
  const seen = new Map<string, string>();
  const tenants = new Map<string, HashedEntry[]>();
  for (const entry of entries) {
    const hash = hashOfEntry(entry);
    const known = seen.get(entry.entry_id);
    assert(known === undefined || known === hash, `entry ${entry.entry_id} came with two contents`);
    if (known !== undefined) continue;
    seen.set(entry.entry_id, hash);
    const ofTenant = tenants.get(entry.tenant_id);
    if (ofTenant) ofTenant.push({ entry, hash });
    else tenants.set(entry.tenant_id, [{ entry, hash }]);
  }
  return tenants;
}
