import type { EncodedEvent } from '@referral/contracts';
import { forwardTo, type Store } from '@referral/store';
import { type Installation, openInstallation } from '@referral/testing';
import fc from 'fast-check';
import { orderTold, referralTold, tenant, tenantTold } from '../test/world.ts';
import { readPeriodLeaderboard } from './period-leaderboard.ts';
import { analyticsService } from './service.ts';

const root = '/api/loyalty/referrals';
let installation: Installation;
let documentsRead = 0;

beforeEach(async () => {
  installation = await openInstallation({
    services: [analyticsService, analyticsService],
    partitions: 3,
    clock: { now: () => Date.parse('2026-04-20T12:00:00Z') },
    aroundStore: counting,
  });
});
afterEach(() => installation.close());

function counting(store: Store): Store {
  return {
    ...forwardTo(store),
    getMany(collection, ids) {
      const asked = [...ids];
      documentsRead += asked.length;
      return store.getMany(collection, asked);
    },
    async page(collection, options) {
      const page = await store.page(collection, options);
      documentsRead += page.items.length;
      return page;
    },
  };
}

async function bring(...events: EncodedEvent[]): Promise<void> {
  await installation.publish(events);
  await installation.settled();
}

async function get(path: string, { tenantId = tenant, status = 200 } = {}) {
  const admin = await installation.as({ kind: 'admin', tenantId });
  return (await admin.get(`${root}/${path}`).expect(status)).body;
}

interface Row {
  readonly rank: number;
  readonly referrer_customer_id: string;
  readonly conversions: number;
  readonly revenue: readonly { readonly currency: string; readonly amount: number }[];
}

async function readAll(query: string, tenantId: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor = ''; ; ) {
    const page = await get(`leaderboard?${query}${cursor}`, { tenantId });
    expect(page.complete).toBe(true);
    rows.push(...page.data);
    if (page.next_cursor === null) return rows;
    expect(page.data).not.toHaveLength(0);
    cursor = `&cursor=${page.next_cursor}`;
  }
}

let told = 0;
/** Conversions of one referrer, each with a referee of its own. */
function conversions(referrer: string, count: number, attributedAt: string, tenantId = tenant): EncodedEvent[] {
  return Array.from({ length: count }, () => {
    told += 1;
    return referralTold({
      tenantId,
      referrer,
      referee: `referee-${told}`,
      status: 'converted',
      revision: 2,
      attributedAt,
    });
  });
}

