import { z } from 'zod';
import { defineEvent } from '../cloud-events.ts';
import { customerKey } from '../ids.ts';
import { programTerms } from '../program.ts';
import { channel, currency, identifier, instant, slug, tenantId } from '../scalars.ts';

const outbound = { version: 1, direction: 'outbound', source: '/referral-code', retention: { days: 365 } } as const;

export const tenantUpdated = defineEvent({
  ...outbound,
  type: 'tenant_updated',
  retention: 'compact',
  summary: 'A tenant exists, under this slug, with this currency and IANA time zone.',
  data: z.object({ tenant_id: tenantId, slug, name: z.string(), currency, time_zone: z.string() }),
  key: (data) => data.tenant_id,
  subject: (data) => data.tenant_id,
});

export const programUpdated = defineEvent({
  ...outbound,
  type: 'program_updated',
  /** Keyed by version too, so that compaction keeps every version: referrals stay pinned to theirs. */
  retention: 'compact',
  summary: 'A version of a tenant’s referral programme, whole, in force from `effective_at`.',
  data: z.object({ tenant_id: tenantId, version: z.int().positive(), effective_at: instant, program: programTerms }),
  key: (data) => customerKey(data.tenant_id, String(data.version)),
  subject: (data) => data.tenant_id,
});

export const referralCodeCreated = defineEvent({
  ...outbound,
  type: 'referral_code_created',
  retention: 'compact',
  summary: 'A customer has a referral code. `has_profile`: a `customer_profile` was published with it.',
  data: z.object({
    tenant_id: tenantId,
    customer_id: identifier,
    code: z.string(),
    has_profile: z.boolean(),
    created_at: instant,
  }),
  key: (data) => customerKey(data.tenant_id, data.customer_id),
  subject: (data) => data.code,
});

export const referralLinkShared = defineEvent({
  ...outbound,
  type: 'referral_link_shared',
  summary: 'A customer shared the referral link through a channel.',
  data: z.object({
    tenant_id: tenantId,
    referrer_customer_id: identifier,
    code: z.string(),
    channel,
    link: z.string(),
    shared_at: instant,
  }),
  key: (data) => customerKey(data.tenant_id, data.referrer_customer_id),
  subject: (data) => data.code,
});

export const referralLinkClicked = defineEvent({
  ...outbound,
  type: 'referral_link_clicked',
  summary: 'Somebody opened a referral link. `visitor_id` is what a later signup may bring.',
  data: z.object({
    tenant_id: tenantId,
    referrer_customer_id: identifier,
    code: z.string(),
    channel,
    visitor_id: identifier,
    clicked_at: instant,
  }),
  key: (data) => customerKey(data.tenant_id, data.visitor_id),
  subject: (data) => data.code,
});

export const customerProfile = defineEvent({
  ...outbound,
  type: 'customer_profile',
  retention: 'compact',
  summary:
    'Name and contact of a customer as learnt at `learnt_at`; the only event with personal data. `erased` ends it for good.',
  data: z.object({
    tenant_id: tenantId,
    customer_id: identifier,
    name: z.string().optional(),
    email: z.string().optional(),
    phone: z.string().optional(),
    learnt_at: instant,
    erased: z.boolean().optional(),
  }),
  key: (data) => customerKey(data.tenant_id, data.customer_id),
  subject: (data) => data.customer_id,
});
