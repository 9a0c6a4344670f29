import { type EncodedEvent, type ReferralStatus, referralStatuses } from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import fc from 'fast-check';
import { openReplicas, type Replicas, referrers } from '../test/replica.ts';
import { clickTold, orderTold, referralTold, rewardTold, shareTold } from '../test/world.ts';

/** What a rebuild leaves behind, whatever goes on meanwhile: figures as if there had been none. */

async function withReplicas(work: (replicas: Replicas) => Promise<void>): Promise<void> {
  const replicas = await openReplicas();
  try {
    await work(replicas);
  } finally {
    await replicas.close();
  }
}

/** The figures after these batches where nothing is ever rebuilt. */
async function expectedOf(batches: readonly (readonly EncodedEvent[])[]): Promise<unknown> {
  let expected: unknown;
  await withReplicas(async (replicas) => {
    const replica = replicas.replica();
    await replica.consume(...batches);
    expected = await replica.figures();
  });
  return expected;
}

const told = (referee: string, status: ReferralStatus, revision: number, referrer = 'ann') => [
  referralTold({ referrer, referee, status, revision }),
];
const ordered = (referee: string, net: number, revision = 1, referrer = 'ann') => [
  orderTold({ referrer, referee, order: `order-${referee}`, net, revision }),
];

const before = [
  [shareTold(1), shareTold(2, { channel: 'email' })],
  [clickTold(1), clickTold(2)],
  told('r1', 'converted', 2),
  told('r2', 'converted', 2),
  told('r3', 'reversed', 3, 'bea'),
  told('r4', 'withdrawn', 2),
  told('r5', 'attributed', 1, 'bea'),
  told('r6', 'converted', 2, 'bea'),
  ordered('r1', 1_500),
  ordered('r2', 700),
  ordered('r4', 900),
  [rewardTold('issued', 'rwd_1')],
  [rewardTold('reversed', 'rwd_1')],
];
/** A conversion that is taken back, an order whose referral may not be copied yet, and what nobody has heard of before. */
const during = [
  told('r2', 'withdrawn', 3),
  ordered('r6', 400, 1, 'bea'),
  ordered('r1', 1_200, 2),
  told('r3', 'converted', 4, 'bea'),
  told('r7', 'converted', 2, 'cyd'),
  ordered('r7', 50, 1, 'cyd'),
  [clickTold(3)],
];
const all = [...before, ...during];

/** Of the steps that are tried: each kind of them comes many times, and few fall together with this. */
const spacing = 5;

describe('what is counted while a rebuild is under way', () => {
  let expected: unknown;
  beforeAll(async () => {
    expected = await expectedOf(all);
  });

  /** How often a replica uses the store in the work. */
  async function usesOf(work: (replicas: Replicas, interrupt: () => Promise<void>) => Promise<void>): Promise<number> {
    let uses = 0;
    await withReplicas((replicas) =>
      work(replicas, async () => {
        uses += 1;
      }),
    );
    return uses;
  }
  /** Runs `other` to its end before the n-th use. */
  const interruptAt = (at: number, other: () => Promise<void>) => {
    let uses = 0;
    return async () => {
      uses += 1;
      if (uses === at) await other();
    };
  };

  test('is in the new figures, wherever in the copy it comes', async () => {
    const copy = async (replicas: Replicas, interrupt: () => Promise<void>) => {
      await replicas.replica().consume(...before);
      const copying = replicas.replica(interrupt);
      await copying.startRebuild();
      await copying.rebuild();
    };
    const uses = await usesOf(copy);
    expect(uses).toBeGreaterThan(50);
    for (let at = 1; at <= uses; at += spacing) {
      await withReplicas(async (replicas) => {
        const live = replicas.replica();
        await copy(
          replicas,
          interruptAt(at, () => live.consume(...during)),
        );
        expect(await live.figures()).toEqual(expected);
        expect(await replicas.replica().figures()).toEqual(expected);
      });
    }
  }, 120_000);

  // Counting comes before reading the control document: the other way round, a rebuild in between would miss the batch.
  test('is in the new figures, wherever in counting a whole rebuild comes', async () => {
    const count = async (replicas: Replicas, interrupt: () => Promise<void>) => {
      await replicas.replica().consume(...before);
      await replicas.replica(interrupt).consume(...during);
    };
    const uses = await usesOf(count);
    expect(uses).toBeGreaterThan(20);
    for (let at = 1; at <= uses; at += spacing) {
      await withReplicas(async (replicas) => {
        const copying = replicas.replica();
        const rebuild = async () => {
          await copying.startRebuild();
          await copying.rebuild();
        };
        await count(replicas, interruptAt(at, rebuild));
        expect(await replicas.replica().figures()).toEqual(expected);
      });
    }
  }, 120_000);

  test('and read is whole: of the one generation or of the other', async () => {
    await withReplicas(async (replicas) => {
      const live = replicas.replica();
      await live.consume(...all);
      const copying = replicas.replica();
      for (const at of [1, 2, 3, 4, 6, 8, 10, 15, 20]) {
        const rebuild = async () => {
          await copying.startRebuild();
          await copying.rebuild();
        };
        expect(await replicas.replica(interruptAt(at, rebuild)).figures()).toEqual(expected);
      }
    });
  });
});

