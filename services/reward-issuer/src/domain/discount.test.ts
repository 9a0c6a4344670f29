import fc from 'fast-check';
import { atMinute, fixed, percent, points, referral } from '../../test/referrals.ts';
import { type Discount, hear, redeem } from './discount.ts';
import { newsOfReferral } from './discount-words.ts';

type Told = NonNullable<Parameters<typeof referral>[0]>;
const qualifying = (order_id: string) => ({ type: 'first_purchase' as const, order_id, amount: 100, currency: 'USD' });

/** What a revision says of the referee's discount. */
function newsOf(told: Told & { readonly order?: string }) {
  const { order, ...rest } = told;
  const state = referral({ refereeReward: percent(1_000), ...rest });
  const { status, revision } = state;
  const promise = {
    qualifying_event: { type: 'first_purchase' as const },
    referee_reward: told.refereeReward === undefined ? percent(1_000) : told.refereeReward,
    conversion_ends_at: atMinute(1_000),
  };
  const more = {
    ...(status === 'attributed' ? { promise } : {}),
    ...(order === undefined ? {} : { qualifying: qualifying(order) }),
  };
  const [, referee] = newsOfReferral({ ...state, ...more }, atMinute(60 + revision));
  if (!referee) throw new Error('a referral has two sides');
  return referee;
}

type News = ReturnType<typeof newsOf>;

function told(history: readonly News[], start?: Discount): Discount | undefined {
  return history.reduce<Discount | undefined>((known, { owner, word }) => hear(known, owner, word), start);
}

const attributed = newsOf({ revision: 1, status: 'attributed' });
const converted = newsOf({ revision: 2, order: 'o1' });
const reversed = newsOf({ revision: 3, status: 'reversed' });
const again = newsOf({ revision: 4, order: 'o2' });

function existing(discount: Discount | undefined): Discount {
  if (!discount) throw new Error('this history tells of a discount');
  return discount;
}

function redeemed(discount: Discount | undefined, order_id: string, { minute = 70, isHoldOver = false } = {}) {
  return redeem(existing(discount), { order_id, at: atMinute(minute), isHoldOver });
}

function given(discount: Discount | undefined, order_id: string): Discount {
  const redemption = redeemed(discount, order_id);
  if (redemption.outcome === 'unavailable') throw new Error(redemption.why);
  return redemption.discount;
}

const shown = (discount: Discount | undefined) => [discount?.status, discount?.offer, discount?.use?.order_id];

describe('a discount', () => {
  test('is promised, granted, withdrawn and granted again, as the referral goes', () => {
    expect(shown(told([attributed]))).toEqual([undefined, 'promised', undefined]);
    expect(shown(told([attributed, converted]))).toEqual(['granted', 'granted', undefined]);
    expect(shown(told([attributed, converted, reversed]))).toEqual(['withdrawn', undefined, undefined]);
    expect(shown(told([attributed, converted, reversed, again]))).toEqual(['granted', 'granted', undefined]);
  });

  test.each(['expired', 'rejected', 'withdrawn'] as const)('that was only promised is no more once %s', (status) => {
    expect(shown(told([attributed, newsOf({ revision: 2, status })]))).toEqual([undefined, undefined, undefined]);
  });

  test('held for the order that brings the conversion is used at once, and announced as nothing else', () => {
    const held = given(told([attributed]), 'o1');
    expect([held.hold?.order_id, held.revision, ...shown(held)]).toEqual(['o1', 0, undefined, 'promised', undefined]);
    const used = existing(told([converted], held));
    expect([used.revision, ...shown(used)]).toEqual([1, 'used', undefined, 'o1']);
  });

  test('held for another order than the one that converted is granted, and still held', () => {
    const discount = told([converted], given(told([attributed]), 'o9'));
    expect(shown(discount)).toEqual(['granted', 'granted', undefined]);
    expect(redeemed(discount, 'o3').outcome).toBe('unavailable');
    expect(redeemed(discount, 'o9').outcome).toBe('used');
    expect(redeemed(discount, 'o3', { isHoldOver: true }).outcome).toBe('used');
  });

  test('that was used stays used through reversal and re-conversion: it is given once', () => {
    const used = given(told([attributed, converted]), 'o5');
    const later = existing(told([reversed, again], used));
    expect(shown(later)).toEqual(['used', undefined, 'o5']);
    expect(later.revision).toBe(used.revision);
    expect(redeemed(later, 'o6').outcome).toBe('unavailable');
    expect(redeemed(later, 'o5')).toEqual({ outcome: 'used', discount: later });
  });

  test('for the same order again is the same', () => {
    const held = given(told([attributed]), 'o1');
    expect(redeemed(held, 'o1', { minute: 5_000 })).toEqual({ outcome: 'held', discount: held });
  });

  test('is held until the window ends, and no later', () => {
    expect(redeemed(told([attributed]), 'o1', { minute: 1_000 }).outcome).toBe('held');
    expect(redeemed(told([attributed]), 'o1', { minute: 1_001 }).outcome).toBe('unavailable');
  });

  test('that is held for one order is not held for another, unless the hold is over', () => {
    const held = given(told([attributed]), 'o1');
    expect(redeemed(held, 'o2').outcome).toBe('unavailable');
    expect(redeemed(held, 'o2', { isHoldOver: true })).toMatchObject({
      outcome: 'held',
      discount: { hold: { order_id: 'o2' } },
    });
  });

  test('of a conversion that comes at the revision of its attribution is granted in either order', () => {
    const both = [newsOf({ revision: 1, status: 'attributed' }), newsOf({ revision: 1 })];
    expect(shown(told(both))).toEqual(['granted', 'granted', undefined]);
    expect(told(both.toReversed())).toMatchObject({ status: 'granted', offer: 'granted' });
  });

  test('whose referral gives points is not there', () => {
    const reward = { refereeReward: points(50) };
    expect(told([newsOf({ revision: 1, status: 'attributed', ...reward })])).toBeUndefined();
    expect(shown(told([newsOf({ revision: 2, ...reward })]))).toEqual([undefined, undefined, undefined]);
  });
});

