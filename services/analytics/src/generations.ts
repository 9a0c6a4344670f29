import { OperationalError } from '@referral/errors';
import type { Collection, Document, Store } from '@referral/store';
import { type Control, control, generational } from './collections.ts';
import { type Counting, createCounting } from './counting.ts';

/** Counts in the collections of one number: its store has them in the place of those that the declarations name. */
type Generation = Counting;

const maxReads = 10;

/**
 * In which collections to count, and which to read. The control document names the current generation and, during a
 * rebuild, the one that is being built. Numbers only grow: what is less than the current one is gone for ever, and whoever
 * notices that it still had a hand in one removes it, since a late write may have brought something of it back.
 */
export class Generations {
  readonly #store: Store;
  readonly #opened = new Map<number, Promise<Generation>>();
  /** Those that were named when the control document was read last. */
  #known: readonly number[] | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The control document as it is now; before the first rebuild there is none. */
  async control(): Promise<Document<Control>> {
    const document = (await this.#store.get(control, controlId)) ?? { id: controlId, version: 0, body: firstControl };
    this.#known = namedIn(document.body);
    for (const generation of this.#opened.keys()) {
      if (generation < document.body.current) await this.drop(generation);
    }
    return document;
  }

  /**
   * Counts in every generation: in those known last, then, as long as the control document names another, in that too.
   * A rebuild is named before it reads any fact. If this reads the control document before that, its facts were in the old
   * generation by then, and the rebuild finds them there; if later, it finds the new generation named, and counts in it
   * itself. So no event is missed, whatever is in flight, and no clock is asked.
   */
  async count(work: (generation: Generation) => Promise<void>): Promise<void> {
    const counted = new Set<number>();
    let named = this.#known ?? namedIn((await this.control()).body);
    while (named.some((generation) => !counted.has(generation))) {
      for (const generation of named) {
        if (counted.has(generation)) continue;
        await this.#unlessGone(generation, work);
        counted.add(generation);
      }
      named = namedIn((await this.control()).body);
    }
  }

  /**
   * What `work` reads in the current generation. One that was replaced meanwhile may have been read in part, or have
   * failed: then all of it is read again in the newer one.
   */
  async read<T>(work: (store: Store) => Promise<T>): Promise<T> {
    for (let attempt = 1; attempt <= maxReads; attempt += 1) {
      const { current } = (await this.control()).body;
      const read = await this.#unlessGone(current, ({ store }) => work(store));
      if (read && !(await this.#isGone(current))) return read.result;
    }
    throw new OperationalError('CONTENTION', 'figures are being rebuilt faster than they are read');
  }

  /** Ready to be used by this process. */
  open(generation: number): Promise<Generation> {
    const known = this.#opened.get(generation);
    if (known) return known;
    const opening = openGeneration(this.#store, generation);
    this.#opened.set(generation, opening);
    // A failure is the caller's, and the next one tries again.
    opening.catch(() => this.#opened.delete(generation));
    return opening;
  }

  /** Removes all of it. Safe to repeat. */
  async drop(generation: number): Promise<void> {
    await this.#store.drop(generational.map((collection) => collectionOf(collection, generation)));
    this.#opened.delete(generation);
  }

  /** @returns `undefined` where it failed because there is no such generation any more */
  async #unlessGone<T>(
    generation: number,
    work: (generation: Generation) => Promise<T>,
  ): Promise<{ readonly result: T } | undefined> {
    try {
      return { result: await work(await this.open(generation)) };
    } catch (error) {
      if (await this.#isGone(generation)) return undefined;
      throw error;
    }
  }

  async #isGone(generation: number): Promise<boolean> {
    return generation < (await this.control()).body.current;
  }
}

export const controlId = 'current';
export const firstControl: Control = { current: 1 };

function namedIn({ current, building }: Control): readonly number[] {
  return building ? [current, building.generation] : [current];
}

async function openGeneration(store: Store, generation: number): Promise<Generation> {
  const within = inGeneration(store, generation);
  await within.prepare(generational);
  return createCounting(within);
}

/** Cursors of one generation are good in the next, which has the same documents in the same order. */
function collectionOf<Body>(collection: Collection<Body>, generation: number): Collection<Body> {
  const { name } = collection;
  if (generation === 1 || !generational.some((one) => one.name === name)) return collection;
  return { ...collection, name: `${name}.${generation}`, lineage: name };
}

function inGeneration(store: Store, generation: number): Store {
  const of = <Body>(collection: Collection<Body>) => collectionOf(collection, generation);
  return {
    prepare: (collections) => store.prepare(collections.map(of)),
    get: (collection, id) => store.get(of(collection), id),
    getMany: (collection, ids) => store.getMany(of(collection), ids),
    commit: (changes) => store.commit(changes.map((change) => ({ ...change, collection: of(change.collection) }))),
    page: (collection, options) => store.page(of(collection), options),
    scan: (collection, options) => store.scan(of(collection), options),
    drop: (collections) => store.drop(collections.map(of)),
    close: () => store.close(),
  };
}
