import { z } from 'zod';
import { defineEvent } from '../cloud-events.ts';
import { customerKey } from '../ids.ts';
import { limits, milestoneThreshold, qualifyingEvent, qualifyingEventTypes, reward, side } from '../program.ts';
import {
  amountMinor,
  channel,
  currency,
  identifier,
  instant,
  revision,
  signedAmountMinor,
  tenantId,
} from '../scalars.ts';

const outbound = { version: 1, direction: 'outbound', source: '/attribution', retention: { days: 365 } } as const;

/** What made a referral convert. `amount` in minor units of `currency`. */
export const qualifying = z.object({
  type: z.enum(qualifyingEventTypes),
  order_id: identifier.optional(),
  amount: amountMinor.optional(),
  currency: currency.optional(),
});
export type Qualifying = z.infer<typeof qualifying>;

export const rewards = z.object({ referrer: reward.nullable(), referee: reward.nullable() });
export type Rewards = z.infer<typeof rewards>;

export const referralStatuses = ['attributed', 'converted', 'reversed', 'expired', 'rejected', 'withdrawn'] as const;
export const referralStatus = z.enum(referralStatuses);
export type ReferralStatus = z.infer<typeof referralStatus>;

/** What every word about a referral carries: its full state. The newest revision wins. */
const referralState = {
  tenant_id: tenantId,
  referral_id: identifier,
  revision,
  status: referralStatus,
  referrer_customer_id: identifier,
  referee_customer_id: identifier,
  code: z.string(),
  channel,
  program_version: z.int().positive(),
  attributed_at: instant,
  converted_at: instant.optional(),
  qualifying: qualifying.optional(),
  /** Why it is `rejected`, `reversed` or `withdrawn`. */
  reason: z.string().optional(),
  /** The id of the inbound event that brought this revision about. */
  cause: z.string().optional(),
  decision_id: identifier,
};

type WithReferrer = { tenant_id: string; referrer_customer_id: string };
const byReferrer = (data: WithReferrer) => customerKey(data.tenant_id, data.referrer_customer_id);
const aboutReferral = (data: { referral_id: string }) => data.referral_id;

export const referralVerdict = defineEvent({
  ...outbound,
  type: 'referral_verdict',
  direction: 'internal',
  summary: 'What the facts of one referee say about a referral, before the limits of its referrer are applied.',
  data: z.object({
    ...referralState,
    /** The revision at which this referral was attributed; its `referral_attributed` carries it. */
    attributed_revision: revision,
    /** The event that attributed it. */
    attributed_cause: z.string().optional(),
    attributed_decision_id: identifier,
    terms: z.object({
      rewards,
      limits,
      milestones: z.array(z.object({ threshold: milestoneThreshold, bonus: reward.optional() })),
    }),
  }),
  key: byReferrer,
  subject: aboutReferral,
});

/** Points that an earning rule of the programme gives beside the reward. */
const earning = z.object({ rule: z.string(), side, points: z.int().positive() });
export type Earning = z.infer<typeof earning>;

/** What the referee will get, and for what, until when. */
const promise = z.object({
  qualifying_event: qualifyingEvent,
  referee_reward: reward.nullable(),
  conversion_ends_at: instant,
});

const lifecycle = z.object({
  ...referralState,
  /** The referrer’s n-th conversion; null before the conversion, and for one over the limits. */
  referrer_ordinal: z.int().positive().nullable(),
  /** What each side gets, in minor units, basis points or points; absent before the conversion. */
  rewards: rewards.optional(),
  /** Present where earning rules give something for this conversion. */
  earnings: z.array(earning).optional(),
  /** Present while it is `attributed`. */
  promise: promise.optional(),
});
export type ReferralLifecycle = z.infer<typeof lifecycle>;

const lifecycleEvent = <Type extends string>(type: Type, summary: string) =>
  defineEvent({ ...outbound, type, summary, data: lifecycle, key: byReferrer, subject: aboutReferral });

export const referralAttributed = lifecycleEvent('referral_attributed', 'A new customer was brought by a referrer.');
export const referralConverted = lifecycleEvent(
  'referral_converted',
  'The referee did what the programme asks for. Enough to act on without a call back.',
);
export const referralRejected = lifecycleEvent(
  'referral_rejected',
  'A limit of the referrer refused a referral, or a late fact withdrew one that had not converted.',
);
export const referralExpired = lifecycleEvent('referral_expired', 'The conversion window passed.');
export const referralReversed = lifecycleEvent(
  'referral_reversed',
  'A conversion no longer holds, after a refund or because a late fact withdrew the referral.',
);

export const referralRevenueChanged = defineEvent({
  ...outbound,
  type: 'referral_revenue_changed',
  summary:
    'The net amount of one order of a referred customer: absolute, in minor units. The newest revision of an order wins.',
  data: z.object({
    tenant_id: tenantId,
    referral_id: identifier,
    revision,
    referrer_customer_id: identifier,
    referee_customer_id: identifier,
    channel,
    order_id: identifier,
    ordered_at: instant,
    currency,
    net_amount: signedAmountMinor,
  }),
  key: byReferrer,
  subject: (data) => data.order_id,
});

export const referralMilestoneReached = defineEvent({
  ...outbound,
  type: 'referral_milestone_reached',
  summary: 'A referrer reached a number of conversions, once ever per threshold.',
  data: z.object({
    tenant_id: tenantId,
    referrer_customer_id: identifier,
    threshold: milestoneThreshold,
    referrer_ordinal: z.int().positive(),
    referral_id: identifier,
    /** Of the referral that reached it: says what the bonus is. */
    program_version: z.int().positive().optional(),
    bonus: reward.optional(),
  }),
  key: byReferrer,
  subject: (data) => data.referrer_customer_id,
});

export const referralNudgeDue = defineEvent({
  ...outbound,
  type: 'referral_nudge_due',
  summary: 'A referred customer has not converted for a configured number of hours: time for a reminder.',
  data: z.object({
    tenant_id: tenantId,
    referral_id: identifier,
    referrer_customer_id: identifier,
    referee_customer_id: identifier,
    after_hours: z.int().positive(),
    conversion_ends_at: instant,
  }),
  key: (data) => customerKey(data.tenant_id, data.referee_customer_id),
  subject: aboutReferral,
});
