import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperationalError } from '@referral/errors';
import { defineCollection, forwardTo, openEmbeddedStore, type Store } from '@referral/store';
import fc from 'fast-check';
import {
  type Counters,
  countOnRequest,
  type Fact,
  type FactBody,
  type FoldBody,
  foldCounters,
  SettledFacts,
} from './fold-counters.ts';

const folds = defineCollection<FoldBody>('folds');
const facts = defineCollection<FactBody>('facts');

let directory: string;
let store: Store;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fold-counters-'));
  store = openEmbeddedStore({ directory });
  await store.prepare([folds, facts]);
});

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

type Contributions = Fact['contributions'];

const fact = (id: string, revision: number, contributions: Contributions): Fact => ({
  id,
  revision,
  contributions,
  record: { kind: 'test' },
});

/** One process that counts: its own memory of what is settled, perhaps its own view of the store. */
function createWriter(through: Store = store) {
  const settled = new SettledFacts();
  return (...incoming: Fact[]) =>
    foldCounters({ store: through, folds, facts, incoming, settled, describe: (foldId) => ({ name: foldId }) });
}

/** What folds hold; counters that came back to zero are left out. */
async function countersOf(...foldIds: string[]): Promise<Record<string, Counters>> {
  const documents = await store.getMany(folds, foldIds);
  const found = foldIds.map((id) => [id, nonZero(allOf(documents.get(id)?.body))] as const);
  return Object.fromEntries(found.filter(([, counters]) => Object.keys(counters).length > 0));
}

/** By the names under which they were counted. */
function allOf({ counters, slots = {} }: Pick<FoldBody, 'counters' | 'slots'> = { counters: {} }): Counters {
  const inSlots = Object.entries(slots).flatMap(([name, sums]) =>
    Object.entries(sums).map(([slot, value]) => [`${name}/${slot}`, value]),
  );
  return { ...counters, ...Object.fromEntries(inSlots) };
}

function nonZero(counters: Counters): Counters {
  return Object.fromEntries(Object.entries(counters).filter(([, value]) => value !== 0));
}

/** The plain way to the same figures: the newest revision of each fact, added up. */
function recount(told: readonly Fact[]): Record<string, Counters> {
  const newest = new Map<string, Fact>();
  for (const each of told) if (each.revision > (newest.get(each.id)?.revision ?? 0)) newest.set(each.id, each);
  const sums: Record<string, Record<string, number>> = {};
  for (const { contributions } of newest.values()) {
    for (const [foldId, counters] of Object.entries(contributions)) {
      const sum = sums[foldId] ?? {};
      sums[foldId] = sum;
      for (const [name, value] of Object.entries(counters)) sum[name] = (sum[name] ?? 0) + value;
    }
  }
  const found = Object.entries(sums).map(([id, sum]) => [id, nonZero(sum)] as const);
  return Object.fromEntries(found.filter(([, sum]) => Object.keys(sum).length > 0));
}

const absorbedBy = async (foldId: string) => Object.keys((await store.get(folds, foldId))?.body.absorbed ?? {}).sort();

