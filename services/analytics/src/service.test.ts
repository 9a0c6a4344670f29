import type { Channel, EncodedEvent, ReferralStatus } from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import { forwardTo } from '@referral/store';
import { type Installation, openInstallation } from '@referral/testing';
import fc from 'fast-check';
import { SetClock } from '../test/set-clock.ts';
import { clickTold, orderTold, referralTold, rewardTold, shareTold, tenant, tenantTold } from '../test/world.ts';
import { analyticsService } from './service.ts';

const root = '/api/loyalty/referrals';

let clock: SetClock;
let installation: Installation;

/** Two members share the partitions, and so every fold of a tenant, as two replicas do. */
const twoReplicas = [analyticsService, analyticsService];

beforeEach(async () => {
  clock = new SetClock();
  installation = await openInstallation({ services: twoReplicas, partitions: 3, clock });
});
afterEach(() => installation.close());

async function bring(...events: EncodedEvent[]): Promise<void> {
  await installation.publish(events);
  await installation.settled();
}

async function get(path: string, tenantId = tenant, status = 200) {
  const admin = await installation.as({ kind: 'admin', tenantId });
  const { body } = await admin.get(`${root}/${path}`).expect(status);
  return body;
}

const history = [
  tenantTold('UTC'),
  shareTold(1),
  shareTold(2, { channel: 'email' }),
  clickTold(1),
  clickTold(2),
  referralTold({ referee: 'bob', status: 'attributed', revision: 1 }),
  referralTold({ referee: 'bob', status: 'converted', revision: 2 }),
  referralTold({ referee: 'cem', status: 'attributed', revision: 1, channel: 'email' }),
  referralTold({ referee: 'dee', status: 'attributed', revision: 1 }),
  referralTold({ referee: 'dee', status: 'expired', revision: 2 }),
  referralTold({ referee: 'eve', status: 'converted', revision: 2, referrer: 'zoe' }),
  referralTold({ referee: 'eve', status: 'reversed', revision: 3, referrer: 'zoe' }),
  referralTold({ referee: 'fay', status: 'attributed', revision: 1, channel: 'sms' }),
  referralTold({ referee: 'fay', status: 'withdrawn', revision: 2, channel: 'sms' }),
  orderTold({ referee: 'bob', order: 'o1', net: 2_000 }),
  orderTold({ referee: 'bob', order: 'o1', net: 1_550, revision: 2 }),
  orderTold({ referee: 'bob', order: 'o2', net: 500, currency: 'JPY' }),
  rewardTold('issued', 'rwd_1'),
  rewardTold('issued', 'rwd_2'),
  rewardTold('reversed', 'rwd_2'),
];

const expectedSummary = {
  time_zone: 'UTC',
  period: { from: null, to: null },
  referrals: { total: 4, this_month: 4, pending: 1, converted: 1, rejected: 0, expired: 1, reversed: 1 },
  conversion_rate: 0.25,
  revenue: [
    { currency: 'JPY', amount: 500 },
    { currency: 'USD', amount: 15.5 },
  ],
  funnel: { shares: 2, clicks: 2, signups: 4, conversions: 1 },
  rewards: { issued: 2, reversed: 1 },
};
const expectedChannels = [
  { channel: 'whatsapp', shares: 1, clicks: 2, referrals: 3, converted: 1, conversion_rate: 0.3333 },
  { channel: 'email', shares: 1, clicks: 0, referrals: 1, converted: 0, conversion_rate: 0 },
];
const annsRow = { rank: 1, referrer_customer_id: 'ann', conversions: 1, revenue: expectedSummary.revenue };

