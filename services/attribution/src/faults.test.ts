import type { EncodedEvent } from '@referral/contracts';
import { retryOperational } from '@referral/errors';
import { type Installation, type InstallationOptions, openInstallation } from '@referral/testing';
import fc from 'fast-check';
import { faults } from '../test/faults.ts';
import { finalState } from '../test/final-state.ts';
import { clicked, codeCreated, day, programSaved, purchased, refunded, signedUp, tenantExists } from '../test/world.ts';
import { attributionService } from './service.ts';

/** Each effect happens exactly once, whatever crashes, repeats or arrives out of order. */

const annsCode = 'AAAA2222';
const zoesCode = 'ZZZZ2222';
const dayMs = 86_400_000;

type Step = readonly EncodedEvent[] | { readonly daysPass: number };

/** Everything that waits, wakes, moves and is given back. After each step the service settles, so arrival is the same in every run. */
const history: readonly Step[] = [
  [tenantExists()],
  [
    signedUp({ customer_id: 'bob', referral_code: annsCode, occurred_at: day(2) }),
    signedUp({ customer_id: 'carl', referral_code: annsCode, occurred_at: day(2) }),
    signedUp({ customer_id: 'eve', visitor_id: 'vis_1', occurred_at: day(3) }),
    signedUp({ customer_id: 'gus', referral_code: 'YYYY2222', occurred_at: day(3) }),
  ],
  [purchased({ customer_id: 'bob', order_id: 'o1', occurred_at: day(3) })],
  [
    programSaved({
      limits: { max_referrals_per_referrer: 2, cooldown_seconds: 0, over_limit: 'referee_only' },
      milestones: [{ threshold: 1 }],
      nudge_after_hours: [24],
    }),
  ],
  // Bob and Carl have waited for the programme, wait for the code, then for Ann's profile.
  [codeCreated('ann', annsCode, true)],
  [signedUp({ customer_id: 'ann', email: 'ann@example.com', occurred_at: day(1) })],
  [clicked(annsCode, 'vis_1', 'ann', day(2))],
  [purchased({ customer_id: 'carl', order_id: 'o2', occurred_at: day(4) })],
  // A purchase that attributes and converts at once, over the limit.
  [purchased({ customer_id: 'dora', order_id: 'o3', referral_code: annsCode, occurred_at: day(5) })],
  // Bob belongs to Zoe after all, and gives back what Ann had for him; the next one of Ann's takes it.
  [codeCreated('zoe', zoesCode)],
  [signedUp({ customer_id: 'bob', referral_code: zoesCode, occurred_at: day(1) }, 'signup-bob-early')],
  [purchased({ customer_id: 'eve', order_id: 'o4', occurred_at: day(6) })],
  [purchased({ customer_id: 'gus', order_id: 'o5', referral_code: zoesCode, occurred_at: day(7) })],
  // Hal never buys: he is reminded, and his referral expires.
  [signedUp({ customer_id: 'hal', referral_code: annsCode, occurred_at: day(10) })],
  { daysPass: 2 },
  // Carl gives back what he bought, and buys again.
  [refunded({ customer_id: 'carl', order_id: 'o2', amount: 2_000, occurred_at: day(6) })],
  [purchased({ customer_id: 'carl', order_id: 'o6', occurred_at: day(8) })],
  { daysPass: 100 },
];
const people = { referrers: ['ann', 'zoe'], referees: ['ann', 'bob', 'carl', 'dora', 'eve', 'gus', 'hal'] };

async function inInstallation<T>(
  options: Omit<InstallationOptions, 'services'> & Partial<InstallationOptions>,
  work: (installation: Installation) => Promise<T>,
): Promise<T> {
  const installation = await openInstallation({ services: [attributionService], partitions: 3, ...options });
  try {
    return await work(installation);
  } finally {
    await installation.close();
  }
}

async function live(
  installation: Installation,
  steps: readonly Step[],
  passTime: (days: number) => void,
): Promise<void> {
  for (const step of steps) {
    if ('daysPass' in step) passTime(step.daysPass);
    else await installation.publish(step);
    await retryOperational(() => installation.settled());
  }
}

/** Lives the history while some writes fail. */
async function undergo(fails: Parameters<typeof faults>[0]) {
  let now = Date.parse(day(10));
  const failing = faults(fails);
  const { aroundStore, aroundBus } = failing;
  const state = await inInstallation({ aroundStore, aroundBus, clock: { now: () => now } }, async (installation) => {
    await live(installation, history, (days) => {
      now += days * dayMs;
    });
    return finalState(installation, people);
  });
  return { state, writes: failing.writes };
}