describe('counting', () => {
  test('keeps the sums of slots by name and slot, beside a sum of the same name', async () => {
    const write = createWriter();
    await write(fact('a', 1, { x: { n: 1, 'n/3': 1, 'm/3': 2 } }), fact('b', 1, { x: { 'n/4': 5 } }));
    await write(fact('a', 2, { x: { n: 1, 'n/4': 1 } }));
    const { counters, slots } = (await store.get(folds, 'x'))?.body ?? {};
    expect(counters).toEqual({ n: 1 });
    expect(slots).toEqual({ n: { 3: 0, 4: 6 }, m: { 3: 0 } });
  });

  test('adds each fact to every fold that it names, and keeps the fact with its record', async () => {
    await createWriter()(fact('a', 1, { x: { n: 1 }, y: { n: 1, sum: 5 } }), fact('b', 1, { x: { n: 1 } }));

    expect(await countersOf('x', 'y')).toEqual({ x: { n: 2 }, y: { n: 1, sum: 5 } });
    expect((await store.get(folds, 'x'))?.body.name).toBe('x');
    expect((await store.get(facts, 'a'))?.body).toEqual({
      kind: 'test',
      revision: 1,
      contributions: { x: { n: 1 }, y: { n: 1, sum: 5 } },
    });
  });

  test('counts a repeat once, in the same batch, in a later one and in another process', async () => {
    const a = fact('a', 1, { x: { n: 1 } });
    const write = createWriter();
    await write(a, a);
    await write(a);
    await createWriter()(a, fact('b', 1, { x: { n: 1 } }));

    expect(await countersOf('x')).toEqual({ x: { n: 2 } });
  });

  test('keeps to the newest revision, whichever came first', async () => {
    const pending = fact('a', 1, { x: { pending: 1 } });
    const converted = fact('a', 2, { x: { converted: 1 }, y: { revenue: 7 } });
    const write = createWriter();
    await write(pending);
    await write(converted);
    await write(pending);
    await createWriter()(pending, converted, pending);

    expect(await countersOf('x', 'y')).toEqual({ x: { converted: 1 }, y: { revenue: 7 } });
  });

  test('takes a fact out of the folds that its new revision no longer names', async () => {
    await createWriter()(fact('a', 1, { x: { n: 1 } }));
    await createWriter()(fact('a', 2, { y: { n: 1 } }));
    expect(await countersOf('x', 'y')).toEqual({ y: { n: 1 } });

    await createWriter()(fact('a', 3, {}));
    expect(await countersOf('x', 'y')).toEqual({});
  });

  test('leaves a fold alone in which nothing changes, so that a redelivered batch writes nothing', async () => {
    const batch = [fact('a', 2, { x: { n: 1 } }), fact('b', 1, { x: { n: 1 } })];
    await createWriter()(...batch);
    const versionBefore = (await store.get(folds, 'x'))?.version;
    await createWriter()(...batch, fact('a', 1, { x: { n: 5 } }));

    expect((await store.get(folds, 'x'))?.version).toBe(versionBefore);
  });

  test('a fold forgets what is settled at its next write, so that it does not grow with history', async () => {
    const write = createWriter();
    for (const n of [1, 2, 3]) await write(fact(`a${n}`, 1, { x: { n: 1 } }));
    expect(await absorbedBy('x')).toEqual(['a3']);

    await createWriter()(fact('b', 1, { x: { n: 1 } }));
    expect(await absorbedBy('x')).toEqual(['b']);
    expect(await countersOf('x')).toEqual({ x: { n: 4 } });
  });

  test('of one revision that was told in two ways the stored one counts, also after a crash in between', async () => {
    const here = fact('a', 1, { x: { n: 1 } });
    const there = fact('a', 1, { y: { n: 1 } });
    const crashing = createWriter(interrupt(store, { atCommit: 2, applied: 'nothing' }));
    await expect(crashing(here)).rejects.toThrow(OperationalError);
    const survivor = createWriter();
    await survivor(there);
    await survivor(fact('b', 1, { x: { n: 10 } }));
    await createWriter()(here);

    expect(await countersOf('x', 'y')).toEqual({ x: { n: 10 }, y: { n: 1 } });
  });
});

/** What the store had written when it broke off: the promise of `commit` allows all three. */
const appliedBeforeCrash = ['nothing', 'half', 'all'] as const;
type Applied = (typeof appliedBeforeCrash)[number];

/** The real store, which goes away during the n-th commit. */
function interrupt(real: Store, { atCommit, applied }: { atCommit: number; applied: Applied }): Store {
  let commits = 0;
  return {
    ...forwardTo(real),
    async commit(changes) {
      commits += 1;
      if (commits !== atCommit) return real.commit(changes);
      const written = { nothing: 0, half: Math.ceil(changes.length / 2), all: changes.length }[applied];
      await real.commit(changes.slice(0, written));
      throw new OperationalError('STORE_UNAVAILABLE', 'the store went away');
    },
  };
}

