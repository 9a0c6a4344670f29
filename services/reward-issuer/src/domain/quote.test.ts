import fc from 'fast-check';
import { type Cart, type Offer, type PromoCode, quote } from './quote.ts';

const cart = (subtotal: number, currency = 'USD'): Cart => ({ subtotal, currency });
const promo = (code: string, more: Partial<PromoCode> = {}): PromoCode => ({
  code,
  type: 'discount_percent',
  value: 1_000,
  combinable_with_referral: true,
  ...more,
});
const fixedPromo = (code: string, value: number) => promo(code, { type: 'discount_fixed', value });
const offer = (discount_id: string, more: Partial<Offer> = {}): Offer => ({
  discount_id,
  status: 'granted',
  terms: { type: 'discount_percent', value: 1_000 },
  ...more,
});
const fixedOffer = (id: string, value: number, currency = 'USD') =>
  offer(id, { terms: { type: 'discount_fixed', value, currency } });
const reasonsOf = ({ dropped }: ReturnType<typeof quote>) =>
  dropped.map((each) => [each.source === 'promo' ? each.code : each.discount_id, each.reason]);

describe('a cart', () => {
  test('without discounts costs what it costs', () => {
    expect(quote(cart(2_933), [], [])).toEqual({ total: 2_933, applied: [], dropped: [] });
  });

  test('gets the referral’s discount and every promo, each a part of the subtotal, rounded down', () => {
    const promos = [promo('B', { value: 1_500 }), fixedPromo('A', 500)];
    expect(quote(cart(2_999), promos, [offer('d1')])).toEqual({
      total: 2_999 - 299 - 500 - 449,
      applied: [
        {
          source: 'referral',
          discount_id: 'd1',
          status: 'granted',
          type: 'discount_percent',
          value: 1_000,
          amount: 299,
        },
        { source: 'promo', code: 'A', type: 'discount_fixed', value: 500, amount: 500 },
        { source: 'promo', code: 'B', type: 'discount_percent', value: 1_500, amount: 449 },
      ],
      dropped: [],
    });
  });

  test('never costs less than nothing: what finds nothing left is dropped', () => {
    const result = quote(cart(1_000), [fixedPromo('A', 900), fixedPromo('B', 900), promo('C')], [offer('d1')]);
    expect(result.total).toBe(0);
    expect(result.applied.map(({ amount }) => amount)).toEqual([100, 900]);
    expect(reasonsOf(result)).toEqual([
      ['B', 'nothing_left'],
      ['C', 'nothing_left'],
    ]);
  });

  test('is exact as far as whole numbers are', () => {
    const huge = Number.MAX_SAFE_INTEGER;
    // Computed with floating-point numbers, this is one more.
    expect(quote(cart(huge), [promo('A', { value: 6_667 })], []).applied).toMatchObject([
      { amount: 6_005_099_743_135_818 },
    ]);
  });
});

describe('of the discounts from referrals', () => {
  test('a cart gets the one that is worth most in it', () => {
    const offers = [offer('percent'), fixedOffer('fixed', 250)];
    expect(quote(cart(2_000), [], offers)).toMatchObject({
      total: 1_750,
      applied: [{ discount_id: 'fixed' }],
      dropped: [{ discount_id: 'percent', reason: 'one_referral_discount_per_order' }],
    });
    expect(quote(cart(4_000), [], offers)).toMatchObject({ total: 3_600, applied: [{ discount_id: 'percent' }] });
  });

  test('of two that are worth the same, what is granted goes before what is promised, then the smaller id', () => {
    const promised = offer('a', { status: 'promised' });
    expect(quote(cart(2_000), [], [promised, offer('c'), offer('b')]).applied).toMatchObject([{ discount_id: 'b' }]);
    expect(quote(cart(2_000), [], [offer('e', { status: 'promised' }), promised]).applied).toMatchObject([
      { discount_id: 'a', status: 'promised' },
    ]);
  });
});