describe('figures', () => {
  test('tell of every referral by its newest word, of revenue, touches and rewards, and how fresh they are', async () => {
    await bring(...history);
    expect(await get('summary')).toEqual({ as_of: '2026-01-20T12:00:00.000Z', lag_events: 0, ...expectedSummary });
    expect((await get('channels')).data).toEqual(expectedChannels);
    expect(await get('leaderboard')).toEqual({
      as_of: '2026-01-20T12:00:00.000Z',
      lag_events: 0,
      period: { from: null, to: null },
      data: [annsRow],
      next_cursor: null,
    });
  });

  test('do not change when everything comes again, twice, backwards, and after a restart', async () => {
    await bring(...history);
    await bring(...history.toReversed(), ...history);
    await installation.restart();
    await bring(...history);
    expect(await get('summary')).toMatchObject(expectedSummary);
    expect((await get('channels')).data).toEqual(expectedChannels);
    expect((await get('leaderboard')).data).toEqual([annsRow]);
  });

  test('survive a store that goes away during any commit: what was half counted is counted once', async () => {
    await installation.close();
    let commits = 0;
    installation = await openInstallation({
      services: [analyticsService],
      partitions: 3,
      clock,
      aroundStore: (store) => ({
        ...forwardTo(store),
        async commit(changes) {
          commits += 1;
          if (commits % 3 !== 0) return store.commit(changes);
          if (commits % 2 === 0) await store.commit(changes.slice(0, Math.ceil(changes.length / 2)));
          throw new OperationalError('STORE_UNAVAILABLE', 'the store went away');
        },
      }),
    });
    await bring(...history);
    expect(commits).toBeGreaterThan(10);
    expect(await get('summary')).toMatchObject(expectedSummary);
    expect((await get('leaderboard')).data).toEqual([annsRow]);
  });

  test('are zero for a tenant that nobody has heard of, and for another tenant', async () => {
    await bring(...history);
    expect(await get('summary', 'globex')).toMatchObject({
      time_zone: 'UTC',
      referrals: { total: 0, this_month: 0 },
      conversion_rate: 0,
      revenue: [],
      funnel: { shares: 0, clicks: 0, signups: 0, conversions: 0 },
      rewards: { issued: 0, reversed: 0 },
    });
    expect((await get('channels?from=2026-01-01', 'globex')).data).toEqual([]);
    expect(await get('leaderboard', 'globex')).toMatchObject({ data: [], next_cursor: null });
  });

  test('of a tenant keep to its newest name and zone by the time of the event, whichever came last', async () => {
    await bring(tenantTold('Asia/Kathmandu', { at: '2026-01-02T00:00:00Z' }));
    await bring(tenantTold('America/New_York', { at: '2026-01-01T00:00:00Z' }));
    expect(await get('summary')).toMatchObject({ time_zone: 'Asia/Kathmandu' });
  });
});

describe('revenue', () => {
  const order = orderTold({ referee: 'bob', order: 'o1', net: 2_000 });
  const told = (status: ReferralStatus, revision: number) => referralTold({ referee: 'bob', status, revision });
  const orders = [
    ['the order first', [order, told('attributed', 1), told('rejected', 2)]],
    ['the refusal first', [told('rejected', 2), told('attributed', 1), order]],
  ] as const;

  test.each(orders)('of a referral that a limit refused does not count: %s', async (_, events) => {
    for (const event of events) await bring(event);
    expect((await get('summary')).revenue).toEqual([]);
  });

  test('counts again for a referral that was withdrawn and came back', async () => {
    await bring(told('attributed', 1), order);
    await bring(told('withdrawn', 2));
    expect((await get('summary')).revenue).toEqual([]);
    await bring(told('converted', 5));
    expect((await get('summary?from=2026-01-11&to=2026-01-12')).revenue).toEqual([{ currency: 'USD', amount: 20 }]);
    expect((await get('leaderboard')).data).toMatchObject([{ revenue: [{ currency: 'USD', amount: 20 }] }]);
  });

  test('moves with an order that turns out to belong to another referral', async () => {
    await bring(
      order,
      told('converted', 2),
      referralTold({ referee: 'bob', referrer: 'zoe', status: 'converted', revision: 4 }),
    );
    await bring(
      told('withdrawn', 3),
      orderTold({ referee: 'bob', referrer: 'zoe', order: 'o1', revision: 2, net: 2_000 }),
    );
    expect((await get('leaderboard')).data).toEqual([
      { rank: 1, referrer_customer_id: 'zoe', conversions: 1, revenue: [{ currency: 'USD', amount: 20 }] },
    ]);
    expect((await get('summary')).revenue).toEqual([{ currency: 'USD', amount: 20 }]);
  });
});

