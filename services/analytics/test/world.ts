import {
  type Channel,
  type CloudEvent,
  createEvent,
  deriveId,
  type EncodedEvent,
  type EventDefinition,
  encodeEvent,
  type ReferralLifecycle,
  type ReferralStatus,
  referralAttributed,
  referralConverted,
  referralExpired,
  referralId,
  referralLinkClicked,
  referralLinkShared,
  referralRejected,
  referralRevenueChanged,
  referralReversed,
  rewardIssued,
  rewardReversed,
  tenantUpdated,
} from '@referral/contracts';

/** Events as the other services publish them. */

export const tenant = 'acme';

function encode<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  data: Data,
  occurredAt: string,
  ...identity: (string | number)[]
): EncodedEvent {
  const event: CloudEvent<Type, Data> = createEvent(definition, data, { identity, occurredAt });
  return encodeEvent(definition, event);
}

export function tenantTold(time_zone: string, { tenantId = tenant, at = '2026-01-01T00:00:00Z' } = {}): EncodedEvent {
  const data = { tenant_id: tenantId, slug: tenantId, name: tenantId, currency: 'USD', time_zone };
  return encode(tenantUpdated, data, at, at);
}

const definitionOf = {
  attributed: referralAttributed,
  converted: referralConverted,
  rejected: referralRejected,
  expired: referralExpired,
  reversed: referralReversed,
  withdrawn: referralRejected,
} as const;

export interface ReferralTold {
  readonly tenantId?: string;
  readonly referrer?: string;
  readonly referee: string;
  readonly status: ReferralStatus;
  readonly revision: number;
  readonly channel?: Channel;
  readonly attributedAt?: string;
}

export function referralTold(told: ReferralTold): EncodedEvent {
  const { tenantId = tenant, referrer = 'ann', referee, status, revision } = told;
  const { channel = 'whatsapp', attributedAt = '2026-01-10T12:00:00Z' } = told;
  const data: ReferralLifecycle = {
    tenant_id: tenantId,
    referral_id: referralId(tenantId, referrer, referee),
    revision,
    status,
    referrer_customer_id: referrer,
    referee_customer_id: referee,
    code: 'KH7N4WP3',
    channel,
    program_version: 1,
    attributed_at: attributedAt,
    decision_id: deriveId('dec', tenantId, referee, revision),
    referrer_ordinal: null,
  };
  return encode(definitionOf[status], data, attributedAt, data.referral_id, revision);
}

export interface OrderTold {
  readonly tenantId?: string;
  readonly referrer?: string;
  readonly referee: string;
  readonly order: string;
  readonly revision?: number;
  readonly orderedAt?: string;
  readonly currency?: string;
  /** In minor units. */
  readonly net: number;
}

export function orderTold(told: OrderTold): EncodedEvent {
  const { tenantId = tenant, referrer = 'ann', referee, order, revision = 1, net } = told;
  const { orderedAt = '2026-01-11T12:00:00Z', currency = 'USD' } = told;
  const data = {
    tenant_id: tenantId,
    referral_id: referralId(tenantId, referrer, referee),
    revision,
    referrer_customer_id: referrer,
    referee_customer_id: referee,
    channel: 'whatsapp' as const,
    order_id: order,
    ordered_at: orderedAt,
    currency,
    net_amount: net,
  };
  return encode(referralRevenueChanged, data, orderedAt, referee, order, revision);
}

interface Touch {
  readonly tenantId?: string;
  readonly channel?: Channel;
  readonly at?: string;
}

export function shareTold(
  n: number,
  { tenantId = tenant, channel = 'whatsapp', at = '2026-01-09T12:00:00Z' }: Touch = {},
) {
  const link = 'https://refer.example.com/r/acme/KH7N4WP3';
  const data = { tenant_id: tenantId, referrer_customer_id: 'ann', code: 'KH7N4WP3', channel, link, shared_at: at };
  return encode(referralLinkShared, data, at, 'ann', n);
}

export function clickTold(
  n: number,
  { tenantId = tenant, channel = 'whatsapp', at = '2026-01-09T13:00:00Z' }: Touch = {},
) {
  const visitor_id = `visitor-${n}`;
  const data = {
    tenant_id: tenantId,
    referrer_customer_id: 'ann',
    code: 'KH7N4WP3',
    channel,
    visitor_id,
    clicked_at: at,
  };
  return encode(referralLinkClicked, data, at, visitor_id);
}

export function rewardTold(
  change: 'issued' | 'reversed',
  reward_id: string,
  { tenantId = tenant, at = '2026-01-12T12:00:00Z' }: Touch = {},
): EncodedEvent {
  const data = {
    tenant_id: tenantId,
    reward_id,
    entry_id: 'entry',
    referral_id: 'referral',
    revision: change === 'issued' ? 2 : 3,
    customer_id: 'ann',
    side: 'referrer' as const,
    kind: 'referral' as const,
    type: 'points' as const,
    value: 100,
    program_version: 1,
    occurred_at: at,
  };
  return encode(change === 'issued' ? rewardIssued : rewardReversed, data, at, reward_id);
}
