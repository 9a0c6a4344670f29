import { z } from 'zod';
import { discountStatuses, rewardKind } from '../events/reward-issuer.ts';
import { promoKey } from '../ids.ts';
import { rewardType, side } from '../program.ts';
import { currency, currencyDigits, identifier, instant, toScaledInteger } from '../scalars.ts';
import { pageOf, pageQuery } from './paging.ts';

/** What the calls of the reward-issuer take and answer. Money in major units, percent as percent. */

export const rewardsQuery = z.strictObject({ ...pageQuery, customer_id: identifier.optional() });

export const myRewardsQuery = z.strictObject(pageQuery);

export const rewardsAnswer = pageOf(
  z.object({
    id: identifier,
    customer_id: identifier,
    side,
    kind: rewardKind,
    type: rewardType,
    value: z.number(),
    currency: currency.optional(),
    referral_id: identifier,
    status: z.enum(['issued', 'reversed']),
    issued_at: instant,
    reversed_at: instant.optional(),
  }),
);

const unitTotals = {
  issued: z.number(),
  reversed: z.number(),
  redeemed: z.number(),
  outstanding: z.number().meta({ description: 'What customers hold.' }),
};

/** Everything that was sealed so far, since the beginning. */
export const totalsAnswer = z.object({
  as_of: instant.nullable().meta({ description: 'When the last seal was made; null before the first.' }),
  points: z.object(unitTotals),
  credit: z.array(z.object({ currency, ...unitTotals })),
});

export type TotalsAnswer = z.infer<typeof totalsAnswer>;

export const balanceAnswer = z.object({
  customer_id: identifier,
  points: z.int(),
  credit: z.array(z.object({ currency, amount: z.number() })),
  discounts: z.array(
    z.object({
      id: identifier,
      type: z.enum(['discount_percent', 'discount_fixed']),
      value: z.number(),
      currency: currency.optional(),
      status: z.enum(discountStatuses),
    }),
  ),
});
export type BalanceAnswer = z.infer<typeof balanceAnswer>;

/** Beyond every cart, and exact in minor units of nearly every currency. */
const maxAmount = 1_000_000_000_000;
const discountType = z.enum(['discount_percent', 'discount_fixed']);

/** `POST /api/checkout/redemptions`: what an order takes from its customer. */
export const redemptionRequest = z
  .strictObject({
    customer_id: identifier,
    order_id: identifier,
    points: z.int().positive().optional(),
    credit: z
      .number()
      .positive()
      .max(maxAmount)
      .optional()
      .meta({ description: 'In major units of the tenant’s currency.' }),
    discount_id: identifier.optional(),
  })
  .refine(({ points, credit, discount_id }) => [points, credit, discount_id].filter(isGiven).length === 1, {
    message: 'takes exactly one of points, credit and discount_id',
  });
export type RedemptionRequest = z.infer<typeof redemptionRequest>;

export const redemptionAnswer = z.object({
  redemption_id: identifier,
  status: z.enum(['used', 'held']).meta({
    description: '`held`: a promised discount, for the order that is to convert the referral; used once it does.',
  }),
  points: z.int().optional(),
  credit: z.number().optional(),
  discount_id: identifier.optional(),
  balance: balanceAnswer,
});
export type RedemptionAnswer = z.infer<typeof redemptionAnswer>;

const quotedPromo = z.strictObject({
  code: identifier,
  type: discountType,
  value: z.number().nonnegative().max(maxAmount),
  combinable_with_referral: z.boolean(),
});
type QuotedPromo = z.infer<typeof quotedPromo>;

/** `POST /api/checkout/quote`: a cart before it is paid. Money in major units of `currency`. */
export const quoteRequest = z
  .strictObject({
    customer_id: identifier,
    amount: z.number().nonnegative().max(maxAmount).meta({ description: 'What the cart costs without discounts.' }),
    currency,
    promos: z.array(quotedPromo).max(50).default([]),
  })
  .check(({ value, issues }) => {
    const fault = (path: (string | number)[], message: string) => {
      issues.push({ code: 'custom', path, message, input: value });
    };
    const digits = currencyDigits(value.currency);
    if (toScaledInteger(value.amount, digits) === undefined) fault(['amount'], tooManyDigits(digits));
    const seen = new Map<string, QuotedPromo>();
    for (const [index, promo] of value.promos.entries()) {
      const path = ['promos', index, 'value'];
      const isPercent = promo.type === 'discount_percent';
      const allowed = isPercent ? percentDigits : digits;
      if (isPercent && promo.value > 100) fault(path, 'must be a percentage between 0 and 100');
      else if (toScaledInteger(promo.value, allowed) === undefined) fault(path, tooManyDigits(allowed));
      const other = seen.get(promoKey(promo.code));
      if (other && !isSamePromo(other, promo)) {
        fault(['promos', index, 'code'], 'stands there twice, with different content');
      }
      seen.set(promoKey(promo.code), promo);
    }
  });
export type QuoteRequest = z.infer<typeof quoteRequest>;

const quoteSource = z.enum(['referral', 'promo']);

export const droppedReasons = [
  'promo_not_combinable',
  'held_for_another_order',
  'other_currency',
  'would_not_qualify',
  'worth_nothing',
  'one_referral_discount_per_order',
  'duplicate_code',
  'nothing_left',
] as const;

export const quoteAnswer = z.object({
  subtotal: z.number(),
  total: z.number(),
  applied: z.array(
    z.object({
      source: quoteSource,
      code: identifier.optional(),
      discount_id: identifier.optional(),
      status: z.enum(['granted', 'promised']).optional(),
      type: discountType,
      value: z.number(),
      amount: z.number().meta({ description: 'What it takes off this cart.' }),
    }),
  ),
  dropped: z.array(
    z.object({
      source: quoteSource,
      code: identifier.optional(),
      discount_id: identifier.optional(),
      reason: z.enum(droppedReasons),
    }),
  ),
});
export type QuoteAnswer = z.infer<typeof quoteAnswer>;

const percentDigits = 2;

function tooManyDigits(digits: number): string {
  return `must have at most ${digits} decimals`;
}

function isSamePromo(one: QuotedPromo, other: QuotedPromo): boolean {
  return (
    one.type === other.type &&
    one.value === other.value &&
    one.combinable_with_referral === other.combinable_with_referral
  );
}

function isGiven(member: unknown): boolean {
  return member !== undefined;
}
