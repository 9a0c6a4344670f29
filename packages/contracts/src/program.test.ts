import fc from 'fast-check';
import { apiProgram, defaultProgram, toApiProgram, toProgramTerms } from './api/program.ts';
import { normalizeCode } from './codes.ts';
import { currencyDigits, fromScaledInteger, toScaledInteger } from './scalars.ts';

describe('money', () => {
  // R10: amounts are integers; what a person typed is scaled exactly or refused, never rounded.
  test('goes to minor units and back without a change', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 11 }), fc.constantFrom(0, 2, 3), (minor, digits) => {
        expect(toScaledInteger(fromScaledInteger(minor, digits), digits)).toBe(minor);
      }),
    );
  });

  test.each([
    [19.99, 2, 1_999],
    [0.1, 2, 10],
    [1e21, 2, undefined],
    [1e-7, 2, undefined],
    [20.005, 2, undefined],
    [5, 0, 5],
    [5.5, 0, undefined],
  ])('%d with %d digits is %p', (value, digits, expected) => {
    expect(toScaledInteger(value, digits)).toBe(expected);
  });

  test('has the decimals of its currency', () => {
    expect(['USD', 'JPY', 'KWD'].map(currencyDigits)).toEqual([2, 0, 3]);
  });
});

describe('a programme', () => {
  const twenty = {
    ...defaultProgram,
    referrer_reward: { type: 'credit', value: 20 },
    referee_reward: { type: 'discount_percent', value: 12.5 },
    qualifying_event: { type: 'minimum_spend', minimum_amount: 49.9 },
    milestones: [{ threshold: 10, bonus: { type: 'points', value: 500 } }],
  } as const;

  test('is read back as it was written', () => {
    const terms = toProgramTerms(apiProgram.parse(twenty), 'USD');
    if (Array.isArray(terms)) throw new Error('every amount is exact');
    expect(terms.referrer_reward).toEqual({ type: 'credit', value: 2_000, currency: 'USD' });
    expect(terms.referee_reward).toEqual({ type: 'discount_percent', value: 1_250 });
    expect(terms.qualifying_event).toEqual({ type: 'minimum_spend', minimum_amount: 4_990, currency: 'USD' });
    expect(toApiProgram(terms, 'USD')).toEqual(twenty);
  });

  test('names each amount that the currency cannot hold', () => {
    expect(toProgramTerms(apiProgram.parse(twenty), 'JPY')).toEqual([
      { path: 'qualifying_event.minimum_amount', message: 'must have at most 0 decimals' },
    ]);
  });

  test.each([
    ['a percentage over 100', { referee_reward: { type: 'discount_percent', value: 101 } }],
    ['a negative value', { referrer_reward: { type: 'credit', value: -1 } }],
    ['half a point', { referrer_reward: { type: 'points', value: 0.5 } }],
    ['a minimum amount without minimum_spend', { qualifying_event: { type: 'signup', minimum_amount: 5 } }],
    ['minimum_spend without its amount', { qualifying_event: { type: 'minimum_spend' } }],
    ['thresholds out of order', { milestones: [{ threshold: 10 }, { threshold: 5 }] }],
    ['an address that is no web address', { landing_url: 'javascript:alert(1)' }],
    ['a field that does not exist', { surprise: true }],
  ])('refuses %s', (_what, change) => {
    expect(apiProgram.safeParse({ ...defaultProgram, ...change }).success).toBe(false);
  });
});

test('a typed code is the same in any case, with spaces or hyphens', () => {
  expect([' kh7n 4wp3', 'KH7N-4WP3', 'kh7n4wp3'].map(normalizeCode)).toEqual(Array(3).fill('KH7N4WP3'));
});
