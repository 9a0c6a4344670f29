import { z } from 'zod';
import { amountMinor, currency } from './scalars.ts';

/**
 * The programme as it travels in events and governs a referral: amounts in minor units, percent in basis points,
 * points as they are. What admins read and write is `api/program.ts`.
 */

export const rewardTypes = ['points', 'credit', 'discount_percent', 'discount_fixed'] as const;
export const rewardType = z.enum(rewardTypes);
export type RewardType = z.infer<typeof rewardType>;

/** `value`: points; minor units of `currency` for credit and discount_fixed; basis points for discount_percent. */
export const reward = z.object({ type: rewardType, value: z.int().nonnegative(), currency: currency.optional() });
export type Reward = z.infer<typeof reward>;

export const side = z.enum(['referrer', 'referee']);
export type Side = z.infer<typeof side>;

export const qualifyingEventTypes = ['signup', 'first_purchase', 'minimum_spend'] as const;

/** `minimum_amount` goes with `minimum_spend`: minor units of `currency`, the only one that counts towards it. */
export const qualifyingEvent = z.object({
  type: z.enum(qualifyingEventTypes),
  minimum_amount: amountMinor.optional(),
  currency: currency.optional(),
});

export const limits = z.object({
  /** Conversions per referrer that are rewarded; null: no cap. */
  max_referrals_per_referrer: z.int().positive().max(1_000_000_000).nullable(),
  cooldown_seconds: z.int().nonnegative().max(31_536_000),
  over_limit: z.enum(['referee_only', 'neither']),
});
export type Limits = z.infer<typeof limits>;

const windowDays = z.int().positive().max(3_650);

export const windows = z.object({
  attribution_days: windowDays,
  conversion_days: windowDays,
  reversal_days: windowDays,
});

export const attributionModel = z.enum(['last_touch', 'first_touch']);

export const referrerNameDisplay = z.enum(['full', 'first_initial', 'first', 'none']);
export type ReferrerNameDisplay = z.infer<typeof referrerNameDisplay>;

export const milestoneThreshold = z.int().positive().max(1_000_000_000);

export const earningRule = z.object({
  name: z.string().min(1).max(80),
  beneficiary: side,
  points: z.int().positive().max(1_000_000_000),
});

export const nudgeAfterHours = z.array(z.int().positive().max(87_600)).max(20);

export const programTerms = z.object({
  enabled: z.boolean(),
  referrer_reward: reward.nullable(),
  referee_reward: reward.nullable(),
  qualifying_event: qualifyingEvent,
  limits,
  windows,
  attribution: z.object({ model: attributionModel }),
  new_customers_only: z.boolean(),
  milestones: z.array(z.object({ threshold: milestoneThreshold, bonus: reward.optional() })),
  earning_rules: z.array(earningRule),
  nudge_after_hours: nudgeAfterHours,
  landing_url: z.string().nullable(),
  referrer_name_display: referrerNameDisplay,
});
export type ProgramTerms = z.infer<typeof programTerms>;
