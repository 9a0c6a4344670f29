import {
  type ApiProgram,
  type CloudEvent,
  createEvent,
  customerProfile,
  customerSignedUp,
  type DataOf,
  defaultProgram,
  type EncodedEvent,
  encodeEvent,
  programUpdated,
  promoUpdated as promoEvent,
  purchaseCompleted,
  purchaseRefunded,
  referralCodeCreated,
  referralLinkClicked,
  tenantUpdated,
  toProgramTerms,
} from '@referral/contracts';

/** What the rest of the platform publishes, as short as a test wants to say it. */

export const tenant = 'acme';
export const day = (n: number, time = '00:00:00') =>
  `${new Date(Date.UTC(2026, 0, n)).toISOString().slice(0, 10)}T${time}Z`;

export const tenantExists = (): EncodedEvent =>
  own(tenantUpdated, { tenant_id: tenant, slug: tenant, name: 'Acme', currency: 'USD', time_zone: 'UTC' }, [1], day(1));

export function programSaved(changes: Partial<ApiProgram> = {}, version = 1, effectiveAt = day(1)): EncodedEvent {
  const terms = toProgramTerms(
    {
      ...defaultProgram,
      enabled: true,
      qualifying_event: { type: 'first_purchase' },
      referrer_reward: { type: 'points', value: 100 },
      referee_reward: { type: 'discount_percent', value: 10 },
      ...changes,
    },
    'USD',
  );
  if (Array.isArray(terms)) throw new Error(`the programme of the test is not exact: ${JSON.stringify(terms)}`);
  const data = { tenant_id: tenant, version, effective_at: effectiveAt, program: terms };
  return own(programUpdated, data, [version], effectiveAt);
}

export function codeCreated(customer: string, code: string, has_profile = false): EncodedEvent {
  const data = { tenant_id: tenant, customer_id: customer, code, has_profile, created_at: day(1) };
  return own(referralCodeCreated, data, [customer], day(1));
}

type Profile = Partial<DataOf<typeof customerProfile>> & { customer_id: string };
export function profileLearnt(data: Profile): EncodedEvent {
  const profile = { tenant_id: tenant, learnt_at: day(1), ...data };
  return own(customerProfile, profile, [profile.customer_id, profile.learnt_at], profile.learnt_at);
}

export function clicked(code: string, visitor: string, referrer: string, at: string): EncodedEvent {
  const data = {
    tenant_id: tenant,
    referrer_customer_id: referrer,
    code,
    channel: 'whatsapp' as const,
    visitor_id: visitor,
    clicked_at: at,
  };
  return own(referralLinkClicked, data, [visitor, at], at);
}

type Signup = Partial<DataOf<typeof customerSignedUp>> & { customer_id: string; occurred_at: string };
export function signedUp(data: Signup, id = `signup-${data.customer_id}`): EncodedEvent {
  return foreign(customerSignedUp, { tenant_id: tenant, ...data }, id);
}

type Purchase = Partial<DataOf<typeof purchaseCompleted>> & {
  customer_id: string;
  order_id: string;
  occurred_at: string;
};
export function purchased(data: Purchase, id = `purchase-${data.order_id}`): EncodedEvent {
  return foreign(purchaseCompleted, { tenant_id: tenant, amount: 2_000, currency: 'USD', ...data }, id);
}

type Refund = Partial<DataOf<typeof purchaseRefunded>> & { customer_id: string; order_id: string; occurred_at: string };
export function refunded(data: Refund, id = `refund-${data.order_id}`): EncodedEvent {
  return foreign(purchaseRefunded, { tenant_id: tenant, refund_id: id, amount: 500, currency: 'USD', ...data }, id);
}

export function promoUpdated(code: string, combinable_with_referral: boolean): EncodedEvent {
  const event: CloudEvent<'promo_updated', DataOf<typeof promoEvent>> = {
    specversion: '1.0',
    id: `promo-${code}`,
    source: '/promos',
    type: 'promo_updated',
    time: day(1),
    data: { tenant_id: tenant, code, combinable_with_referral },
  };
  return encodeEvent(promoEvent, event);
}

/** What happened here, as if it had happened at another tenant. */
export function ofTenant(otherTenant: string, event: EncodedEvent): EncodedEvent {
  const told = (text: string) => text.replaceAll(tenant, otherTenant);
  return { ...event, key: told(event.key), value: Buffer.from(told(Buffer.from(event.value).toString())) };
}

type Definition<Type extends string, Data extends { tenant_id: string }> = Parameters<
  typeof createEvent<Type, Data>
>[0];

function own<Type extends string, Data extends { tenant_id: string }>(
  definition: Definition<Type, Data>,
  data: Data,
  identity: (string | number)[],
  occurredAt: string,
): EncodedEvent {
  return encodeEvent(definition, createEvent(definition, data, { identity, occurredAt }));
}

function foreign<Type extends string, Data extends { tenant_id: string; occurred_at: string }>(
  definition: Definition<Type, Data>,
  data: Data,
  id: string,
): EncodedEvent {
  const event: CloudEvent<Type, Data> = {
    specversion: '1.0',
    id,
    source: '/shop',
    type: definition.type,
    time: data.occurred_at,
    data,
  };
  return encodeEvent(definition, event);
}
