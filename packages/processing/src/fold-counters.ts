import { assert, OperationalError } from '@referral/errors';
import type { Change, Collection, Document, Store } from '@referral/store';
import { allCommitted } from './all-committed.ts';
import { BoundedMap } from './bounded-map.ts';

/** Named sums. Names hold no dots. A sum may be of a slot of its name: `clicks/5` are the clicks in slot 5. */
export type Counters = Readonly<Record<string, number>>;

/** Sums by name and slot. What has many slots is read several times as fast as if each had a name of its own. */
export type Slots = Readonly<Record<string, Counters>>;

/**
 * Something that counts: a referral, an order, a posting, a click. It has one state at a time, and the newest revision
 * says what it adds to which folds; what never changes has revision 1.
 */
export interface Fact {
  readonly id: string;
  readonly revision: number;
  readonly contributions: Readonly<Record<string, Counters>>;
  /** Kept with the fact: what rebuilds, lists and audits read. */
  readonly record: Readonly<Record<string, unknown>>;
}

export interface FactBody {
  readonly revision: number;
  readonly contributions: Readonly<Record<string, Counters>>;
  readonly [member: string]: unknown;
}

/** Facts that a fold has counted and whose fact document may not say so yet. */
type Absorbed = Readonly<Record<string, { readonly revision: number; readonly counters: Counters }>>;

export interface FoldBody {
  /** The sums that are of no slot. */
  readonly counters: Counters;
  readonly slots?: Slots;
  readonly absorbed: Absorbed;
  readonly [member: string]: unknown;
}

interface FoldOptions {
  readonly store: Store;
  readonly folds: Collection<FoldBody>;
  readonly facts: Collection<FactBody>;
  /** In any order, with any repeats. */
  readonly incoming: readonly Fact[];
  /** What a fold's document holds beside its counters, e.g. the members that its indexes need. */
  readonly describe: (foldId: string) => Readonly<Record<string, unknown>>;
  readonly settled: SettledFacts;
}

const maxAttempts = 100;
const nothing: Counters = {};

/**
 * Counts every fact exactly once in every fold it touches, whatever repeats, arrives out of order or crashes in between.
 *
 * A fold keeps the facts it has just absorbed inside itself, so that one versioned write both counts and remembers.
 * Once every fold has a fact, the fact's own document is written; only then do folds forget it, at their next write.
 * So a fact is new to a fold only if neither of the two knows it. Folds are read before facts: a fact that a fold has
 * already forgotten is then surely found. Four round trips for the whole batch, two more when facts move between folds.
 *
 * Where one revision was told with two different contributions, the one that reached the fact's document counts.
 * @throws OperationalError `CONTENTION` when other writers win a hundred times in a row
 */
export async function foldCounters(options: FoldOptions): Promise<void> {
  if (options.incoming.length === 0) return;
  const batch = newestOfEach(options.incoming);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    if (await foldOnce(options, batch)) return;
  }
  throw new OperationalError('CONTENTION', `${options.folds.name}: other writers keep winning`);
}

interface RequestedFact<Body extends FoldBody> extends Pick<FoldOptions, 'store' | 'facts' | 'settled'> {
  readonly folds: Collection<Body>;
  /** Counts in one fold, and has revision 1. */
  readonly fact: Fact;
  /** What the fold is before anything counts in it. */
  readonly empty: Body;
  /** Given the fold with the fact in it: what is to be written, or `undefined` to leave the fact out. Pure. */
  readonly accept: (next: Body) => Body | undefined;
}

/** `known`: counted before, with these numbers. `refused`: the fold holds these, without the fact. */
export interface RequestedOutcome {
  readonly outcome: 'counted' | 'known' | 'refused';
  readonly counters: Counters;
}

/**
 * Counts one fact for a request that needs to know whether it may: the same write that checks also counts and remembers.
 * The fact's document is left to `foldCounters`: whoever accepts puts the event that tells of the fact into the fold's
 * outbox, and when that event comes back it counts nothing more.
 * @throws OperationalError `CONTENTION` when other writers win a hundred times in a row
 */