/** Every reason there is, alone and where several hold. */
describe('why something is dropped', () => {
  const alone = promo('ALONE', { combinable_with_referral: false });
  const held = { obstacle: 'held_for_another_order' } as const;
  const unqualified = { status: 'promised', obstacle: 'would_not_qualify' } as const;
  const table: [string, Cart, PromoCode[], Offer[], [string, string][]][] = [
    ['a promo that stands alone', cart(2_000), [alone], [offer('d')], [['d', 'promo_not_combinable']]],
    [
      'one that stands alone and is worth nothing',
      cart(2_000),
      [{ ...alone, value: 0 }],
      [offer('d')],
      [
        ['d', 'promo_not_combinable'],
        ['ALONE', 'worth_nothing'],
      ],
    ],
    ['held', cart(2_000), [], [offer('d', held)], [['d', 'held_for_another_order']]],
    ['other currency', cart(2_000), [], [fixedOffer('d', 5, 'EUR')], [['d', 'other_currency']]],
    ['not qualifying', cart(2_000), [], [offer('d', unqualified)], [['d', 'would_not_qualify']]],
    ['worth nothing', cart(9), [], [offer('d')], [['d', 'worth_nothing']]],
    [
      'an empty cart',
      cart(0),
      [promo('P')],
      [offer('d')],
      [
        ['d', 'nothing_left'],
        ['P', 'nothing_left'],
      ],
    ],
    ['more than one', cart(2_000), [], [offer('e'), offer('d')], [['e', 'one_referral_discount_per_order']]],
    ['the same code twice', cart(2_000), [promo('P'), promo('p')], [], [['p', 'duplicate_code']]],
    ['a promo of nothing', cart(2_000), [promo('P', { value: 0 })], [], [['P', 'worth_nothing']]],
    [
      'held, before a promo that stands alone',
      cart(1),
      [alone],
      [offer('d', held)],
      [
        ['d', 'promo_not_combinable'],
        ['ALONE', 'worth_nothing'],
      ],
    ],
    [
      'held, in another currency',
      cart(1),
      [],
      [{ ...fixedOffer('d', 5, 'EUR'), ...held }],
      [['d', 'held_for_another_order']],
    ],
    [
      'not qualifying, in another currency',
      cart(1),
      [],
      [{ ...fixedOffer('d', 5, 'EUR'), ...unqualified }],
      [['d', 'other_currency']],
    ],
    ['not qualifying, an empty cart', cart(0), [], [offer('d', unqualified)], [['d', 'would_not_qualify']]],
  ];
  test.each(table)('%s', (_, basket, promos, offers, expected) => {
    expect(reasonsOf(quote(basket, promos, offers))).toEqual(expected);
  });
});

describe('whatever is in the cart', () => {
  const promoCodes = fc
    .uniqueArray(
      fc.record({
        code: fc.constantFrom('A', 'B', 'C', 'D'),
        type: fc.constantFrom('discount_percent' as const, 'discount_fixed' as const),
        value: fc.integer({ min: 0, max: 10_000 }),
        combinable_with_referral: fc.boolean(),
      }),
      { minLength: 1, selector: ({ code }) => code },
    )
    // One content per code, spelt in two ways.
    .chain((promos) =>
      fc.array(fc.constantFrom(...promos, ...promos.map((one) => ({ ...one, code: one.code.toLowerCase() }))), {
        maxLength: 8,
      }),
    );
  const offers = fc.uniqueArray(
    fc.record(
      {
        discount_id: fc.constantFrom('d1', 'd2', 'd3', 'd4'),
        status: fc.constantFrom('granted' as const, 'promised' as const),
        terms: fc.oneof(
          fc.record({ type: fc.constant('discount_percent' as const), value: fc.integer({ min: 1, max: 10_000 }) }),
          fc.record({
            type: fc.constant('discount_fixed' as const),
            value: fc.integer({ min: 1, max: 5_000 }),
            currency: fc.constantFrom('USD', 'EUR'),
          }),
        ),
        obstacle: fc.constantFrom('held_for_another_order' as const, 'would_not_qualify' as const),
      },
      { requiredKeys: ['discount_id', 'status', 'terms'] },
    ),
    { selector: ({ discount_id }) => discount_id },
  );
  const subtotals = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 10_000 }), fc.maxSafeNat());

  test('the total is from nothing to the subtotal, and what is applied sums to the difference', () => {
    fc.assert(
      fc.property(subtotals, promoCodes, offers, (subtotal, promos, offered) => {
        const { total, applied, dropped } = quote(cart(subtotal), promos, offered);
        expect(Number.isSafeInteger(total) && total >= 0 && total <= subtotal).toBe(true);
        expect(applied.reduce((sum, { amount }) => sum + amount, 0)).toBe(subtotal - total);
        expect(applied.every(({ amount }) => amount > 0)).toBe(true);
        expect(applied.filter(({ source }) => source === 'referral').length).toBeLessThanOrEqual(1);
        expect(applied.length + dropped.length).toBe(promos.length + offered.length);
      }),
    );
  });

  test('the answer is the same in whatever order codes were typed and discounts were found', () => {
    const shuffled = fc
      .tuple(promoCodes, offers)
      .chain(([promos, offered]) =>
        fc.tuple(
          fc.constant({ promos, offered }),
          fc.shuffledSubarray(promos, { minLength: promos.length }),
          fc.shuffledSubarray(offered, { minLength: offered.length }),
        ),
      );
    fc.assert(
      fc.property(subtotals, shuffled, (subtotal, [{ promos, offered }, otherPromos, otherOffers]) => {
        expect(quote(cart(subtotal), otherPromos, otherOffers)).toEqual(quote(cart(subtotal), promos, offered));
      }),
    );
  });
});
