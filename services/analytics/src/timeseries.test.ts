import { referralStatuses } from '@referral/contracts';
import type { Clock } from '@referral/host';
import { type Installation, openInstallation } from '@referral/testing';
import fc from 'fast-check';
import { clickTold, orderTold, referralTold, shareTold, tenant, tenantTold } from '../test/world.ts';
import { analyticsService } from './service.ts';
import { spansIn } from './timeseries.ts';

const root = '/api/loyalty/referrals';
const clock: Clock = { now: () => Date.parse('2026-03-20T12:00:00Z') };
let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation({ services: [analyticsService], partitions: 3, clock });
});
afterEach(() => installation.close());

async function get(path: string, tenantId = tenant) {
  const admin = await installation.as({ kind: 'admin', tenantId });
  return (await admin.get(`${root}/${path}`).expect(200)).body;
}

const none = { shares: 0, clicks: 0, referrals: 0, converted: 0, revenue: [] };

test('has a point for every day of the tenant’s time zone, also for those on which nothing was', async () => {
  await installation.publish([
    tenantTold('Asia/Kathmandu'),
    shareTold(1, { at: '2026-01-31T18:14:59Z' }),
    clickTold(1, { at: '2026-01-31T18:15:00Z' }),
    referralTold({ referee: 'bob', status: 'converted', revision: 2, attributedAt: '2026-02-02T20:00:00Z' }),
    orderTold({ referee: 'bob', order: 'o1', net: 1_250, orderedAt: '2026-02-02T20:00:00Z' }),
  ]);
  await installation.settled();
  expect(await get('timeseries?interval=day&from=2026-01-31&to=2026-02-04')).toEqual({
    as_of: '2026-03-20T12:00:00.000Z',
    lag_events: 0,
    time_zone: 'Asia/Kathmandu',
    period: { from: '2026-01-30T18:15:00.000Z', to: '2026-02-03T18:15:00.000Z' },
    interval: 'day',
    data: [
      { ...none, date: '2026-01-31', shares: 1 },
      { ...none, date: '2026-02-01', clicks: 1 },
      { ...none, date: '2026-02-02' },
      { ...none, date: '2026-02-03', referrals: 1, converted: 1, revenue: [{ currency: 'USD', amount: 12.5 }] },
    ],
  });
});

test('of all time reaches from the first month in which there is anything to the present one', async () => {
  await installation.publish([
    clickTold(1, { at: '2025-12-24T00:00:00Z' }),
    clickTold(2, { at: '0001-01-01T00:00:00Z' }),
  ]);
  await installation.settled();
  const { data } = await get('timeseries?interval=month');
  expect(data.map(({ date, clicks }: { date: string; clicks: number }) => [date, clicks])).toEqual([
    ['2025-12-01', 1],
    ['2026-01-01', 0],
    ['2026-02-01', 0],
    ['2026-03-01', 0],
  ]);
});

// Whether anything was counted that no longer is depends on what arrived first.
test('of all time does not begin with what was taken back', async () => {
  const sale = { referee: 'bob', order: 'o1', orderedAt: '2025-11-24T00:00:00Z' };
  await installation.publish([orderTold({ ...sale, net: 500 })]);
  await installation.settled();
  await installation.publish([
    orderTold({ ...sale, net: 0, revision: 2 }),
    clickTold(1, { at: '2026-02-24T00:00:00Z' }),
  ]);
  await installation.settled();
  const { data } = await get('timeseries?interval=month');
  expect(data.map(({ date }: { date: string }) => date)).toEqual(['2026-02-01', '2026-03-01']);
});

test('of a tenant that nobody has heard of is the present day, with nothing', async () => {
  expect((await get('timeseries?interval=day', 'globex')).data).toEqual([{ ...none, date: '2026-03-20' }]);
});