describe('any history', () => {
  const start = Date.UTC(2025, 10, 20);
  const quarters = 150 * 96;
  const moment = fc.nat(quarters).map((quarter) => new Date(start + quarter * 900_000).toISOString());
  const date = moment.map((at) => at.slice(0, 10));
  const few = fc
    .tuple(moment, fc.integer({ min: 3, max: 8 }), fc.constant(9))
    .map(([at, days, open]): [string, string, number] => [
      at,
      new Date(Date.parse(at) + days * 86_400_000).toISOString(),
      open,
    ]);
  /** Few with many and many with few, as referrers are. */
  const referrer = fc.nat(11).map((n) => `cus_${n ** 2}`);
  const anyReferrer = fc.nat(150).map((n) => `cus_${n}`);
  const referral = fc.record({
    referrer: fc.oneof(referrer, anyReferrer),
    at: moment,
    status: fc.constantFrom('converted', 'converted', 'converted', 'reversed', 'attributed', 'withdrawn', 'rejected'),
    orderedAt: moment,
    net: fc.integer({ min: 1, max: 9_999 }),
    refund: fc.constantFrom(0, 0, 0.5, 1),
    currency: fc.constantFrom('USD', 'EUR'),
  } as const);
  type Told = typeof referral extends fc.Arbitrary<infer Value> ? Value : never;
  const history = fc.record({
    zone: fc.constantFrom('UTC', 'Asia/Kolkata', 'America/St_Johns', 'America/Los_Angeles'),
    referrals: fc.array(referral, { minLength: 1, maxLength: 400, size: 'max' }),
    periods: fc.array(fc.oneof(few, fc.tuple(fc.oneof(moment, date), fc.oneof(moment, date), fc.nat(5))), {
      minLength: 4,
      maxLength: 4,
    }),
    limit: fc.integer({ min: 1, max: 12 }),
  });

  const eventsOf = (tenantId: string, zone: string, referrals: readonly Told[]) => [
    tenantTold(zone, { tenantId }),
    ...referrals.flatMap(({ referrer, at, status, orderedAt, net, refund, currency }, n) => {
      const about = { tenantId, referrer, referee: `referee-${n}` };
      const order = { ...about, order: 'o1', orderedAt, currency };
      return [
        referralTold({ ...about, status: 'converted', revision: 2, attributedAt: at }),
        ...(status === 'converted' ? [] : [referralTold({ ...about, status, revision: 3, attributedAt: at })]),
        orderTold({ ...order, net }),
        ...(refund === 0 ? [] : [orderTold({ ...order, net: Math.floor(net * (1 - refund)), revision: 2 })]),
      ];
    }),
  ];

  /** The plain way to the same rows. */
  function recount(referrals: readonly Told[], period: { from: string | null; to: string | null }): Row[] {
    const isIn = (at: string) => (period.from === null || at >= period.from) && (period.to === null || at < period.to);
    const leaders = new Map<string, { conversions: number; cents: Record<string, number> }>();
    for (const { referrer, at, status, orderedAt, net, refund, currency } of referrals) {
      const leader = leaders.get(referrer) ?? { conversions: 0, cents: {} };
      leaders.set(referrer, leader);
      if (status === 'converted' && isIn(at)) leader.conversions += 1;
      if (status === 'withdrawn' || status === 'rejected' || !isIn(orderedAt)) continue;
      leader.cents[currency] = (leader.cents[currency] ?? 0) + (refund === 0 ? net : Math.floor(net * (1 - refund)));
    }
    const key = (id: string) => Buffer.from(id).toString('base64url');
    const sorted = [...leaders]
      .filter(([, { conversions }]) => conversions > 0)
      .sort(([a, one], [b, other]) => other.conversions - one.conversions || (key(a) < key(b) ? 1 : -1));
    return sorted.map(([id, { conversions, cents }]) => ({
      rank: 1 + sorted.filter(([, other]) => other.conversions > conversions).length,
      referrer_customer_id: id,
      conversions,
      revenue: Object.entries(cents)
        .filter(([, amount]) => amount !== 0)
        .map(([currency, amount]) => ({ currency, amount: amount / 100 }))
        .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
    }));
  }

  function queryOf([one, other, openEnd]: readonly [string, string, number]): string | undefined {
    const [from, to] = Date.parse(one) < Date.parse(other) ? [one, other] : [other, one];
    if (openEnd === 0) return `from=${from}`;
    if (openEnd === 1) return `to=${to}`;
    return Date.parse(to) - Date.parse(from) < 3 * 86_400_000 ? undefined : `from=${from}&to=${to}`;
  }

  // An admin pays people by this list: it has to be what a plain recount of the period says, to the last row.
  test('has the leaderboard of a plain recount, in any period, zone and size of pages', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(history, async ({ zone, referrals, periods, limit }) => {
        run += 1;
        const tenantId = `run${run}`;
        const events = eventsOf(tenantId, zone, referrals);
        await bring(...events);
        await bring(...events.slice(0, 20));
        for (const query of periods.flatMap((period) => queryOf(period) ?? [])) {
          const { period, referrals: counted } = await get(`summary?${query}`, { tenantId });
          const expected = recount(referrals, period);
          const rows = await readAll(`${query}&limit=${limit}`, tenantId);
          expect(rows).toEqual(expected);
          expect(rows.reduce((sum, row) => sum + row.conversions, 0)).toBe(counted.converted);
          expect(await get(`leaderboard?${query}&limit=200`, { tenantId })).toMatchObject({ period, data: expected });
        }
      }),
      { numRuns: 12 },
    );
  }, 120_000);
});

