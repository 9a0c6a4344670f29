import type { ProgramTerms } from '@referral/contracts';
import { at, purchase, refund, replayed, signup, terms } from '../../test/facts.ts';
import type { Fact } from './facts.ts';
import { netAmount } from './orders.ts';

const bobSignsUp = signup(at(1), { code: 'ANN' });
const windows = { attribution_days: 90, conversion_days: 30, reversal_days: 10 };
const firstPurchase = terms({ windows });
const spends50 = terms({
  windows,
  qualifying_event: { type: 'minimum_spend', minimum_amount: 5_000, currency: 'USD' },
});

/** Given that Bob came through Ann's code. */
const after = (facts: readonly Fact[], under: ProgramTerms, timePassed?: number) =>
  replayed([bobSignsUp, ...facts], under, {}, timePassed);
const statusAfter = (...args: Parameters<typeof after>) => after(...args).standing.status;

describe('a minimum spend', () => {
  test('converts with the purchase that reaches it, over several orders', () => {
    const facts = [purchase(at(2), 'o1'), purchase(at(3), 'o2'), purchase(at(4), 'o3'), purchase(at(5), 'o4')];
    expect(after(facts, spends50).standing).toMatchObject({
      status: 'converted',
      conversion: {
        at: at(4),
        qualifying: { type: 'minimum_spend', order_id: 'o3', amount: 2_000, currency: 'USD' },
        because: { net_spend: 6_000, minimum_amount: 5_000 },
      },
    });
  });

  test('is reached to the cent', () => {
    const spent = (amount: number) => statusAfter([purchase(at(2), 'o1', { amount })], spends50);
    expect([4_999, 5_000].map(spent)).toEqual(['attributed', 'converted']);
  });

  test('counts only the currency of the tenant', () => {
    const facts = [purchase(at(2), 'o1', { currency: 'EUR', amount: 9_000 }), purchase(at(3), 'o2')];
    expect(statusAfter(facts, spends50)).toBe('attributed');
  });

  test('counts what is left after refunds before it is reached', () => {
    const facts = [
      purchase(at(2), 'o1', { amount: 4_000 }),
      refund(at(3), 'o1', 3_000),
      purchase(at(4), 'o2', { amount: 3_000 }),
    ];
    expect(statusAfter(facts, spends50)).toBe('attributed');
    expect(statusAfter([...facts, purchase(at(5), 'o3', { amount: 1_000 })], spends50)).toBe('converted');
  });

  test('is lost when a refund goes below it, and reached again by a later purchase inside the window', () => {
    const lost = [purchase(at(2), 'o1', { amount: 6_000 }), refund(at(3), 'o1', 1_001)];
    expect(after(lost, spends50).standing).toMatchObject({
      status: 'reversed',
      conversion: { qualifying: { order_id: 'o1' } },
      reversal: { at: at(3), because: { net_spend: 4_999, minimum_amount: 5_000, refunded: 1_001 } },
    });
    expect(after([...lost, purchase(at(4), 'o2', { amount: 1 })], spends50).standing).toMatchObject({
      status: 'converted',
      conversion: { at: at(4), qualifying: { order_id: 'o2' } },
    });
    expect(statusAfter([...lost, purchase(at(32), 'o2')], spends50)).toBe('reversed');
  });

  test('that was never said in which currency converts nobody', () => {
    const unsaid = terms({ windows, qualifying_event: { type: 'minimum_spend', minimum_amount: 1 } });
    expect(statusAfter([purchase(at(2), 'o1')], unsaid)).toBe('attributed');
  });
});

