import { decisionInWords, knownRules, refusalInWords, refusalWords } from './decision-words.ts';
import { createFormats } from './formats.ts';

const formats = createFormats({ locale: 'en-US', timeZone: 'UTC', currency: 'USD' });
const limits = { max_referrals_per_referrer: 5, cooldown_seconds: 86_400, over_limit: 'referee_only' };
const spend = { net_spend: 4_000, minimum_amount: 5_000, currency: 'USD' };
const refund = { order_id: 'o_1', refunded: 1_000, currency: 'USD', reversal_ends_at: '2026-04-01T00:00:00Z' };

/** What the attribution service writes, for each of its rules. */
const told = [
  [
    'typed_code',
    'attributed',
    'typed_code',
    { code: 'KH7N4WP3', channel: 'code', attributed_by: 'signup', candidates_lost: [] },
    'The signup carried the code KH7N4WP3.',
  ],
  [
    'click',
    'attributed',
    'click',
    { code: 'KH7N4WP3', channel: 'whatsapp', candidates_lost: [{ code: 'ZZZZZZZZ', reason: 'unknown_code' }] },
    'ZZZZZZZZ – Nobody owns the code',
  ],
  ['signup', 'converted', 'signup', { type: 'signup' }, 'signed up'],
  [
    'first_purchase',
    'converted',
    'first_purchase',
    { order_id: 'o_1', amount: 1_999, currency: 'USD' },
    'Order o_1 of $19.99',
  ],
  [
    'minimum_spend',
    'converted',
    'minimum_spend',
    { order_id: 'o_1', ...spend },
    'reached $40; the programme asks for $50',
  ],
  ['refunded', 'reversed', 'refunded', refund, 'A refund of $10 on order o_1 left nothing'],
  ['refunded', 'reversed', 'refunded', { ...refund, ...spend }, 'a net spend of $40, below the $50'],
  ['no_longer_qualifies', 'attributed', 'no_longer_qualifies', {}, 'arrived late'],
  [
    'conversion_window_passed',
    'expired',
    'conversion_window_passed',
    { conversion_ends_at: '2026-04-01T00:00:00Z' },
    'Apr 1, 2026',
  ],
  [
    'first_valid_wins',
    'withdrawn',
    'attributed_to_another_referrer',
    { referrer_customer_id: 'cus_9', code: 'KH7N4WP3' },
    'by cus_9',
  ],
  ['first_valid_wins', 'withdrawn', 'not_a_new_customer', {}, 'had bought before'],
  ['first_valid_wins', 'withdrawn', 'no_longer_attributed', {}, 'Nothing refers this customer'],
  ['limits', 'counted', 'within_limits', { limits, referrer_ordinal: 3 }, 'conversion number 3'],
  [
    'max_referrals_per_referrer',
    'over_limit_neither',
    'max_referrals_per_referrer',
    { limits, conversions_counted: 5 },
    'allows 5. Neither side gets',
  ],
  [
    'cooldown_seconds',
    'over_limit_referee_only',
    'cooldown_seconds',
    { limits, seconds_since_last: 3_600 },
    '1 hour away; the programme asks for 1 day',
  ],
] as const;

test.each(told)('%s, %s (%s)', (rule, outcome, reason, because, words) => {
  const { verdict, why } = decisionInWords({ rule, outcome, reason, because }, formats);
  expect(why.replace(/[\u2068\u2069]/g, '')).toContain(words);
  expect(verdict).not.toBe(outcome);
  expect(`${verdict} ${why}`).not.toMatch(/undefined|NaN|null|unrecorded/);
});

test('every rule that has words is held to them here', () => {
  expect(new Set(told.map(([rule]) => rule))).toEqual(new Set(knownRules));
});

test.each([
  'program_disabled',
  'promo_not_combinable',
  'not_a_new_customer',
  'no_touch_in_window',
  'unknown_code',
  'self_referral',
  'same_email',
  'same_phone',
  'reciprocal_referral',
])('the refusal %s has words', (reason) => {
  expect(Object.keys(refusalWords)).toContain(reason);
  expect(refusalInWords(reason)).not.toContain(reason);
});

test('what a newer server decides, or an old record does not hold, is told as such', () => {
  const unknown = { rule: 'of_tomorrow', outcome: 'paused', reason: 'full_moon', because: {} };
  expect(decisionInWords(unknown, formats)).toEqual({
    verdict: 'paused',
    why: 'The recorded reason is “full_moon”.',
  });
  const old = { rule: 'first_purchase', outcome: 'converted', reason: 'first_purchase', because: {} };
  expect(decisionInWords(old, formats).why).toContain('an unrecorded value');
  expect(refusalInWords('toString')).toBe('The recorded reason is “toString”.');
});
