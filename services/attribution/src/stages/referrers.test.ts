import { decodeEvent, type EncodedEvent, type ReferralLifecycle } from '@referral/contracts';
import { isOperational } from '@referral/errors';
import { BoundedMap } from '@referral/processing';
import { forwardTo, type Store } from '@referral/store';
import { type Installation, openInstallation } from '@referral/testing';
import fc from 'fast-check';
import { terms as programTerms, verdict } from '../../test/facts.ts';
import { faults } from '../../test/faults.ts';
import { tenant } from '../../test/world.ts';
import { collections, programs, referrals, referrers } from '../collections.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Context } from './context.ts';
import { applyVerdicts } from './referrers.ts';

/** Each conversion takes one slot of its referrer, exactly once, also when writers are late, paused or repeated. */

let installation: Installation;
beforeEach(async () => {
  installation = await openInstallation({ services: [] });
  await installation.store.prepare(collections);
  const versions = [{ version: 1, effective_at: 0, terms: programTerms() }];
  const body = { tenant_id: tenant, versions };
  await installation.store.commit([{ collection: programs, id: tenant, expectedVersion: 0, body }]);
});
afterEach(() => installation.close());

const contextOf = (store: Store): Context => ({
  store,
  bus: installation.bus,
  now: () => 0,
  latenessMs: 0,
  knownTerms: new BoundedMap(),
});

const bring = (context: Context, verdicts: readonly Verdict[]) =>
  applyVerdicts(
    context,
    verdicts.map((data) => ({ data, time: data.converted_at ?? data.attributed_at })),
  );

const milestones = [{ threshold: 1 }];
const { terms } = verdict('bob', 1);
const converted = verdict('bob', 2, { terms: { ...terms, milestones } });
const withdrawn = verdict('bob', 3, { status: 'withdrawn', terms: { ...terms, milestones } });

const milestonesIn = (events: readonly EncodedEvent[]) =>
  events.filter(({ topic }) => topic === 'referral_milestone_reached').map(decodeEvent);

describe('a milestone whose conversion is withdrawn', () => {
  const reached = { threshold: 1, referrer_ordinal: 1, referral_id: converted.referral_id };

  // It is never reached again, so whoever reached it must tell it.
  test('is told, also when both come in one batch', async () => {
    const events = await bring(contextOf(installation.store), [converted, withdrawn]);
    expect(milestonesIn(events)).toMatchObject([{ data: reached }]);
  });

  test.each([1, 2])('is told when write %i of the batch failed and it comes again', async (failing) => {
    const { aroundStore } = faults((nth) => (nth === failing ? 'after' : undefined));
    const context = contextOf(aroundStore(installation.store));
    const batch = [converted, withdrawn];
    const first = await bring(context, batch).catch((error: unknown) => error);
    expect(isOperational(first)).toBe(true);
    expect(milestonesIn(await bring(context, batch))).toMatchObject([{ data: reached }]);
  });

  test('is told as the same event ever after', async () => {
    const context = contextOf(installation.store);
    const events = [...(await bring(context, [converted])), ...(await bring(context, [converted]))];
    events.push(...(await bring(context, [withdrawn, withdrawn])));
    const again = verdict('bob', 4, { terms: { ...terms, milestones }, converted_at: '2026-01-09T00:00:00Z' });
    events.push(...(await bring(context, [again])));
    expect(new Set(milestonesIn(events).map((event) => JSON.stringify(event))).size).toBe(1);
  });
});

/** A store whose every call takes some turns of the event loop, so that writers overtake each other. */
function slow(store: Store, turns: readonly number[]): Store {
  let calls = 0;
  const wait = async () => {
    const some = turns[calls % turns.length] ?? 0;
    calls += 1;
    for (let turn = 0; turn < some; turn += 1) await new Promise(setImmediate);
  };
  return {
    ...forwardTo(store),
    getMany: async (collection, ids) => {
      await wait();
      return store.getMany(collection, ids);
    },
    commit: async (changes) => {
      await wait();
      return store.commit(changes);
    },
  };
}

const statuses = ['attributed', 'converted', 'withdrawn', 'attributed', 'converted', 'withdrawn'] as const;

test('ordinals are distinct and within the limit, whoever overtakes whom', async () => {
  const people = ['bob', 'carl', 'dora', 'eve'];
  const limits = { max_referrals_per_referrer: 3, cooldown_seconds: 0, over_limit: 'referee_only' } as const;
  const lives = fc.tuple(...people.map(() => fc.integer({ min: 1, max: statuses.length })));
  const writer = fc.record({
    turns: fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }),
    /** How many verdicts a batch holds, and where the writer begins: a writer that was away repeats old ones. */
    batch: fc.integer({ min: 1, max: 6 }),
    from: fc.nat(12),
  });
  await fc.assert(
    fc.asyncProperty(lives, fc.nat(), fc.array(writer, { minLength: 2, maxLength: 3 }), async (ends, seed, writers) => {
      // A referrer of their own for each run, on the same engines.
      const referrer = `ann-${runs++}`;
      const of = (referee: string, revision: number): Verdict => ({
        ...verdict(referee, revision, { status: statuses[revision - 1] ?? 'attributed' }),
        attributed_revision: revision < 4 ? 1 : 4,
        referral_id: `ref-${referrer}-${referee}`,
        referrer_customer_id: referrer,
        terms: { ...terms, limits },
      });
      const queues = people.map((referee, index) =>
        Array.from({ length: ends[index] ?? 1 }, (_, at) => of(referee, at + 1)),
      );
      const told = interleave(queues, seed);

      await Promise.all(
        writers.map(async ({ turns, batch, from }) => {
          const context = contextOf(slow(installation.store, turns));
          for (let at = from % told.length; at < told.length; at += batch) {
            await bring(context, told.slice(at, at + batch));
          }
        }),
      );
      const events = await bring(contextOf(installation.store), told);

      const ids = people.map((referee) => `ref-${referrer}-${referee}`);
      const stored = [...(await installation.store.getMany(referrals, ids)).values()].map(({ body }) => body);
      const document = await installation.store.get(referrers, `acme:${referrer}`);
      const { counted = 0, freed = [] } = document?.body ?? {};
      const ordinals = stored.flatMap(({ slot }) => slot?.ordinal ?? []);
      expect([...ordinals, ...freed].sort()).toEqual(Array.from({ length: counted }, (_, index) => index + 1));
      expect(ordinals.length).toBeLessThanOrEqual(3);
      expect(stored.map(({ verdict: { status } }) => status)).toEqual(ends.map((end) => statuses[end - 1]));
      for (const { verdict: newest, slot } of stored) {
        if (newest.status === 'attributed') continue;
        expect(slot !== null).toBe(newest.status === 'converted');
        const said = events.map((event) => decodeEvent(event).data as ReferralLifecycle);
        const last = said.find((one) => one.referral_id === newest.referral_id && one.revision === newest.revision);
        expect(last).toMatchObject({ referrer_ordinal: slot?.ordinal ?? null });
      }
    }),
    { numRuns: 100 },
  );
});

let runs = 0;

/** Each queue in its own order. */
function interleave<T>(queues: readonly (readonly T[])[], seed: number): T[] {
  const rest = queues.map((queue) => [...queue]);
  const all: T[] = [];
  for (let turn = seed; rest.some((queue) => queue.length > 0); turn = (turn * 7 + 5) % 1_009) {
    const open = rest.filter((queue) => queue.length > 0);
    const next = open[turn % open.length]?.shift();
    if (next !== undefined) all.push(next);
  }
  return all;
}