export async function countOnRequest<Body extends FoldBody>(options: RequestedFact<Body>): Promise<RequestedOutcome> {
  const { store, folds, fact, empty, accept } = options;
  const batch = newestOfEach([fact]);
  const [foldId] = Object.keys(fact.contributions);
  assert(foldId !== undefined && batch.get(fact.id)?.foldIds.length === 1, 'a requested fact counts in one fold');
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const loaded = await load(options, batch);
    const document = loaded.folds.get(foldId);
    const storedState = (id: string) => loaded.facts.get(id)?.body ?? options.settled.get(id);
    const known = document?.body.absorbed[fact.id]?.counters ?? storedState(fact.id)?.contributions[foldId];
    if (known) return { outcome: 'known', counters: known };
    const counted = absorb(foldId, document?.body, new Set([fact.id]), batch, storedState);
    assert(counted, 'a requested fact adds something');
    const body = accept({ ...empty, ...document?.body, ...counted });
    if (!body) return { outcome: 'refused', counters: document?.body.counters ?? nothing };
    const change = { collection: folds, id: foldId, expectedVersion: document?.version ?? 0, body };
    if (await allCommitted(store, [change])) return { outcome: 'counted', counters: counted.counters };
  }
  throw new OperationalError('CONTENTION', `${folds.name}: other writers keep winning`);
}

/** What a fact's document says of it. */
type FactState = Pick<Fact, 'revision' | 'contributions'>;

/**
 * Facts that this process knows to be written, so that folds may forget them without reading them again.
 * A bounded memory: what it has lost is read from the store.
 */
export class SettledFacts {
  readonly #states = new BoundedMap<FactState>();

  get(id: string): FactState | undefined {
    return this.#states.get(id);
  }

  add(id: string, { revision, contributions }: FactState): void {
    this.#states.set(id, { revision, contributions });
  }
}

interface Incoming {
  fact: Fact;
  /** Of every revision in the batch, not of the newest alone: an older one may have been counted before a crash. */
  readonly foldIds: string[];
}

type IncomingBatch = ReadonlyMap<string, Readonly<Incoming>>;

function newestOfEach(facts: readonly Fact[]): IncomingBatch {
  const batch = new Map<string, Incoming>();
  for (const fact of facts) {
    const foldIds = Object.keys(fact.contributions);
    const seen = batch.get(fact.id);
    if (seen) {
      seen.foldIds.push(...foldIds);
      if (fact.revision > seen.fact.revision) seen.fact = fact;
    } else {
      batch.set(fact.id, { fact, foldIds });
    }
  }
  return batch;
}

interface Loaded<Body extends FoldBody> {
  readonly folds: ReadonlyMap<string, Document<Body>>;
  readonly facts: ReadonlyMap<string, Document<FactBody>>;
  /** Per fold, the facts of the batch that count in it now or did before. */
  readonly touching: ReadonlyMap<string, ReadonlySet<string>>;
}

/** @returns false when another writer was faster: everything is to be read again */
async function foldOnce(options: FoldOptions, batch: IncomingBatch): Promise<boolean> {
  const { store, settled } = options;
  const loaded = await load(options, batch);
  const storedState = (id: string): FactState | undefined => loaded.facts.get(id)?.body ?? settled.get(id);

  const foldChanges: Change<FoldBody>[] = [];
  for (const [foldId, factIds] of loaded.touching) {
    const document = loaded.folds.get(foldId);
    const counted = absorb(foldId, document?.body, factIds, batch, storedState);
    if (!counted) continue;
    const body = { ...options.describe(foldId), ...document?.body, ...counted };
    foldChanges.push({ collection: options.folds, id: foldId, expectedVersion: document?.version ?? 0, body });
  }
  if (!(await allCommitted(store, foldChanges))) return false;

  const factChanges: Change<FactBody>[] = [];
  for (const [id, { fact }] of batch) {
    const document = loaded.facts.get(id);
    if (fact.revision <= (document?.body.revision ?? 0)) continue;
    const { revision, contributions, record } = fact;
    const body = { ...record, revision, contributions };
    factChanges.push({ collection: options.facts, id, expectedVersion: document?.version ?? 0, body });
  }
  if (!(await allCommitted(store, factChanges))) return false;
  for (const [id, { fact }] of batch) {
    const before = loaded.facts.get(id)?.body;
    settled.add(id, before && before.revision >= fact.revision ? before : fact);
  }
  return true;
}

