import {
  type CloudEvent,
  type DataOf,
  decodeEvent,
  type ReferralLifecycle,
  type referralRevenueChanged,
} from '@referral/contracts';
import { orderTold, referralTold, rewardTold, shareTold } from '../../test/world.ts';
import { orderFact, orderOf, referralFact, rewardFact, shareFact } from './facts.ts';
import { describeFold, referrerFold } from './folds.ts';

/** A built event, read back as a consumer reads it. */
function read<Data>(encoded: Parameters<typeof decodeEvent>[0]): CloudEvent<string, Data> {
  return decodeEvent(encoded) as CloudEvent<string, Data>;
}
const referral = (...told: Parameters<typeof referralTold>) => read<ReferralLifecycle>(referralTold(...told)).data;
const order = (...told: Parameters<typeof orderTold>) =>
  orderOf(read<DataOf<typeof referralRevenueChanged>>(orderTold(...told)).data, 4);

const january = { grain: 'month', path: [2026, 1] } as const;

describe('a referral', () => {
  const about = { referee: 'bob', channel: 'email', attributedAt: '2026-01-31T23:50:00Z' } as const;

  test('counts under its status when it was attributed; a conversion also for its referrer', () => {
    expect(referralFact(referral({ ...about, status: 'converted', revision: 2 }), 4)).toMatchObject({
      revision: 2,
      contributions: {
        'acme:total:4': { 'email_converted/2026': 1 },
        'acme:year:4:2026': { 'email_converted/1': 1 },
        'acme:month:4:2026-01': { 'email_converted/31': 1 },
        'acme:day:4:2026-01-31': { 'email_converted/23': 1 },
        'acme:hour:4:2026-01-31-23': { 'email_converted/3': 1 },
        [referrerFold('acme', 'ann')]: { converted: 1, 'converted/202601': 1 },
        [referrerFold('acme', 'ann', january)]: { converted: 1, 'converted/31': 1 },
        [referrerFold('acme', 'ann', { grain: 'day', path: [2026, 1, 31] })]: { converted: 1, 'converted/2303': 1 },
      },
    });
  });

  test('that was withdrawn counts nowhere, and is listed nowhere', () => {
    const { contributions, record } = referralFact(referral({ ...about, status: 'withdrawn', revision: 3 }), 4);
    expect(contributions).toEqual({});
    expect(record.listed).toBeUndefined();
  });

  test('is listed at the quarter of an hour at which it was attributed', () => {
    const { record } = referralFact(referral({ ...about, status: 'attributed', revision: 1 }), 4);
    expect(record.listed).toEqual({ tenant_id: 'acme', year: 2026, month: 1, day: 31, hour: 23, quarter: 3 });
  });

  test('is one fact through all its statuses, apart from those of other tenants', () => {
    const ids = (['attributed', 'converted', 'reversed'] as const).map(
      (status, n) => referralFact(referral({ ...about, status, revision: n + 1 }), n).id,
    );
    expect(new Set(ids).size).toBe(1);
    const elsewhere = referralFact(
      { ...referral({ ...about, status: 'attributed', revision: 1 }), tenant_id: 't2' },
      0,
    );
    expect(ids).not.toContain(elsewhere.id);
  });
});

describe('an order', () => {
  const told = { referee: 'bob', order: 'o1', net: 1_999, orderedAt: '2026-02-01T00:00:00Z' };

  test('is revenue of its currency at the time of the purchase, and its referrer’s', () => {
    expect(orderFact(order(told), undefined).contributions).toEqual({
      'acme:total:4': { 'USD_revenue/2026': 1_999 },
      'acme:year:4:2026': { 'USD_revenue/2': 1_999 },
      'acme:month:4:2026-02': { 'USD_revenue/1': 1_999 },
      'acme:day:4:2026-02-01': { 'USD_revenue/0': 1_999 },
      'acme:hour:4:2026-02-01-00': { 'USD_revenue/0': 1_999 },
      [referrerFold('acme', 'ann')]: { USD_revenue: 1_999, 'USD_revenue/202602': 1_999 },
      [referrerFold('acme', 'ann', { grain: 'month', path: [2026, 2] })]: {
        USD_revenue: 1_999,
        'USD_revenue/1': 1_999,
      },
      [referrerFold('acme', 'ann', { grain: 'day', path: [2026, 2, 1] })]: {
        USD_revenue: 1_999,
        'USD_revenue/0': 1_999,
      },
    });
  });

  test.each([
    ['attributed', true],
    ['converted', true],
    ['reversed', true],
    ['expired', true],
    ['rejected', false],
    ['withdrawn', false],
  ] as const)('of a referral that is %s counts as revenue: %s', (status, counts) => {
    const { contributions } = orderFact(order(told), { revision: 2, status });
    expect(Object.keys(contributions).length > 0).toBe(counts);
  });

  test('is told anew by a newer word of itself first, then by one of its referral', () => {
    const revisionOf = (revision: number, referralRevision: number) =>
      orderFact(order({ ...told, revision }), { revision: referralRevision, status: 'converted' }).revision;
    expect(revisionOf(1, 3)).toBeGreaterThan(revisionOf(1, 2));
    expect(revisionOf(2, 1)).toBeGreaterThan(revisionOf(1, 2 ** 40));
  });
});

test('a share is told apart by its event, a reward by its id and by what happened to it', () => {
  const share = (n: number) => shareFact(read(shareTold(n)), 0).id;
  expect(share(1)).toBe(share(1));
  expect(share(1)).not.toBe(share(2));
  const { data } = read<Parameters<typeof rewardFact>[0]>(rewardTold('issued', 'rwd_1'));
  expect(rewardFact(data, 'issued', 0).id).not.toBe(rewardFact(data, 'reversed', 0).id);
  expect(rewardFact(data, 'issued', 0).contributions['acme:total:0']).toEqual({ 'rewards_issued/2026': 1 });
});

test('names of folds hold no dot, since they become names of members, and say again what they are about', () => {
  const customer = 'jo.do$e:42@example.com';
  const id = referrerFold('acme', customer);
  expect(id).not.toMatch(/[.$]/);
  expect(describeFold(id)).toEqual({ leaderboard_of: 'acme', referrer_customer_id: customer });
  expect(describeFold(referrerFold('acme', customer, january))).toEqual({
    leaderboard_of: 'acme:2026-01',
    referrer_customer_id: customer,
  });
  expect(describeFold('acme:total:11')).toEqual({ totals_of: 'acme', shard: 11 });
  expect(describeFold('acme:month:11:2026-01')).toEqual({});
});
