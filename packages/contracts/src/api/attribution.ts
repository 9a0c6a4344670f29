import { z } from 'zod';
import { qualifying, referralStatus } from '../events/attribution.ts';
import { channel, identifier, instant } from '../scalars.ts';
import { pageOf, pageQuery } from './paging.ts';
import { apiReward } from './program.ts';

/** What the calls of the attribution service take and answer. `POST /api/events` takes the inbound events themselves. */

export const enrollmentRequest = z.strictObject({
  tenant_slug: z.string().min(1).max(64),
  name: z.string().trim().min(1).max(256),
  email: z.email().max(320),
  phone: z.string().max(64).optional(),
  referral_code: z.string().max(64).optional(),
  visitor_id: identifier.optional(),
  promo_code: identifier.optional(),
  /** Only with a service token: the platform's own id of this customer. */
  customer_id: identifier.optional(),
});

export const enrollmentAnswer = z.object({ customer_id: identifier, event_id: identifier });

const eventResult = z.object({
  event_id: z.string().nullable(),
  status: z.enum(['accepted', 'invalid']),
  problem: z.string().optional().meta({ description: 'What is wrong with an invalid event.' }),
});

export const eventsAnswer = z.object({ accepted: z.int().nonnegative(), results: z.array(eventResult) });

/** Two sources may have used the same id. */
export const eventQuery = z.strictObject({ source: z.string().max(256).optional() });

export const eventAnswer = z.object({
  event_id: identifier,
  type: z.string().nullable(),
  source: z.string().optional(),
  status: z.enum(['effect', 'ignored', 'waiting', 'dead_letter', 'unknown']),
  reason: z.string().optional(),
  effects: z.array(z.object({ type: z.string(), referral_id: identifier.optional() })),
  conflicting_contents: z.int().positive().optional().meta({
    description: 'How many other contents came under the same identity. They had no effect.',
  }),
});

const listedStatus = referralStatus.exclude(['withdrawn']);

export const referralsQuery = z.strictObject({
  ...pageQuery,
  status: listedStatus.optional(),
  q: z.string().trim().min(1).max(100).optional().meta({
    description:
      'Whom to search for: beginnings of words of a name or e-mail, a whole customer id, or a whole referral code.',
  }),
});

const referralRow = {
  id: identifier,
  referrer_customer_id: identifier,
  referee_customer_id: identifier,
  referrer_name: z.string().nullable(),
  referrer_email: z.string().nullable(),
  referee_name: z.string().nullable(),
  referee_email: z.string().nullable(),
  created_at: instant.meta({ description: 'When the event that attributed it occurred.' }),
  status: referralStatus,
  channel,
  code: z.string(),
  program_version: z.int().positive(),
  referrer_ordinal: z.int().positive().nullable(),
  rewards_applied: z.object({ referrer: apiReward.nullable(), referee: apiReward.nullable() }),
};

export const referralsAnswer = pageOf(z.object(referralRow));

export const refusedQuery = z.strictObject(pageQuery);

export const refusedAnswer = pageOf(
  z.object({
    event_id: identifier,
    referee_customer_id: identifier,
    code: z.string().optional(),
    reason: z.string(),
    at: instant,
    decision_id: identifier,
  }),
);

const decision = z.object({
  id: identifier,
  at: instant,
  outcome: z.string(),
  rule: z.string(),
  reason: z.string(),
  because: z.record(z.string(), z.unknown()).meta({ description: 'The values that were compared.' }),
  event_id: z.string(),
});

const refusal = z.object({
  event_id: identifier,
  source: z.string(),
  at: instant,
  reason: z.string(),
  code: z.string().optional(),
  program_version: z.int().positive().optional(),
  lost: z.array(z.record(z.string(), z.unknown())).meta({ description: 'Who else could have been the referrer.' }),
});

const reminder = z.object({
  after_hours: z.int().positive(),
  due_at: instant,
  status: z.enum(['due', 'told', 'dropped']).meta({ description: '`dropped`: it was more than a day late.' }),
});

export const referralAnswer = z.object({
  ...referralRow,
  converted_at: instant.nullable(),
  qualifying: qualifying.nullable(),
  revision: z.int().positive(),
  conversion_ends_at: instant,
  decisions: z.array(decision),
  reminders: z.array(reminder),
  refusals: z.array(refusal).meta({ description: 'Attempts of this customer that came to nothing.' }),
});