describe('what is read', () => {
  const march = 'from=2026-03-03&to=2026-03-28';
  const manyInMarch = (tenantId: string) => [
    ...Array.from({ length: 10 }, (_, n) => conversions(`top-${n}`, 5 + n, `2026-03-${10 + n}T12:00:00Z`, tenantId)),
    ...Array.from({ length: 200 }, (_, n) =>
      conversions(`one-${n}`, 1, `2026-03-${10 + (n % 15)}T15:00:00Z`, tenantId),
    ),
  ];
  const otherMonths = (tenantId: string, times: number) =>
    ['2025-06', '2025-11', '2026-01', '2026-02', '2026-04'].flatMap((month) =>
      Array.from({ length: 10 * times }, (_, n) => conversions(`top-${n}`, 1, `${month}-02T08:00:00Z`, tenantId)),
    );
  const costOf = async (query: string, tenantId: string) => {
    documentsRead = 0;
    const { data } = await get(`leaderboard?${query}`, { tenantId });
    return { data, documentsRead };
  };

  test('for a page does not grow with the history of other months, nor with those further down', async () => {
    await bring(...[...manyInMarch('short'), ...otherMonths('short', 1)].flat());
    await bring(...[...manyInMarch('long'), ...otherMonths('long', 10)].flat());
    const short = await costOf(`${march}&limit=5`, 'short');
    const long = await costOf(`${march}&limit=5`, 'long');
    expect(long.data).toEqual(short.data);
    expect(long.data.map((row: Row) => row.referrer_customer_id)).toEqual([
      'top-9',
      'top-8',
      'top-7',
      'top-6',
      'top-5',
    ]);
    expect(long.documentsRead).toBe(short.documentsRead);
    expect(long.documentsRead).toBeLessThan(120);
  });

  test('has a bound: beyond it, the page holds those whose place is certain, and says that it is not complete', async () => {
    await bring(
      ...conversions('ann', 9, '2026-02-20T12:00:00Z'),
      ...conversions('bea', 9, '2026-03-08T12:00:00Z'),
      ...Array.from({ length: 120 }, (_, n) => conversions(`feb-${n}`, 4, '2026-02-20T12:00:00Z')).flat(),
      ...Array.from({ length: 120 }, (_, n) => conversions(`mar-${n}`, 4, '2026-03-08T12:00:00Z')).flat(),
    );
    const period = { from: Date.parse('2026-02-15'), to: Date.parse('2026-03-15') };
    documentsRead = 0;
    const store = counting(installation.store);
    const page = await readPeriodLeaderboard(store, tenant, period, { limit: 10, documents: 200 });
    expect(page).toMatchObject({ complete: false, nextCursor: null });
    expect(page.rows).toMatchObject([
      { rank: 1, referrer_customer_id: 'bea', conversions: 9 },
      { rank: 1, referrer_customer_id: 'ann', conversions: 9 },
    ]);
    expect(documentsRead).toBeLessThan(400);

    const whole = await readPeriodLeaderboard(store, tenant, period, { limit: 10 });
    expect(whole).toMatchObject({ complete: true, nextCursor: expect.any(String) });
    expect(whole.rows).toHaveLength(10);
  });

  test('is of 36 months with conversions at most, however far apart', async () => {
    const months = Array.from({ length: 37 }, (_, n) => new Date(Date.UTC(2022, n, 5)).toISOString());
    await bring(...months.flatMap((at) => conversions('ann', 1, at)), ...conversions('ann', 1, '2031-05-05T00:00:00Z'));
    const refused = await get('leaderboard?from=2022-01-01', { status: 400 });
    expect(refused.errors).toEqual([{ path: 'from', message: expect.stringContaining('36 months') }]);
    expect((await get('leaderboard?from=2022-03-01')).data).toMatchObject([{ conversions: 36 }]);
    expect((await get('leaderboard?to=2025-01-01')).data).toMatchObject([{ conversions: 36 }]);
  });
});

test('a cursor is of its tenant and its period alone', async () => {
  const march = 'from=2026-03-01&to=2026-04-01';
  for (const tenantId of [tenant, 'globex']) {
    await bring(...['ann', 'bea'].flatMap((referrer) => conversions(referrer, 1, '2026-03-08T12:00:00Z', tenantId)));
  }
  const { next_cursor } = await get(`leaderboard?${march}&limit=1`);
  const { next_cursor: ofAllTime } = await get('leaderboard?limit=1');
  expect((await get(`leaderboard?${march}&limit=1&cursor=${next_cursor}`)).data).toHaveLength(1);
  for (const [query, tenantId] of [
    [`from=2026-03-01&cursor=${next_cursor}`, tenant],
    [`from=2026-03-01&to=2026-04-02&cursor=${next_cursor}`, tenant],
    [`${march}&cursor=${next_cursor}`, 'globex'],
    [`${march}&cursor=${ofAllTime}`, tenant],
    [`cursor=${next_cursor}`, tenant],
  ] as const) {
    const { errors } = await get(`leaderboard?${query}`, { tenantId, status: 400 });
    expect(errors).toMatchObject([{ path: 'cursor' }]);
  }
});

test('a page that holds the last ones says so, however many others the month has', async () => {
  await bring(
    ...['ann', 'bea'].flatMap((referrer) => conversions(referrer, 2, '2026-03-15T12:00:00Z')),
    ...Array.from({ length: 70 }, (_, n) => conversions(`other-${n}`, 1, '2026-03-02T12:00:00Z')).flat(),
  );
  const page = await get('leaderboard?from=2026-03-10&to=2026-03-20&limit=2');
  expect(page).toMatchObject({ complete: true, next_cursor: null });
  expect(page.data).toMatchObject([{ rank: 1 }, { rank: 1 }]);
});

test('a period without anybody is empty, and so is that of a tenant that nobody has heard of', async () => {
  await bring(...conversions('ann', 1, '2026-03-08T12:00:00Z'));
  const empty = { complete: true, data: [], next_cursor: null };
  expect(await get('leaderboard?from=2026-04-01')).toMatchObject(empty);
  expect(await get('leaderboard?from=2026-03-01', { tenantId: 'globex' })).toMatchObject(empty);
});
