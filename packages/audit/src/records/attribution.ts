import { z } from 'zod';
import { byMember, byPrefix, type Source } from './source.ts';

const reward = z.object({ type: z.string(), value: z.number(), currency: z.string().optional() });
export type RewardTerms = z.infer<typeof reward>;

const limits = z.object({
  max_referrals_per_referrer: z.number().nullable(),
  cooldown_seconds: z.number(),
  over_limit: z.string(),
});

const terms = z.object({
  referrer_reward: reward.nullable(),
  referee_reward: reward.nullable(),
  qualifying_event: z.object({
    type: z.string(),
    minimum_amount: z.number().optional(),
    currency: z.string().optional(),
  }),
  limits,
  milestones: z.array(z.object({ threshold: z.number(), bonus: reward.optional() })),
  earning_rules: z.array(z.object({ name: z.string(), beneficiary: z.string(), points: z.number() })),
});
export type Terms = z.infer<typeof terms>;

const verdict = z.object({
  tenant_id: z.string(),
  referral_id: z.string(),
  revision: z.number(),
  status: z.string(),
  referrer_customer_id: z.string(),
  referee_customer_id: z.string(),
  program_version: z.number(),
  attributed_at: z.string(),
  attributed_revision: z.number(),
  attributed_cause: z.string().optional(),
  converted_at: z.string().optional(),
  qualifying: z
    .object({
      type: z.string(),
      order_id: z.string().optional(),
      amount: z.number().optional(),
      currency: z.string().optional(),
    })
    .optional(),
});
export type Verdict = z.infer<typeof verdict>;

const slot = z.object({
  ordinal: z.number().nullable(),
  over_limit: z.object({ limit: z.string(), effect: z.string() }).optional(),
  because: z.object({
    limits,
    conversions_counted: z.number(),
    seconds_since_last: z.number().nullable(),
  }),
});
export type Slot = z.infer<typeof slot>;

const fact = z.object({
  kind: z.string(),
  event_id: z.string(),
  source: z.string(),
  at: z.number(),
  order_id: z.string().optional(),
  amount: z.number().optional(),
  currency: z.string().optional(),
});
export type RefereeFact = z.infer<typeof fact>;

const revenueLine = z.object({
  referral_id: z.string(),
  order_id: z.string(),
  revision: z.number(),
  ordered_at: z.string(),
  currency: z.string(),
  net_amount: z.number(),
});

const nudge = z.object({
  referral_id: z.string(),
  after_hours: z.number(),
  due_at: z.string(),
  /** `due` until it is told, or `dropped` because that would come too late. */
  status: z.string(),
});

const refereeBody = z.object({
  tenant_id: z.string(),
  customer_id: z.string(),
  facts: z.array(fact),
  pins: z.object({
    programs: z.array(z.object({ event_id: z.string(), source: z.string(), version: z.number() })),
  }),
  revision: z.number(),
  verdicts: z.array(verdict),
  revenue: z.array(revenueLine),
  nudges: z.array(nudge).optional(),
  /** Something was decided that may not be published yet. */
  unsettled: z.string().optional(),
});
export type Referee = z.infer<typeof refereeBody>;

const referralBody = z.object({
  tenant_id: z.string(),
  verdict,
  status: z.string(),
  slot: slot.nullable(),
  has_converted: z.boolean(),
  /** When what decided the verdict occurred. */
  decided_at: z.string().optional(),
});
export type Referral = z.infer<typeof referralBody>;

const referrerBody = z.object({
  tenant_id: z.string(),
  referrer_customer_id: z.string(),
  counted: z.number(),
  freed: z.array(z.number()),
  milestones_reached: z.array(
    z.object({
      threshold: z.number(),
      referral_id: z.string(),
      referrer_ordinal: z.number(),
      reached_at: z.string(),
      bonus: reward.optional(),
    }),
  ),
  /** Answers that the referral's own document may not hold yet. */
  absorbed: z.array(z.object({ referral_id: z.string(), revision: z.number(), slot: slot.nullable() })),
});
export type Referrer = z.infer<typeof referrerBody>;

export const inputs = {
  collection: 'attribution.inputs',
  tenantOf: byPrefix,
  body: z.object({
    claims: z.array(z.object({ source: z.string(), type: z.string(), customer_id: z.string().optional() })),
  }),
} satisfies Source<unknown>;

export const deadLetters = {
  collection: 'attribution.dead-letters',
  tenantOf: byMember,
  body: z.object({ tenant_id: z.string(), event_id: z.string(), source: z.string() }),
} satisfies Source<unknown>;

export const referees: Source<Referee> = {
  collection: 'attribution.referees',
  tenantOf: byMember,
  body: refereeBody,
};

export const referrals: Source<Referral> = {
  collection: 'attribution.referrals',
  tenantOf: byMember,
  body: referralBody,
};

export const referrers: Source<Referrer> = {
  collection: 'attribution.referrers',
  tenantOf: byMember,
  body: referrerBody,
};

/** By `tenant:code`. */
export const knownCodes = {
  collection: 'attribution.codes',
  tenantOf: byMember,
  body: z.object({ tenant_id: z.string(), customer_id: z.string() }),
} satisfies Source<unknown>;

/** By tenant. */
export const programs = {
  collection: 'attribution.programs',
  tenantOf: byMember,
  body: z.object({
    tenant_id: z.string(),
    versions: z.array(z.object({ version: z.number(), terms })),
  }),
} satisfies Source<unknown>;