describe('a crash', () => {
  const history = [
    [fact('a', 1, { x: { n: 1 }, y: { n: 1 } }), fact('b', 1, { x: { n: 1 } })],
    [fact('a', 2, { y: { n: 1 }, z: { n: 1 } }), fact('c', 1, { x: { n: 1 }, z: { n: 1 } })],
    [fact('b', 2, { z: { n: 1 } }), fact('a', 3, { x: { n: 1 } })],
  ];
  const crashes = appliedBeforeCrash.flatMap((applied) =>
    [1, 2, 3, 4, 5, 6].map((atCommit) => ({ atCommit, applied })),
  );

  test.each(crashes)('during commit $atCommit with $applied of it written is repaired by redelivery', async (crash) => {
    const write = createWriter(interrupt(store, crash));
    const another = createWriter();
    for (const batch of history) await write(...batch).catch(() => another(...batch));
    expect(await countersOf('x', 'y', 'z')).toEqual(recount(history.flat()));
  });

  test.each(crashes)('during commit $atCommit with $applied of it written may be redelivered late', async (crash) => {
    const write = createWriter(interrupt(store, crash));
    const another = createWriter();
    const undone: Fact[] = [];
    for (const batch of history)
      await write(...batch).catch(() => {
        undone.push(...batch);
      });
    await another(fact('d', 1, { x: { n: 1 }, y: { n: 1 }, z: { n: 1 } }));
    await another(...undone);
    expect(undone).not.toEqual([]);
    expect(await countersOf('x', 'y', 'z')).toEqual(
      recount([...history.flat(), fact('d', 1, { x: { n: 1 }, y: { n: 1 }, z: { n: 1 } })]),
    );
  });
});

describe('two writers', () => {
  /** The store, through which the n-th commit waits until something else has happened. */
  const beforeCommit = (atCommit: number, happen: () => Promise<void>): Store => {
    let commits = 0;
    return {
      ...forwardTo(store),
      async commit(changes) {
        commits += 1;
        if (commits === atCommit) await happen();
        return store.commit(changes);
      },
    };
  };
  const older = fact('a', 1, { x: { n: 1 }, y: { n: 1 } });
  const newer = fact('a', 2, { y: { n: 1 }, z: { n: 1 } });
  const other = fact('b', 1, { x: { n: 1 }, y: { n: 1 }, z: { n: 1 } });
  const pairs = [
    { name: 'the same event', paused: [older], overtaking: [older] },
    { name: 'an older revision by a newer one', paused: [older], overtaking: [newer] },
    { name: 'a newer revision by an older one', paused: [newer], overtaking: [older] },
    { name: 'another fact', paused: [older, newer], overtaking: [other] },
    { name: 'a mixed batch', paused: [older, other], overtaking: [newer, other] },
  ];
  const cases = pairs.flatMap((pair) => [1, 2].map((atCommit) => ({ ...pair, atCommit })));

  test.each(cases)('one paused before commit $atCommit and overtaken on $name counts nothing twice', async (pair) => {
    let overtaken = false;
    const overtake = createWriter();
    const pausing = beforeCommit(pair.atCommit, async () => {
      await overtake(...pair.overtaking);
      overtaken = true;
    });
    await createWriter(pausing)(...pair.paused);

    expect(overtaken).toBe(true);
    expect(await countersOf('x', 'y', 'z')).toEqual(recount([...pair.paused, ...pair.overtaking]));
  });

  test('one that found the same number there already still keeps out who would take it away', async () => {
    const crashing = createWriter(interrupt(store, { atCommit: 2, applied: 'nothing' }));
    await expect(crashing(fact('a', 2, { x: { n: 1 } }))).rejects.toThrow(OperationalError);
    await createWriter()(fact('a', 3, {}));
    const overtake = createWriter();
    await createWriter(beforeCommit(1, () => overtake(fact('b', 1, { x: { n: 10 } }))))(fact('a', 4, { x: { n: 1 } }));

    expect(await countersOf('x')).toEqual({ x: { n: 11 } });
  });

  test('one that is overtaken puts back what its older revision had taken out', async () => {
    await createWriter()(fact('a', 1, { x: { n: 1 } }));
    await createWriter()(fact('b', 1, { x: { n: 10 } }));
    let older: Promise<void> = Promise.resolve();
    // Both have read revision 1; the newer one finds nothing to change in the fold and goes straight to the fact.
    const newer: Promise<void> = createWriter(
      beforeCommit(
        1,
        () =>
          new Promise((resume) => {
            const waiting = beforeCommit(2, () => {
              resume();
              return newer;
            });
            older = createWriter(waiting)(fact('a', 2, {}));
          }),
      ),
    )(fact('a', 3, { x: { n: 1 } }));
    await newer;
    await older;

    expect(await countersOf('x')).toEqual({ x: { n: 11 } });
  });

  test('that never win give up with an operational failure instead of spinning for ever', async () => {
    const overtake = createWriter();
    let round = 0;
    const unlucky: Store = {
      ...forwardTo(store),
      async commit(changes) {
        round += 1;
        await overtake(fact(`other${round}`, 1, { x: { n: 1 } }));
        return store.commit(changes);
      },
    };
    await expect(createWriter(unlucky)(fact('a', 1, { x: { n: 1 } }))).rejects.toMatchObject({ code: 'CONTENTION' });
    expect(await countersOf('x')).toEqual({ x: { n: round } });
  });
});