describe('whatever the order of arrival, with any repeats', () => {
  const reward = fc.constantFrom(percent(1_000), percent(500), fixed(700), points(10), null);
  const state = fc.record({
    status: fc.constantFrom('attributed', 'converted', 'converted', 'reversed', 'expired', 'withdrawn' as const),
    refereeReward: reward,
    order: fc.constantFrom('o1', 'o2', undefined),
  });
  const histories = fc
    .array(state, { minLength: 1, maxLength: 6 })
    .map((states) =>
      states.map(({ order, ...each }, index) =>
        newsOf({ ...each, revision: index + 1, ...(order === undefined ? {} : { order }) }),
      ),
    );
  const arrivals = histories.chain((history) =>
    fc.tuple(
      fc.constant(history),
      fc
        .tuple(
          fc.shuffledSubarray(history, { minLength: history.length }),
          fc.array(fc.constantFrom(...history), { maxLength: 4 }),
        )
        .map(([once, repeats]) => [...once, ...repeats]),
    ),
  );
  /** How often it was announced depends on what was seen on the way. */
  const endOf = (discount: Discount | undefined) => discount && { ...discount, revision: 0 };

  test('the same discount comes of it', () => {
    fc.assert(
      fc.property(arrivals, ([history, arrived]) => {
        expect(endOf(told(arrived))).toEqual(endOf(told(history)));
      }),
    );
  });

  test('the same comes of it after checkout has held it', () => {
    fc.assert(
      fc.property(arrivals, fc.constantFrom('o1', 'o2', 'o3'), ([history, arrived], order) => {
        const later = (news: News): News => ({ ...news, word: { ...news.word, position: news.word.position + 2 } });
        const held = given(told([attributed]), order);
        const end = endOf(told(arrived.map(later), held));
        expect(end).toEqual(endOf(told(history.map(later), held)));
        const isGiven = history.some(({ word }) => word.standing === 'granted' && word.order_id === order);
        expect(end?.use?.order_id).toBe(isGiven ? order : undefined);
      }),
    );
  });

  test('the revision rises with every change of what is announced, and with nothing else', () => {
    fc.assert(
      fc.property(arrivals, ([, arrived]) => {
        let before: Discount | undefined;
        for (const { owner, word } of arrived) {
          const next = hear(before, owner, word);
          const saying = (discount: Discount | undefined) =>
            discount?.status && JSON.stringify([discount.status, discount.occurred_at, discount.terms, discount.use]);
          if (next?.status && saying(next) === saying(before)) expect(next.revision).toBe(before?.revision);
          if (next?.status && next.status !== before?.status) expect(next.revision).toBe((before?.revision ?? 0) + 1);
          before = next;
        }
      }),
    );
  });
});