/** Reads folds, then facts; and once more when a stored fact counts in a fold that was not read. */
async function load<Body extends FoldBody>(
  { store, folds, facts, settled }: Pick<RequestedFact<Body>, 'store' | 'folds' | 'facts' | 'settled'>,
  batch: IncomingBatch,
): Promise<Loaded<Body>> {
  const touching = new Map<string, Set<string>>();
  const touch = (foldId: string, factId: string): boolean => {
    const factIds = touching.get(foldId);
    if (factIds) factIds.add(factId);
    else touching.set(foldId, new Set([factId]));
    return !factIds;
  };
  for (const [id, { foldIds }] of batch) for (const foldId of foldIds) touch(foldId, id);
  for (;;) {
    const foldDocuments = await store.getMany(folds, touching.keys());
    const factIds = new Set(batch.keys());
    for (const { body } of foldDocuments.values()) {
      for (const [id, { revision }] of Object.entries(body.absorbed)) {
        if (settled.get(id)?.revision !== revision) factIds.add(id);
      }
    }
    const factDocuments = await store.getMany(facts, factIds);
    let complete = true;
    // Also for an older revision than the stored one: before another writer came in between, it may have left its mark.
    for (const id of batch.keys()) {
      for (const foldId of Object.keys(factDocuments.get(id)?.body.contributions ?? nothing)) {
        if (touch(foldId, id)) complete = false;
      }
    }
    if (complete) return { folds: foldDocuments, facts: factDocuments, touching };
  }
}

/** @returns what is to be written to the fold, or `undefined` when nothing is new to it */
function absorb(
  foldId: string,
  body: FoldBody | undefined,
  factIds: ReadonlySet<string>,
  batch: IncomingBatch,
  storedState: (factId: string) => FactState | undefined,
): FoldBody | undefined {
  const tally = new Tally(body);
  const absorbed: Record<string, Absorbed[string]> = {};
  let changed = false;
  /** @param known what the fold itself says that it has counted; else it has counted what the fact's document says */
  const absorbFact = (id: string, known: Absorbed[string] | undefined) => {
    const stored = storedState(id);
    const fact = batch.get(id)?.fact;
    const isNew = fact !== undefined && fact.revision > (stored?.revision ?? 0);
    const newest = isNew ? fact : stored;
    if (known && known.revision > (newest?.revision ?? 0)) {
      absorbed[id] = known;
      return;
    }
    const after = newest?.contributions[foldId] ?? nothing;
    const before = known?.counters ?? stored?.contributions[foldId] ?? nothing;
    if (shift(tally, before, after)) changed = true;
    // Even where that is the same number: else a writer who knows a revision in between might still take it out.
    if (isNew && known && known.revision < fact.revision) changed = true;
    if (isNew) absorbed[id] = { revision: fact.revision, counters: after };
  };
  for (const [id, known] of Object.entries(body?.absorbed ?? {})) absorbFact(id, known);
  for (const id of factIds) if (!body?.absorbed[id]) absorbFact(id, undefined);
  return changed ? { ...tally.sums(), absorbed } : undefined;
}

/** @returns whether that made a difference */
function shift(tally: Tally, from: Counters, to: Counters): boolean {
  let changed = false;
  for (const name in to) if (tally.add(name, (to[name] ?? 0) - (from[name] ?? 0))) changed = true;
  for (const name in from) if (!(name in to) && tally.add(name, -(from[name] ?? 0))) changed = true;
  return changed;
}

/** The sums of a fold, to be changed: of its slots, which are many, only those are copied that do. */
class Tally {
  readonly #counters: Record<string, number>;
  readonly #slots: Record<string, Counters>;
  readonly #copies = new Map<string, Record<string, number>>();

  constructor(body: FoldBody | undefined) {
    this.#counters = { ...body?.counters };
    this.#slots = { ...body?.slots };
  }

  /** @returns whether that made a difference */
  add(name: string, difference: number): boolean {
    if (difference === 0) return false;
    const end = name.indexOf('/');
    const [sums, key] = end < 0 ? [this.#counters, name] : [this.#copyOf(name.slice(0, end)), name.slice(end + 1)];
    sums[key] = (sums[key] ?? 0) + difference;
    return true;
  }

  sums(): Pick<FoldBody, 'counters' | 'slots'> {
    const slots = Object.keys(this.#slots).length === 0 ? {} : { slots: this.#slots };
    return { counters: this.#counters, ...slots };
  }

  #copyOf(name: string): Record<string, number> {
    const copy = this.#copies.get(name) ?? { ...this.#slots[name] };
    this.#copies.set(name, copy);
    this.#slots[name] = copy;
    return copy;
  }
}