describe('the intervals of a zone', () => {
  const dates = (from: string, to: string, interval: 'day' | 'week' | 'month', zone: string) =>
    spansIn({ from: Date.parse(from), to: Date.parse(to) }, interval, zone);

  test('begin on Monday where they are weeks, and a first one in part has the date of its whole', () => {
    const weeks = dates('2026-01-01T00:00:00Z', '2026-01-13T00:00:00Z', 'week', 'UTC');
    expect(weeks.map(({ date }) => date)).toEqual(['2025-12-29', '2026-01-05', '2026-01-12']);
    expect(weeks[0]?.from).toBe(Date.parse('2026-01-01'));
    expect(weeks[2]?.to).toBe(Date.parse('2026-01-13'));
  });

  test('are 23 and 25 hours long where the clocks change', () => {
    const hours = (from: string, to: string) =>
      dates(from, to, 'day', 'America/New_York').map((day) => (day.to - day.from) / 3_600_000);
    expect(hours('2026-03-07T05:00:00Z', '2026-03-10T04:00:00Z')).toEqual([24, 23, 24]);
    expect(hours('2026-10-31T04:00:00Z', '2026-11-03T05:00:00Z')).toEqual([24, 25, 24]);
  });

  test('follow each other where the clocks change at midnight, and where a day was left out', () => {
    const beirut = dates('2026-03-27T22:00:00Z', '2026-03-30T21:00:00Z', 'day', 'Asia/Beirut');
    expect(beirut.map(({ date }) => date)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30']);
    const apia = dates('2011-12-29T10:00:00Z', '2012-01-01T10:00:00Z', 'day', 'Pacific/Apia');
    expect(apia.map(({ date }) => date)).toEqual(['2011-12-29', '2011-12-31', '2012-01-01']);
  });
});

const days = 120;
const from = Date.UTC(2025, 11, 1);
const moment = fc
  .integer({ min: 0, max: days * 96 })
  .map((quarter) => new Date(from + quarter * 900_000).toISOString());
const history = fc.array(
  fc.record({ at: moment, orderedAt: moment, status: fc.constantFrom(...referralStatuses), net: fc.nat(10_000) }),
  { minLength: 1, maxLength: 12 },
);
const zones = fc.constantFrom('UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe');

interface Point {
  readonly shares: number;
  readonly referrals: number;
  readonly converted: number;
  readonly revenue: readonly { readonly amount: number }[];
}

function cents(amounts: Point['revenue']): number {
  return Math.round((amounts[0]?.amount ?? 0) * 100);
}

// Whoever adds the points up must come to the summary, or nobody will trust either.
test('adds up to the summary, and the export to both, for any history, period, interval and zone', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      history,
      zones,
      moment,
      moment,
      fc.constantFrom('day', 'week', 'month'),
      async (referrals, zone, one, other, interval) => {
        if (one === other) return;
        run += 1;
        const tenantId = `run${run}`;
        await installation.publish([
          tenantTold(zone, { tenantId }),
          ...referrals.flatMap(({ at, orderedAt, status, net }, n) => [
            shareTold(n, { tenantId, at }),
            referralTold({ tenantId, referee: `c${n}`, status, revision: 1, attributedAt: at }),
            orderTold({ tenantId, referee: `c${n}`, order: 'o1', net, orderedAt }),
          ]),
        ]);
        await installation.settled();
        const [begin = '', end = ''] = [one, other].sort();
        const period = `from=${begin}&to=${end}`;
        const { data } = await get(`timeseries?interval=${interval}&${period}`, tenantId);
        const sum = (of: (point: Point) => number) =>
          data.reduce((total: number, point: Point) => total + of(point), 0);
        const summary = await get(`summary?${period}`, tenantId);
        const { shares, signups, conversions } = summary.funnel;
        expect([sum((point) => point.shares), sum((point) => point.referrals)]).toEqual([shares, signups]);
        expect(sum((point) => point.converted)).toBe(conversions);
        expect(sum(({ revenue }) => cents(revenue))).toBe(cents(summary.revenue));

        const admin = await installation.as({ kind: 'admin', tenantId });
        const { text } = await admin.get(`${root}/export.csv?${period}`).expect(200);
        expect(text.trimEnd().split('\r\n')).toHaveLength(1 + summary.referrals.total);
      },
    ),
    { numRuns: 25 },
  );
});