describe('a refund after a first purchase', () => {
  const bought = purchase(at(2), 'o1');

  test('of a part changes nothing but the revenue', () => {
    const { standing, orders } = after([bought, refund(at(3), 'o1', 1_999)], firstPurchase);
    expect(standing.status).toBe('converted');
    expect(orders.map(netAmount)).toEqual([1]);
  });

  test('of all of it reverses, also in parts', () => {
    const facts = [bought, refund(at(3), 'o1', 1_500), refund(at(4), 'o1', 500)];
    expect(after(facts, firstPurchase).standing).toMatchObject({ status: 'reversed', reversal: { at: at(4) } });
  });

  test('reverses up to the last moment of the days in which it may', () => {
    const refunded = (ms: number) => statusAfter([bought, refund(ms, 'o1', 2_000)], firstPurchase);
    expect([at(12), at(12) + 1].map(refunded)).toEqual(['reversed', 'converted']);
  });

  test('changes nothing where another purchase in the window still stands', () => {
    const facts = [bought, purchase(at(3), 'o2'), refund(at(4), 'o1', 2_000)];
    expect(after(facts, firstPurchase).standing).toMatchObject({
      status: 'converted',
      conversion: { qualifying: { order_id: 'o1' } },
    });
  });

  test('where a purchase after the window stands, reverses', () => {
    const under = terms({ windows: { ...windows, reversal_days: 90 } });
    expect(statusAfter([bought, purchase(at(40), 'o2'), refund(at(41), 'o1', 2_000)], under)).toBe('reversed');
  });

  test('beyond its sale counts up to the sale', () => {
    const { orders } = after([bought, purchase(at(3), 'o2'), refund(at(4), 'o1', 9_000)], firstPurchase);
    expect(orders.map(netAmount)).toEqual([0, 2_000]);
  });

  // Clocks differ, and a payback is no proof that the sale was later.
  test('stands behind its sale whatever its own time says', () => {
    const facts = [refund(at(1, 30), 'o1', 2_000), bought];
    expect(after(facts, firstPurchase).standing).toMatchObject({ status: 'reversed', reversal: { at: at(2) } });
  });

  test('never takes back a signup that qualified', () => {
    const under = terms({ windows, qualifying_event: { type: 'signup' } });
    expect(statusAfter([bought, refund(at(3), 'o1', 2_000)], under)).toBe('converted');
  });
});

describe('has no part in anything', () => {
  const bought = purchase(at(2), 'o1');
  const ignoredAfter = (...facts: Fact[]) =>
    after([bought, ...facts], firstPurchase).ignored.map(({ fact, reason }) => [fact.event_id, reason]);

  test.each([
    ['a refund in another currency', refund(at(3), 'o1', 1, { currency: 'EUR' }), 'currency_differs_from_sale'],
    ['a refund of nothing', refund(at(3), 'o1', 0), 'already_refunded_in_full'],
    [
      'a purchase that its publisher dated in the future',
      purchase(at(9), 'o9', { arrived_at: at(8) }),
      'occurred_in_the_future',
    ],
  ])('%s', (_, fact, reason) => {
    expect(ignoredAfter(fact)).toEqual([[fact.event_id, reason]]);
  });

  test('a refund that was told before, as it was told first', () => {
    const first = refund(at(3), 'o1', 100, { refund_id: 'r1' });
    const again = refund(at(4), 'o1', 900, { refund_id: 'r1', event_id: 'again' });
    expect(ignoredAfter(first, again)).toEqual([['again', 'refund_already_known']]);
  });

  test('nor a refund whose sale is not known, which waits', () => {
    const orphan = refund(at(3), 'o7', 100);
    expect(after([bought, orphan], firstPurchase)).toMatchObject({ withoutSale: [orphan], ignored: [] });
  });
});

describe('the end of the conversion window', () => {
  const windowEnds = at(31);

  test('expires a referral when time is known to have passed it, not a moment before', () => {
    expect(statusAfter([], firstPurchase)).toBe('attributed');
    expect(statusAfter([], firstPurchase, windowEnds)).toBe('attributed');
    expect(after([], firstPurchase, windowEnds + 1).standing).toEqual({ status: 'expired', at: windowEnds });
  });

  test('gives way to a purchase from inside it that arrives late', () => {
    expect(statusAfter([purchase(windowEnds, 'o1')], firstPurchase, at(100))).toBe('converted');
    expect(statusAfter([purchase(windowEnds + 1, 'o1')], firstPurchase, at(100))).toBe('expired');
  });

  test('changes nothing for a referral that was reversed', () => {
    const facts = [purchase(at(2), 'o1'), refund(at(3), 'o1', 2_000)];
    expect(statusAfter(facts, firstPurchase, at(100))).toBe('reversed');
  });
});
