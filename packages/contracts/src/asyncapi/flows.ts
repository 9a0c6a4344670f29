import type { consumerGroups, eventDefinitions } from '../catalogue.ts';

type Service = (typeof consumerGroups)[number];
export type Topic = (typeof eventDefinitions)[number]['type'];

const lifecycle = ['referral_converted', 'referral_rejected', 'referral_expired', 'referral_reversed'] as const;
const inbound = ['customer_signed_up', 'purchase_completed', 'purchase_refunded', 'promo_updated'] as const;

/** Which service publishes to which topics. Attribution passes on what `POST /api/events` and enrolments bring. */
export const sends: Readonly<Record<Service, readonly Topic[]>> = {
  'referral-code': [
    'tenant_updated',
    'program_updated',
    'promo_updated',
    'referral_code_created',
    'customer_profile',
    'referral_link_shared',
    'referral_link_clicked',
  ],
  attribution: [
    ...inbound,
    'customer_profile',
    'referral_verdict',
    'referral_attributed',
    ...lifecycle,
    'referral_revenue_changed',
    'referral_milestone_reached',
    'referral_nudge_due',
  ],
  'reward-issuer': [
    'reward_issued',
    'reward_reversed',
    'loyalty_points_posted',
    'promo_credit_posted',
    'discount_granted',
    'journal_entry_posted',
  ],
  analytics: [],
};

/** Which service's consumer group reads which topics. */
export const receives: Readonly<Record<Service, readonly Topic[]>> = {
  'referral-code': [...lifecycle, 'customer_profile'],
  attribution: [
    ...inbound,
    'tenant_updated',
    'program_updated',
    'referral_code_created',
    'customer_profile',
    'referral_link_clicked',
    'referral_verdict',
  ],
  'reward-issuer': [
    'tenant_updated',
    'referral_attributed',
    ...lifecycle,
    'referral_revenue_changed',
    'referral_milestone_reached',
    'loyalty_points_posted',
    'promo_credit_posted',
    'reward_issued',
    'reward_reversed',
    'journal_entry_posted',
  ],
  analytics: [
    'tenant_updated',
    'referral_link_shared',
    'referral_link_clicked',
    'referral_attributed',
    ...lifecycle,
    'referral_revenue_changed',
    'reward_issued',
    'reward_reversed',
  ],
};