test('two replicas that copy at the same time copy everything once', async () => {
  const expected = await expectedOf(all);
  await withReplicas(async (replicas) => {
    const copying = [replicas.replica(), replicas.replica()];
    await replicas.replica().consume(...all);
    await copying[0]?.startRebuild();
    await Promise.all(copying.map((replica) => replica.rebuild()));
    expect(await replicas.replica().figures()).toEqual(expected);
  });
});

const moment = fc.integer({ min: 0, max: 60 * 96 }).map((n) => new Date(Date.UTC(2026, 0) + n * 900_000).toISOString());
const referee = fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5');
const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('referral'), referee, revision: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('order'), referee, revision: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('click'), referee, revision: fc.nat(20) }) },
);
const terms = fc.record({
  statuses: fc.array(fc.constantFrom('converted', 'converted', 'converted', ...referralStatuses), {
    minLength: 7,
    maxLength: 7,
  }),
  amounts: fc.array(fc.nat(5_000), { minLength: 4, maxLength: 4 }),
  at: moment,
});

// Redelivery, any order, crashes of the copy, a second rebuild: none of it may show in any figure.
test('any history comes to the same, wherever rebuilds begin, break off and end in it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 3, maxLength: 40 }),
      terms,
      fc.infiniteStream(fc.nat(19)),
      async (history, { statuses, amounts, at }, chances) => {
        const batches = history.map(({ kind, referee: who, revision }): readonly EncodedEvent[] => {
          const referrer = referrers[Number(who.slice(1)) % referrers.length] ?? 'ann';
          if (kind === 'click') return [clickTold(revision, { at })];
          if (kind === 'order') return ordered(who, amounts[revision] ?? 0, revision, referrer);
          const status = statuses[(revision + Number(who.slice(1))) % statuses.length] ?? 'attributed';
          return [referralTold({ referrer, referee: who, status, revision, attributedAt: at })];
        });
        const expected = await expectedOf(batches);
        const pending = [...batches];
        await withReplicas(async (replicas) => {
          const live = replicas.replica();
          const copying = replicas.replica(async () => {
            const chance = chances.next().value;
            const [next] = chance < 8 ? pending.splice(0, 1) : [];
            if (next) await live.consume(next);
            if (chance === 19) throw new OperationalError('STORE_UNAVAILABLE', 'the copy breaks off here');
          });
          await live.consume(...pending.splice(0, chances.next().value));
          for (const _ of ['first', 'second']) {
            await unlessBroken(() => copying.startRebuild());
            while (!(await unlessBroken(() => copying.rebuild())));
          }
          await live.consume(...pending, ...batches.slice(0, 3));
          expect(await live.figures()).toEqual(expected);
        });
      },
    ),
    { numRuns: 25 },
  );
}, 120_000);

async function unlessBroken(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof OperationalError) return false;
    throw error;
  }
}