describe('any history', () => {
  const foldNames = ['x', 'y', 'z'];

  interface Shape {
    readonly facts: number;
    readonly names: readonly string[];
    readonly counters: fc.Arbitrary<Counters>;
    readonly batchSizes: fc.Arbitrary<number>;
  }
  /** Facts with up to four revisions each, told in any order with any repeats, in batches. */
  const historiesOf = ({ facts: count, names, counters, batchSizes }: Shape) => {
    const contributions = fc.dictionary(fc.constantFrom(...names), counters, { maxKeys: 3, noNullPrototype: true });
    return fc
      .array(fc.array(contributions, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: count })
      .map((revisions) => revisions.flatMap((each, n) => each.map((given, at) => fact(`f${n}`, at + 1, given))))
      .chain((told) =>
        fc
          .tuple(
            fc.shuffledSubarray(told, { minLength: told.length }),
            fc.array(fc.constantFrom(...told), { maxLength: 6 }),
            fc.array(batchSizes, { minLength: 1, maxLength: 4 }),
          )
          .map(([once, repeats, sizes]) => split([...once, ...repeats], sizes)),
      );
  };
  const histories = historiesOf({
    facts: 5,
    names: foldNames,
    counters: fc.record(
      {
        n: fc.integer({ min: -3, max: 3 }),
        'n/1': fc.integer({ min: -3, max: 3 }),
        'm/1': fc.integer({ min: 1, max: 3 }),
        'm/2': fc.integer({ min: 1, max: 3 }),
      },
      { requiredKeys: ['m/1'] },
    ),
    batchSizes: fc.integer({ min: 1, max: 5 }),
  });
  /** So few facts, folds and numbers that writers meet in every way there is. */
  const crowdedHistories = historiesOf({
    facts: 2,
    names: ['x', 'y'],
    counters: fc.constant({ n: 1 }),
    batchSizes: fc.integer({ min: 1, max: 2 }),
  });

  function split(all: readonly Fact[], sizes: readonly number[]): Fact[][] {
    const batches: Fact[][] = [];
    for (let from = 0; from < all.length; ) {
      const size = sizes[batches.length % sizes.length] ?? 1;
      batches.push(all.slice(from, from + size));
      from += size;
    }
    return batches;
  }

  let run = 0;
  /** Each run has its own documents in the one store. */
  function apart(batches: readonly Fact[][]): { batches: Fact[][]; foldIds: string[] } {
    run += 1;
    const own = (name: string) => `${run}:${name}`;
    const rename = (each: Fact): Fact => ({
      ...each,
      id: own(each.id),
      contributions: Object.fromEntries(Object.entries(each.contributions).map(([id, value]) => [own(id), value])),
    });
    return { batches: batches.map((batch) => batch.map(rename)), foldIds: foldNames.map(own) };
  }

  test('with crashes anywhere and redelivery at any time ends in the figures of a plain recount', async () => {
    const crash = fc.record({
      atCommit: fc.integer({ min: 1, max: 3 }),
      applied: fc.constantFrom(...appliedBeforeCrash),
      redelivered: fc.constantFrom('at once', 'at the end'),
    });
    await fc.assert(
      fc.asyncProperty(histories, fc.array(fc.option(crash), { maxLength: 12 }), async (history, crashes) => {
        const { batches, foldIds } = apart(history);
        const writers = [createWriter(), createWriter()];
        const late: Fact[] = [];
        for (const [n, batch] of batches.entries()) {
          const write = writers[n % 2] ?? createWriter();
          const broken = crashes[n];
          const through = broken ? createWriter(interrupt(store, broken)) : write;
          await through(...batch).catch(async () => {
            if (broken?.redelivered === 'at once') await write(...batch);
            else late.push(...batch);
          });
        }
        await createWriter()(...late);
        expect(await countersOf(...foldIds)).toEqual(recount(batches.flat()));
      }),
      { numRuns: 60 },
    );
  });

  test('told by three writers at once, in any interleaving, ends in the figures of a plain recount', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), crowdedHistories, async (scheduler, history) => {
        const { batches, foldIds } = apart(history);
        const inTurns: Store = {
          ...forwardTo(store),
          async getMany(collection, ids) {
            await scheduler.schedule(Promise.resolve());
            return store.getMany(collection, ids);
          },
          async commit(changes) {
            await scheduler.schedule(Promise.resolve());
            return store.commit(changes);
          },
        };
        const writers = [0, 1, 2].map(async (turn) => {
          const write = createWriter(inTurns);
          for (const [n, batch] of batches.entries()) if (n % 3 === turn) await write(...batch);
        });
        await scheduler.waitFor(Promise.all(writers));
        expect(await countersOf(...foldIds)).toEqual(recount(batches.flat()));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a request', () => {
  const taking = (id: string, n: number) => fact(id, 1, { x: { n: -n } });
  /** Takes from `x` what is there, through its own view of the store, with its own memory. */
  const createTaker = (through: Store = store) => {
    const settled = new SettledFacts();
    return (taken: Fact) =>
      countOnRequest({
        store: through,
        folds,
        facts,
        fact: taken,
        empty: { counters: {}, absorbed: {} },
        settled,
        accept: (next) =>
          (next.counters.n ?? 0) < 0 ? undefined : { ...next, told: [next.told ?? [], taken.id].flat() },
      });
  };
  const held = async () => (await store.get(folds, 'x'))?.body.counters.n ?? 0;

  test('counts with what the caller adds in one write, and counts once', async () => {
    await createWriter()(fact('a', 1, { x: { n: 10 } }));
    expect(await createTaker()(taking('t', 4))).toEqual({ outcome: 'counted', counters: { n: 6 } });
    expect((await store.get(folds, 'x'))?.body).toMatchObject({ counters: { n: 6 }, told: ['t'], name: 'x' });
    expect(await createTaker()(taking('t', 4))).toEqual({ outcome: 'known', counters: { n: -4 } });
    expect(await held()).toBe(6);
  });

  test('that is refused leaves no trace and may be tried again', async () => {
    await createWriter()(fact('a', 1, { x: { n: 3 } }));
    expect(await createTaker()(taking('t', 4))).toEqual({ outcome: 'refused', counters: { n: 3 } });
    expect(await createTaker()(fact('t', 1, { y: { n: -1 } }))).toEqual({ outcome: 'refused', counters: {} });
    expect((await store.getMany(folds, ['y'])).size).toBe(0);
    await createWriter()(fact('b', 1, { x: { n: 1 } }));
    expect(await createTaker()(taking('t', 4))).toEqual({ outcome: 'counted', counters: { n: 0 } });
  });

  // The posting that it publishes comes back as an event, perhaps long after.
  test('counts nothing more when its fact is told, and is known when the fold has forgotten it', async () => {
    const write = createWriter();
    await write(fact('a', 1, { x: { n: 10 } }));
    await createTaker()(taking('t', 4));
    await write(taking('t', 4));
    await createWriter()(taking('t', 4), fact('b', 1, { x: { n: 1 } }));
    await write(fact('c', 1, { x: { n: 1 } }));
    expect(await absorbedBy('x')).not.toContain('t');
    expect(await createTaker()(taking('t', 4))).toEqual({ outcome: 'known', counters: { n: -4 } });
    expect(await held()).toBe(8);
  });

  test('that paused while all of that happened counts nothing twice', async () => {
    await createWriter()(fact('a', 1, { x: { n: 10 } }));
    const overtake = async () => {
      await createTaker()(taking('t', 4));
      await createWriter()(taking('t', 4));
      await createWriter()(fact('b', 1, { x: { n: 1 } }));
    };
    let commits = 0;
    const pausing: Store = {
      ...forwardTo(store),
      async commit(changes) {
        commits += 1;
        if (commits === 1) await overtake();
        return store.commit(changes);
      },
    };
    expect(await createTaker(pausing)(taking('t', 4))).toEqual({ outcome: 'known', counters: { n: -4 } });
    expect(await held()).toBe(7);
  });

  test.each(appliedBeforeCrash)('that broke off with %s written is finished by asking again', async (applied) => {
    await createWriter()(fact('a', 1, { x: { n: 10 } }));
    await expect(createTaker(interrupt(store, { atCommit: 1, applied }))(taking('t', 4))).rejects.toThrow(
      OperationalError,
    );
    const { outcome } = await createTaker()(taking('t', 4));
    expect(outcome).toBe(applied === 'nothing' ? 'counted' : 'known');
    await createWriter()(taking('t', 4));
    expect(await held()).toBe(6);
  });

  test('of several at once, in any interleaving with what is told, takes no more than there is', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 6 }),
        async (scheduler, wants) => {
          run += 1;
          const x = `x${run}`;
          const inTurns: Store = {
            ...forwardTo(store),
            async getMany(collection, ids) {
              await scheduler.schedule(Promise.resolve());
              return store.getMany(collection, ids);
            },
            async commit(changes) {
              await scheduler.schedule(Promise.resolve());
              return store.commit(changes);
            },
          };
          await createWriter()(fact(`${x}a`, 1, { [x]: { n: 5 } }));
          const own = wants.map((n, index) => fact(`${x}t${index}`, 1, { [x]: { n: -n } }));
          const take = async (each: Fact) => {
            const { outcome } = await createTaker(inTurns)(each);
            if (outcome !== 'refused') await createWriter(inTurns)(each);
            return outcome;
          };
          // Each is asked for twice, as by a client that repeats.
          const outcomes = await scheduler.waitFor(Promise.all([...own, ...own].map(take)));
          const taken = wants.filter(
            (_, index) => outcomes[index] !== 'refused' || outcomes[index + own.length] !== 'refused',
          );
          const left = (await store.get(folds, x))?.body.counters.n ?? 0;
          expect(left).toBe(5 - taken.reduce((sum, n) => sum + n, 0));
          expect(left).toBeGreaterThanOrEqual(0);
          expect(outcomes.filter((outcome) => outcome === 'counted')).toHaveLength(taken.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});
