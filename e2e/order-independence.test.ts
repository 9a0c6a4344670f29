import {
  createEvent,
  customerSignedUp,
  defaultProgram,
  type EncodedEvent,
  encodeEvent,
  purchaseCompleted,
  purchaseRefunded,
} from '@referral/contracts';
import { services } from '@referral/standalone';
import { type Installation, openInstallation } from '@referral/testing';
import fc from 'fast-check';
import type { Json } from './platform.ts';

/**
 * R4 and R5 from end to end: random histories, each lived in several orders of arrival by tenants of their own, give every
 * account the same. Limits and milestones are judged in the order that is recorded, so they have no part here.
 */

const histories = 25;
const arrivalsOfEach = 4;
const referrers = ['ann', 'zoe'] as const;
const friends = ['bob', 'eve', 'gus'] as const;
const windows = { attribution_days: 30, conversion_days: 30, reversal_days: 10 };
const programmes = [
  { qualifying_event: { type: 'first_purchase' }, referee_reward: { type: 'discount_fixed', value: 5 } },
  { qualifying_event: { type: 'minimum_spend', minimum_amount: 30 }, referee_reward: { type: 'credit', value: 5 } },
  { qualifying_event: { type: 'signup' }, referee_reward: { type: 'points', value: 20 } },
];

type Told =
  | { readonly kind: 'signup'; readonly day: number; readonly code?: (typeof referrers)[number] }
  | { readonly kind: 'purchase'; readonly day: number; readonly order: string; readonly amount: number }
  | { readonly kind: 'refund'; readonly day: number; readonly order: string; readonly amount: number };
type OfFriend = Told & { readonly friend: (typeof friends)[number]; readonly nth: number };

const day = fc.integer({ min: 1, max: 25 });
const order = fc.constantFrom('1', '2');
const amount = fc.constantFrom(0, 1_000, 2_000, 3_000);
const told: fc.Arbitrary<Told> = fc.oneof(
  fc.record({ kind: fc.constant('signup' as const), day, code: fc.constantFrom(...referrers) }),
  fc.record({ kind: fc.constant('signup' as const), day }),
  fc.record({ kind: fc.constant('purchase' as const), day, order, amount }),
  fc.record({ kind: fc.constant('refund' as const), day, order, amount }),
);
const history = fc
  .tuple(...friends.map(() => fc.array(told, { minLength: 2, maxLength: 6 })))
  .map((lives) =>
    lives.flatMap((life, index) =>
      life.map((one, nth): OfFriend => ({ ...one, friend: friends[index] ?? 'bob', nth })),
    ),
  );

function eventOf(tenant_id: string, codes: ReadonlyMap<string, string>, one: OfFriend): EncodedEvent {
  const occurred_at = new Date(Date.UTC(2026, 0, one.day)).toISOString();
  const customer = { tenant_id, customer_id: one.friend, occurred_at };
  const about = { identity: [one.friend, one.nth], occurredAt: occurred_at };
  // Of what occurred at the same moment the id decides: a history has the same ids, whichever tenant lives it.
  const named = <Event extends object>(event: Event) => ({ ...event, id: `${one.friend}-${one.nth}` });
  if (one.kind === 'signup') {
    const referral_code = one.code && codes.get(one.code);
    const data = { ...customer, ...(referral_code === undefined ? {} : { referral_code }) };
    return encodeEvent(customerSignedUp, named(createEvent(customerSignedUp, data, about)));
  }
  const sale = { ...customer, order_id: `${one.friend}-${one.order}`, amount: one.amount, currency: 'USD' };
  if (one.kind === 'purchase')
    return encodeEvent(purchaseCompleted, named(createEvent(purchaseCompleted, sale, about)));
  const data = { ...sale, refund_id: `${one.friend}-${one.nth}` };
  return encodeEvent(purchaseRefunded, named(createEvent(purchaseRefunded, data, about)));
}

let installation: Installation;
beforeAll(async () => {
  installation = await openInstallation({ services, partitions: 3 });
});
afterAll(() => installation.close());

