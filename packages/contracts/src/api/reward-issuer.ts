import { z } from 'zod';
import { discountStatuses, rewardKind } from '../events/reward-issuer.ts';
import { rewardType, side } from '../program.ts';
import { currency, identifier, instant } from '../scalars.ts';
import { pageOf, pageQuery } from './paging.ts';

/** What the calls of the reward-issuer take and answer. Money in major units, percent as percent. */

export const rewardsQuery = z.strictObject({ ...pageQuery, customer_id: identifier.optional() });

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
