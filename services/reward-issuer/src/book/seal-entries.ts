import type { JournalEntry } from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import { allCommitted, BoundedMap } from '@referral/processing';
import type { Change, Store } from '@referral/store';
import { book, seals } from '../collections.ts';
import {
  type BookEntry,
  byTenant,
  type HashedEntry,
  type Head,
  nextSeal,
  noSeal,
  type Plan,
  planFor,
  type Seal,
} from './plan.ts';

interface SealOptions {
  readonly store: Store;
  readonly heads: CompleteHeads;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly maxPerSeal?: number;
}

/** Keeps a seal's document far below what a store takes. */
const defaultMaxPerSeal = 1_000;
const maxLosses = 100;

/**
 * Seals entries and puts them into the book, each in exactly one seal of its tenant's chain, whatever repeats, crashes or
 * seals beside it. Three steps, and each makes up for a crash of the one before: the entries of the last seal go into
 * the book, the next seal is inserted under its number, its entries go into the book.
 * @param incoming of any tenants, with any repeats; those of one tenant in the order of their topic
 * @throws AssertionFailure when an entry is known with other content; nothing was written
 * @throws OperationalError `CONTENTION` when other writers win a hundred times in a row, `SEAL_INCOMPLETE` when the book
 * waits for entries of the last seal that are delivered elsewhere
 */
export async function sealEntries(options: SealOptions, incoming: readonly JournalEntry[]): Promise<void> {
  let pending: Pending = byTenant(incoming);
  for (let losses = 0; pending.size > 0; ) {
    const round = await sealOnce(options, pending);
    if (round.lost) losses += 1;
    if (losses >= maxLosses) throw new OperationalError('CONTENTION', `${seals.name}: other writers keep winning`);
    pending = round.left;
  }
}

/**
 * Last seals whose entries the book has, as this process knows them. Another process may have sealed since: then the next
 * seal's number is taken, and the head is read again. A bounded memory.
 */
export class CompleteHeads {
  readonly #heads = new BoundedMap<Head>();

  get(tenantId: string): Head | undefined {
    return this.#heads.get(tenantId);
  }

  set(tenantId: string, { number, hash, totals }: Head): void {
    this.#heads.set(tenantId, { number, hash, totals, entries: [] });
  }

  forget(tenantId: string): void {
    this.#heads.delete(tenantId);
  }
}

type Pending = ReadonlyMap<string, readonly HashedEntry[]>;

interface Round {
  /** What is still to be sealed or looked at again. */
  readonly left: Pending;
  /** Whether another writer was faster somewhere. */
  readonly lost: boolean;
}

/** At most one seal for each tenant. */
async function sealOnce(options: SealOptions, pending: Pending): Promise<Round> {
  const { store, heads } = options;
  const planned = await planAll(store, heads, pending);
  const missing = planned.flatMap(({ plan }) => plan.missing);
  if (!(await allCommitted(store, missing.map(toBook)))) return { left: pending, lost: true };
  for (const { tenant, head, plan } of planned) if (plan.completesHead) heads.set(tenant, head);

  const sealing = planned.filter(({ plan }) => plan.completesHead && plan.fresh.length > 0);
  const round = await sealAll(options, pending, sealing);
  const waiting = planned.find(({ plan }) => !plan.completesHead && plan.fresh.length > 0);
  if (waiting) {
    const which = `seal ${waiting.head.number} of ${waiting.tenant}`;
    throw new OperationalError('SEAL_INCOMPLETE', `entries of ${which} have not come yet`);
  }
  return round;
}

interface Planned {
  readonly tenant: string;
  readonly head: Head;
  readonly plan: Plan;
}

/** Heads are read before the book: an entry that is not in this head, but in an older seal, is then surely found there. */
async function planAll(store: Store, heads: CompleteHeads, pending: Pending): Promise<Planned[]> {
  const found = await Promise.all(
    [...pending].map(async ([tenant, entries]) => ({
      tenant,
      entries,
      head: heads.get(tenant) ?? (await readHead(store, tenant)),
    })),
  );
  const ids = new Set(
    found.flatMap(({ entries, head }) => [
      ...entries.map(({ entry }) => entry.entry_id),
      ...head.entries.map(({ entry_id }) => entry_id),
    ]),
  );
  const documents = await store.getMany(book, ids);
  return found.map(({ tenant, entries, head }) => ({
    tenant,
    head,
    plan: planFor(entries, head, (entryId) => documents.get(entryId)?.body.hash),
  }));
}

/** The last seal of a tenant, which every entry sealed so far is behind. */
export async function readHead(store: Store, tenant: string): Promise<Head & Partial<Pick<Seal, 'sealed_at'>>> {
  const { items } = await store.page(seals, {
    index: 'tenant',
    prefix: [tenant],
    direction: 'descending',
    limit: 1,
  });
  return items[0]?.body ?? noSeal;
}

/** Seals first, their entries after: whoever finds a seal whose entries the book lacks knows what to put there. */
async function sealAll(
  { store, heads, now, maxPerSeal = defaultMaxPerSeal }: SealOptions,
  pending: Pending,
  sealing: readonly Planned[],
): Promise<Round> {
  const sealedAt = new Date(now()).toISOString();
  const drafts = sealing.map(({ tenant, head, plan }) => ({
    tenant,
    rest: plan.fresh.slice(maxPerSeal),
    ...nextSeal(tenant, head, plan.fresh.slice(0, maxPerSeal), sealedAt),
  }));
  const outcomes = drafts.length === 0 ? [] : await store.commit(drafts.map(({ seal }) => insertSeal(seal)));
  const written = drafts.filter((_, index) => outcomes[index]?.status === 'ok');
  const isInBook = await allCommitted(
    store,
    written.flatMap(({ entries }) => entries.map(toBook)),
  );

  const left = new Map<string, readonly HashedEntry[]>();
  for (const draft of drafts) {
    const { tenant, seal, rest } = draft;
    if (!isInBook || !written.includes(draft)) {
      heads.forget(tenant);
      left.set(tenant, pending.get(tenant) ?? []);
      continue;
    }
    heads.set(tenant, { ...seal, entries: [] });
    if (rest.length > 0) left.set(tenant, rest);
  }
  return { left, lost: !isInBook || written.length < drafts.length };
}

function insertSeal(seal: Seal): Change<Seal> {
  const id = `${seal.tenant_id}:${seal.number}`;
  return { collection: seals, id, expectedVersion: 0, body: seal };
}

function toBook(entry: BookEntry): Change<BookEntry> {
  return { collection: book, id: entry.entry_id, expectedVersion: 0, body: entry };
}