describe('a period', () => {
  const referralsAt = (...times: string[]) =>
    times.map((attributedAt, n) => referralTold({ referee: `c${n}`, status: 'attributed', revision: 1, attributedAt }));
  const totalOf = async (query: string) => (await get(`summary?${query}`)).referrals.total;

  test('counts what was attributed in it, from inclusive and to exclusive, whatever became of it later', async () => {
    await bring(
      referralTold({ referee: 'bob', status: 'converted', revision: 2, attributedAt: '2026-01-31T23:59:59.999Z' }),
      referralTold({ referee: 'cem', status: 'attributed', revision: 1, attributedAt: '2026-02-01T00:00:00Z' }),
      orderTold({ referee: 'bob', order: 'o1', net: 100, orderedAt: '2026-02-01T00:00:00Z' }),
    );
    expect(await get('summary?from=2026-01-01&to=2026-02-01')).toMatchObject({
      period: { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
      referrals: { total: 1, converted: 1 },
      revenue: [],
    });
    expect(await get('summary?from=2026-02-01T00:07:00Z')).toMatchObject({
      period: { from: '2026-02-01T00:00:00.000Z', to: null },
      referrals: { total: 1, pending: 1 },
      revenue: [{ currency: 'USD', amount: 1 }],
    });
    expect((await get('channels?to=2026-02-01')).data).toMatchObject([{ referrals: 1, converted: 1 }]);
  });

  test('follows the days of a zone that is off by 5:45', async () => {
    const border = ['2026-01-31T18:14:59Z', '2026-01-31T18:15:00Z'];
    await bring(tenantTold('Asia/Kathmandu'), ...referralsAt(...border));
    expect(await totalOf('from=2026-01-31&to=2026-02-01')).toBe(1);
    expect(await totalOf('from=2026-02-01&to=2026-02-02')).toBe(1);

    clock.at = Date.parse('2026-01-31T18:20:00Z');
    expect((await get('summary')).referrals.this_month).toBe(1);
    await bring(...referralsAt(...border, '2026-02-15T00:00:00Z'));
    expect((await get('summary')).referrals.this_month).toBe(2);
  });

  test('follows a zone into and out of its summer time', async () => {
    await bring(
      tenantTold('America/New_York'),
      ...referralsAt(
        '2026-03-01T04:59:59Z',
        '2026-03-01T05:00:00Z',
        '2026-04-01T03:59:59Z',
        '2026-04-01T04:00:00Z',
        '2026-11-01T04:00:00Z',
        '2026-12-01T04:59:59Z',
        '2026-12-01T05:00:00Z',
      ),
    );
    expect(await totalOf('from=2026-03-01&to=2026-04-01')).toBe(2);
    expect(await totalOf('from=2026-11-01&to=2026-12-01')).toBe(2);
    clock.at = Date.parse('2026-03-31T23:00:00-04:00');
    expect((await get('summary')).referrals.this_month).toBe(2);
  });

  test('that is open at one end reaches all there is, years apart', async () => {
    await bring(...referralsAt('1999-06-01T00:00:00Z', '2026-01-01T00:00:00Z', '2031-01-01T00:00:00Z'));
    expect(await totalOf('from=2000-01-01')).toBe(2);
    expect(await totalOf('to=2026-01-02')).toBe(2);
  });
});

describe('the leaderboard', () => {
  const conversions = (referrer: string, count: number) =>
    Array.from({ length: count }, (_, n) =>
      referralTold({ referrer, referee: `${referrer}-${n}`, status: 'converted', revision: 2 }),
    );

  test('ranks across pages, ends with null, and leaves out who has lost all conversions', async () => {
    await bring(...conversions('ann', 3), ...conversions('bea', 1), ...conversions('cyd.y@example.com', 2));
    await bring(...conversions('dan', 1));
    await bring(referralTold({ referrer: 'dan', referee: 'dan-0', status: 'reversed', revision: 3 }));

    const first = await get('leaderboard?limit=2');
    expect(first.data).toMatchObject([
      { rank: 1, referrer_customer_id: 'ann', conversions: 3 },
      { rank: 2, referrer_customer_id: 'cyd.y@example.com', conversions: 2 },
    ]);
    const second = await get(`leaderboard?limit=2&cursor=${first.next_cursor}`);
    expect(second.data).toMatchObject([{ rank: 3, referrer_customer_id: 'bea', conversions: 1 }]);
    expect(second.next_cursor).toBeNull();
    expect((await get('leaderboard?limit=3')).next_cursor).toBeNull();
  });

  test('gives those with as many conversions one rank, also across pages, and the next one its position', async () => {
    await bring(...conversions('ann', 2), ...conversions('bea', 2), ...conversions('cyd', 2), ...conversions('dan', 1));
    const ranks: number[] = [];
    let cursor = '';
    for (;;) {
      const page = await get(`leaderboard?limit=2${cursor}`);
      ranks.push(...page.data.map(({ rank }: { rank: number }) => rank));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    expect(ranks).toEqual([1, 1, 1, 4]);
  });

  test('refuses a cursor of another tenant', async () => {
    await bring(...conversions('ann', 1), ...conversions('bea', 1));
    const { next_cursor } = await get('leaderboard?limit=1');
    expect(await get(`leaderboard?cursor=${next_cursor}`, 'globex', 400)).toMatchObject({
      errors: [{ path: 'cursor' }],
    });
  });
});

describe('a query', () => {
  test.each([
    'leaderboard?limit=0',
    'leaderboard?limit=201',
    'leaderboard?limit=ten',
    'leaderboard?cursor=',
    'leaderboard?cursor=nonsense',
    `leaderboard?cursor=${Buffer.from('[1,1,1,"nonsense"]').toString('base64url')}`,
    `leaderboard?cursor=${Buffer.from('{"rank":1}').toString('base64url')}`,
    'leaderboard?from=2026-01-02&to=2026-01-01',
    'leaderboard?from=2026-01-01&cursor=nonsense',
    'summary?from=abc',
    'summary?from=',
    'summary?from=2026-02-30',
    'summary?from[]=2026-01-01',
    'summary?from=2026-01-01&from=2026-01-02',
    'summary?from=2026-01-02&to=2026-01-01',
    'summary?from=0001-01-01',
    'summary?from=1990-01-01&to=2026-01-01',
    'summary?tenant_id=globex',
    'channels?to=2026-01-01T00:00:00',
    'channels?limit=10',
    'timeseries',
    'timeseries?interval=hour',
    'timeseries?interval=day&from=2020-01-01&to=2026-01-01',
    'timeseries?interval=month&from=2026-01-02&to=2026-01-01',
    'export.csv?from=2026-01-02&to=2026-01-01',
    'export.csv?format=xlsx',
  ])('that makes no sense is refused with a problem: %s', async (path) => {
    expect(await get(path, tenant, 400)).toMatchObject({
      type: 'urn:referral:problem:validation-failed',
      errors: [expect.objectContaining({ path: expect.any(String) })],
    });
  });

  test('needs a token of an admin', async () => {
    for (const path of ['summary', 'channels', 'leaderboard', 'timeseries', 'export.csv', 'live']) {
      await installation.anybody.get(`${root}/${path}`).expect(401);
      const customer = await installation.as({ kind: 'customer', tenantId: tenant, customerId: 'ann' });
      await customer.get(`${root}/${path}`).expect(403);
    }
  });
});

describe('any history', () => {
  const channels: Channel[] = ['whatsapp', 'email', 'x'];
  const statuses: ReferralStatus[] = ['attributed', 'converted', 'rejected', 'expired', 'reversed', 'withdrawn'];
  const days = fc.integer({ min: 0, max: 70 }).map((day) => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000));
  const referral = fc.record({
    referrer: fc.constantFrom('ann', 'bea'),
    channel: fc.constantFrom(...channels),
    attributedAt: days,
    statuses: fc.array(fc.constantFrom(...statuses), { minLength: 1, maxLength: 4 }),
    orders: fc.array(fc.record({ orderedAt: days, nets: fc.array(fc.nat(5_000), { minLength: 1, maxLength: 3 }) }), {
      maxLength: 2,
    }),
  });
  type Referral = typeof referral extends fc.Arbitrary<infer Value> ? Value : never;

  const eventsOf = (tenantId: string, referrals: readonly Referral[]) =>
    referrals.flatMap(({ referrer, channel, attributedAt, statuses, orders }, n) => {
      const about = { tenantId, referrer, referee: `referee-${n}` };
      return [
        ...statuses.map((status, at) =>
          referralTold({ ...about, status, revision: at + 1, channel, attributedAt: attributedAt.toISOString() }),
        ),
        ...orders.flatMap(({ orderedAt, nets }, order) =>
          nets.map((net, at) =>
            orderTold({ ...about, order: `o${order}`, revision: at + 1, net, orderedAt: orderedAt.toISOString() }),
          ),
        ),
      ];
    });

  /** The plain way to the same figures. */
  function recount(referrals: readonly Referral[], isIn: (date: Date) => boolean) {
    const counts = { pending: 0, converted: 0, rejected: 0, expired: 0, reversed: 0 };
    let cents = 0;
    for (const { attributedAt, statuses, orders } of referrals) {
      const status = statuses.at(-1);
      if (status === undefined || status === 'withdrawn') continue;
      if (isIn(attributedAt)) counts[status === 'attributed' ? 'pending' : status] += 1;
      if (status === 'rejected') continue;
      for (const { orderedAt, nets } of orders) if (isIn(orderedAt)) cents += nets.at(-1) ?? 0;
    }
    const { pending, converted, rejected, expired, reversed } = counts;
    return {
      referrals: { ...counts, total: pending + converted + rejected + expired + reversed },
      revenue: cents === 0 ? [] : [{ currency: 'USD', amount: cents / 100 }],
    };
  }

  function recountLeaders(referrals: readonly Referral[]) {
    const leaders = ['ann', 'bea'].map((name) => ({
      referrer_customer_id: name,
      conversions: referrals.filter(({ referrer, statuses }) => referrer === name && statuses.at(-1) === 'converted')
        .length,
    }));
    return leaders.filter(({ conversions }) => conversions > 0);
  }

  test('told in any order, with any repeats, comes to the figures of a plain recount', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(referral, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        async (referrals, dice) => {
          run += 1;
          const tenantId = `run${run}`;
          const events = eventsOf(tenantId, referrals);
          const shuffled = [...events, ...events]
            .map((event) => ({ event, at: dice.next().value }))
            .sort((a, b) => a.at - b.at)
            .map(({ event }) => event);
          const half = Math.ceil(shuffled.length / 2);
          await bring(...shuffled.slice(0, half));
          await bring(...shuffled.slice(half));

          expect(await get('summary', tenantId)).toMatchObject(recount(referrals, () => true));
          const isFebruary = (date: Date) => date.getUTCMonth() === 1;
          expect(await get('summary?from=2026-02-01&to=2026-03-01', tenantId)).toMatchObject(
            recount(referrals, isFebruary),
          );
          const { data } = await get('leaderboard', tenantId);
          expect(data).toHaveLength(recountLeaders(referrals).length);
          expect(data).toEqual(
            expect.arrayContaining(recountLeaders(referrals).map((row) => expect.objectContaining(row))),
          );
        },
      ),
      { numRuns: 15 },
    );
  });
});