describe('a write that fails', () => {
  const atOnce = 6;

  test('at any place, before or after it took effect, changes nothing of what it all comes to', async () => {
    const { state, writes } = await undergo(() => undefined);
    expect(state.events.map(({ type, data }) => summary(type, data)).sort()).toEqual([
      'referral_attributed ann→bob',
      'referral_attributed ann→carl',
      'referral_attributed ann→dora',
      'referral_attributed ann→eve',
      'referral_attributed ann→hal',
      'referral_attributed zoe→bob',
      'referral_attributed zoe→gus',
      'referral_converted ann→bob 1',
      'referral_converted ann→carl 2',
      'referral_converted ann→carl 2',
      'referral_converted ann→dora',
      'referral_converted ann→eve 1',
      'referral_converted zoe→bob 1',
      'referral_converted zoe→gus 2',
      'referral_expired ann→hal',
      'referral_milestone_reached ann 1',
      'referral_milestone_reached zoe 1',
      'referral_nudge_due ann→hal',
      'referral_revenue_changed ann→bob 2000',
      'referral_revenue_changed ann→carl 0',
      'referral_revenue_changed ann→carl 2000',
      'referral_revenue_changed ann→carl 2000',
      'referral_revenue_changed ann→dora 2000',
      'referral_revenue_changed ann→eve 2000',
      'referral_revenue_changed zoe→bob 2000',
      'referral_revenue_changed zoe→gus 2000',
      'referral_reversed ann→bob',
      'referral_reversed ann→carl 2',
    ]);
    // Three failures to a run, far apart, so that a run for every place takes seconds and not a minute.
    const apart = Math.ceil(writes / 3);
    const trials = Array.from({ length: apart }, (_, place) => place + 1).flatMap((place) =>
      (['before', 'after'] as const).map((when) => ({ place, when })),
    );
    for (let from = 0; from < trials.length; from += atOnce) {
      const some = trials.slice(from, from + atOnce);
      const outcomes = await Promise.all(
        some.map(({ place, when }) => undergo((nth) => (nth % apart === place % apart ? when : undefined))),
      );
      for (const [at, trial] of some.entries()) {
        expect({ ...trial, state: outcomes[at]?.state }).toEqual({ ...trial, state });
      }
    }
  });
});

test('every inbound event brought again, twice and in another order, changes nothing', async () => {
  await inInstallation({ clock: { now: () => Date.parse(day(10)) } }, async (installation) => {
    const events = history.flatMap((step) => ('daysPass' in step ? [] : step));
    await live(installation, [events], () => undefined);
    const before = await finalState(installation, people);
    const again = fc.sample(fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }), 1);
    await live(installation, again, () => undefined);
    expect(await finalState(installation, people)).toEqual(before);
  });
});