async function createTenant(slug: string, program: object): Promise<ReadonlyMap<string, string>> {
  const platform = await installation.as({ kind: 'admin', scopes: ['platform'] });
  await platform.post('/api/tenants').send({ slug, name: slug, currency: 'USD', time_zone: 'UTC' }).expect(201);
  const saved = {
    ...defaultProgram,
    enabled: true,
    windows,
    referrer_reward: { type: 'points', value: 100 },
    milestones: [],
    earning_rules: [{ name: 'thanks', beneficiary: 'referrer', points: 7 }],
    ...program,
  };
  await (await installation.as({ kind: 'admin', tenantId: slug }))
    .put('/api/referrals/program')
    .send(saved)
    .expect(200);
  const codes = new Map<string, string>();
  for (const customerId of referrers) {
    const caller = await installation.as({ kind: 'customer', tenantId: slug, customerId });
    codes.set(customerId, (await caller.get('/api/referrals/my-code').expect(200)).body.referral_code);
  }
  return codes;
}

/** What everybody has in the end, without what is named after the tenant. */
async function outcomeOf(tenantId: string) {
  const admin = await installation.as({ kind: 'admin', tenantId });
  const balances = await Promise.all(
    [...referrers, ...friends].map(async (customer) => {
      const { body } = await admin.get(`/api/customers/${customer}/balance`).expect(200);
      const discounts = body.discounts
        .filter(({ status }: Json) => status === 'granted')
        .map(({ type, value }: Json) => ({ type, value }));
      return { customer, points: body.points, credit: body.credit, discounts };
    }),
  );
  const { body: listed } = await admin.get('/api/referrals?limit=200').expect(200);
  const referrals = listed.data
    .map((row: Json) => `${row.referrer_customer_id}→${row.referee_customer_id} ${row.status} since ${row.created_at}`)
    .sort();
  const { body: leaderboard } = await admin.get('/api/loyalty/referrals/leaderboard').expect(200);
  const standings = leaderboard.data
    .filter(({ conversions, revenue }: Json) => conversions > 0 || revenue.length > 0)
    .map(({ referrer_customer_id, conversions, revenue }: Json) => ({ referrer_customer_id, conversions, revenue }));
  return { balances, referrals, standings };
}

test('every account holds the same, in whatever order the same history arrives', async () => {
  const arbitrary = fc.tuple(history, fc.constantFrom(...programmes)).chain(([facts, program]) =>
    fc.record({
      facts: fc.constant(facts),
      program: fc.constant(program),
      // The last of them brings everything twice.
      arrivals: fc.tuple(
        ...Array.from({ length: arrivalsOfEach }, (_, index) => {
          const all = index === arrivalsOfEach - 1 ? [...facts, ...facts] : facts;
          return fc.shuffledSubarray(all, { minLength: all.length });
        }),
      ),
    }),
  );
  const lives = fc
    .sample(arbitrary, histories)
    .flatMap(({ facts, program, arrivals }, which) =>
      arrivals.map((arrival, way) => ({ slug: `h${which}-${way}`, which, facts, program, arrival })),
    );
  const codesOf = new Map<string, ReadonlyMap<string, string>>();
  for (const { slug, program } of lives) codesOf.set(slug, await createTenant(slug, program));
  await installation.settled();
  // One event of every tenant at a time, worked through before the next: so what arrives first is decided on first.
  const longest = Math.max(...lives.map(({ arrival }) => arrival.length));
  for (let turn = 0; turn < longest; turn += 1) {
    const events = lives.flatMap(({ slug, arrival }) => {
      const one = arrival[turn];
      return one ? [eventOf(slug, codesOf.get(slug) ?? new Map(), one)] : [];
    });
    await installation.publish(events);
    await installation.settled();
  }
  const outcomes = new Map<string, object>();
  for (const { slug } of lives) outcomes.set(slug, await outcomeOf(slug));
  for (const { slug, which, facts, program } of lives) {
    expect({ facts, program, slug, outcome: outcomes.get(slug) }).toEqual({
      facts,
      program,
      slug,
      outcome: outcomes.get(`h${which}-0`),
    });
  }
  const rewarded = [...outcomes.values()].filter((outcome) => JSON.stringify(outcome).includes('converted'));
  expect(rewarded.length).toBeGreaterThan(histories);
}, 120_000);