describe('two replicas of the service', () => {
  const codes = { ann: annsCode, zoe: zoesCode };
  type Told =
    | { readonly signup: number; readonly code: keyof typeof codes; readonly on: number }
    | { readonly purchase: number; readonly on: number };

  function toEvent(told: Told): EncodedEvent {
    if ('purchase' in told) {
      const customer_id = `referee-${told.purchase}`;
      return purchased({ customer_id, order_id: `${customer_id}-${told.on}`, occurred_at: day(told.on) });
    }
    const customer_id = `referee-${told.signup}`;
    const signup = { customer_id, referral_code: codes[told.code], occurred_at: day(told.on) };
    return signedUp(signup, `signup-${customer_id}-${told.on}`);
  }

  /** A second signup is an earlier one, so that a late fact may move the referee to another referrer. */
  const life = (referee: number) =>
    fc
      .record({
        codes: fc.array(fc.constantFrom('ann', 'zoe'), { minLength: 1, maxLength: 2 }),
        buysOn: fc.uniqueArray(fc.integer({ min: 4, max: 9 }), { maxLength: 2 }),
      })
      .map((one): Told[] => [
        ...one.codes.map((code, nth) => ({ signup: referee, code, on: 3 - nth })),
        ...one.buysOn.map((on) => ({ purchase: referee, on })),
      ]);

  const scenario = fc
    .tuple(...[0, 1, 2, 3, 4, 5].map(life))
    .map((lives) => lives.flat())
    .chain((told) =>
      fc.record({
        over_limit: fc.constantFrom('referee_only', 'neither'),
        told: fc.shuffledSubarray([...told, ...told], { minLength: told.length * 2 }),
        /** How many events are there before the programme, and how many before the codes. */
        programmeAfter: fc.nat(20),
        codesAfter: fc.nat(20),
        chunk: fc.integer({ min: 1, max: 20 }),
        failures: fc.dictionary(fc.nat(60).map(String), fc.constantFrom('before', 'after'), { maxKeys: 3 }),
      }),
    );

  function eventsOf({
    told,
    over_limit,
    programmeAfter,
    codesAfter,
  }: typeof scenario extends fc.Arbitrary<infer S> ? S : never) {
    const limits = { max_referrals_per_referrer: 3, cooldown_seconds: 0, over_limit };
    const events = told.map(toEvent);
    events.splice(codesAfter, 0, codeCreated('ann', annsCode), codeCreated('zoe', zoesCode));
    events.splice(programmeAfter, 0, programSaved({ limits, milestones: [{ threshold: 1 }, { threshold: 3 }] }));
    return events;
  }

  test('attribute nobody twice, and give each conversion one slot within the limits', async () => {
    const referees = Array.from({ length: 6 }, (_, index) => `referee-${index}`);
    const everybody = { referrers: ['ann', 'zoe'], referees };
    await fc.assert(
      fc.asyncProperty(scenario, async (chosen) => {
        const { chunk, failures, over_limit } = chosen;
        const events = eventsOf(chosen);
        const { aroundStore, aroundBus } = faults((nth) => failures[nth]);
        const services = [attributionService, attributionService];
        const state = await inInstallation({ services, aroundStore, aroundBus }, async (installation) => {
          for (let from = 0; from < events.length; from += chunk) {
            await installation.publish(events.slice(from, from + chunk));
          }
          await retryOperational(() => installation.settled());
          return finalState(installation, everybody);
        });
        expectOneReferrerEach(state);
        expectSlotsWithinLimits(state, over_limit);
        expectToldAsDecided(state);
      }),
      { numRuns: 25 },
    );
  });

  type State = Awaited<ReturnType<typeof finalState>>;

  function expectOneReferrerEach({ referees, referrals }: State): void {
    for (const { customer_id, verdicts } of referees) {
      const standing = referrals.filter(
        ({ verdict, status }) => verdict.referee_customer_id === customer_id && status !== 'withdrawn',
      );
      expect(standing.map(({ verdict }) => verdict)).toEqual([verdicts.at(-1)]);
    }
  }

  function expectSlotsWithinLimits({ referrers, referrals, events }: State, overLimit: string): void {
    for (const { referrer_customer_id, counted, freed, milestones_reached } of referrers) {
      const own = referrals.filter(({ verdict }) => verdict.referrer_customer_id === referrer_customer_id);
      const ordinals = own.flatMap(({ slot }) => slot?.ordinal ?? []);
      // Taken or given back: together they are 1 to n, each once.
      expect([...ordinals, ...freed].sort()).toEqual(Array.from({ length: counted }, (_, index) => index + 1));
      expect(ordinals.length).toBeLessThanOrEqual(3);
      for (const { verdict, status, slot } of own) {
        const isOver = verdict.status === 'converted' && slot?.ordinal === null;
        const refused = isOver && overLimit === 'neither';
        expect({ status, hasSlot: slot !== null }).toEqual({
          status: refused ? 'rejected' : verdict.status,
          hasSlot: verdict.status === 'converted',
        });
        if (isOver) expect(slot?.over_limit).toEqual({ limit: 'max_referrals_per_referrer', effect: overLimit });
      }
      const told = events.filter(
        ({ type, data }) =>
          type === 'referral_milestone_reached' &&
          (data as { referrer_customer_id: string }).referrer_customer_id === referrer_customer_id,
      );
      expect(told.map(({ data }) => (data as { threshold: number }).threshold).sort()).toEqual(
        [1, 3].filter((threshold) => threshold <= counted),
      );
      expect(milestones_reached).toHaveLength(told.length);
    }
  }

  /** The newest that was told of a referral is what its document says. */
  function expectToldAsDecided({ referrals, events }: State): void {
    for (const { verdict, status, slot } of referrals) {
      const { referral_id, revision } = verdict;
      const told = events
        .filter(({ type }) => /^referral_(attributed|converted|rejected|reversed)$/.test(type))
        .map(({ data }) => data as { referral_id: string; revision: number; status: string; referrer_ordinal: number })
        .filter((data) => data.referral_id === referral_id)
        .sort((a, b) => b.revision - a.revision);
      expect(told[0]).toMatchObject({ revision, status, referrer_ordinal: slot?.ordinal ?? null });
    }
  }
});

function summary(type: string, data: unknown): string {
  const said = data as Record<string, string | number | null | undefined>;
  const pair = [said.referrer_customer_id, said.referee_customer_id].filter((id) => id !== undefined).join('→');
  return `${type} ${pair} ${said.referrer_ordinal ?? said.net_amount ?? ''}`.trim();
}
