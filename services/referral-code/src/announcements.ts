import {
  type Channel,
  type CloudEvent,
  createEvent,
  currencyDigits,
  customerProfile,
  type EncodedEvent,
  type EventDefinition,
  encodeEvent,
  type ProgramTerms,
  programUpdated,
  promoUpdated,
  referralCodeCreated,
  referralLinkClicked,
  referralLinkShared,
  tenantUpdated,
  toScaledInteger,
} from '@referral/contracts';
import type { Claims, CodeState } from './domain/code.ts';
import type { ProgramVersion } from './domain/program.ts';
import type { Promo, PromosState } from './domain/promos.ts';
import type { Tenant } from './domain/tenant.ts';
import type { VisitorState } from './domain/visitor.ts';

/** What this service tells the world. Each identity says what the event is about, so that telling it again is a repeat. */

export function tenantAnnounced({ tenant_id, slug, name, currency, time_zone }: Tenant, at: string): EncodedEvent {
  return announced(tenantUpdated, { tenant_id, slug, name, currency, time_zone }, { identity: [], occurredAt: at });
}

export function programAnnounced(
  tenant_id: string,
  { version, effective_at }: ProgramVersion,
  program: ProgramTerms,
): EncodedEvent {
  const data = { tenant_id, version, effective_at, program };
  return announced(programUpdated, data, { identity: [version], occurredAt: effective_at });
}

export function codeAnnounced({ tenant_id, customer_id, code, has_profile, created_at }: CodeState): EncodedEvent {
  const data = { tenant_id, customer_id, code, has_profile, created_at };
  return announced(referralCodeCreated, data, { identity: [customer_id], occurredAt: created_at });
}

export function profileAnnounced(
  { tenant_id, customer_id, profiles }: CodeState,
  claims: Claims,
  learnt_at: string,
): EncodedEvent {
  const data = { tenant_id, customer_id, ...claims, learnt_at };
  // Signups tell profiles too: the word keeps this service's own apart from theirs.
  return announced(customerProfile, data, { identity: ['token', customer_id, profiles], occurredAt: learnt_at });
}

export function shareAnnounced(
  { tenant_id, customer_id, code, shares }: CodeState,
  { channel, link, shared_at }: { readonly channel: Channel; readonly link: string; readonly shared_at: string },
): EncodedEvent {
  const data = { tenant_id, referrer_customer_id: customer_id, code, channel, link, shared_at };
  return announced(referralLinkShared, data, { identity: [customer_id, shares], occurredAt: shared_at });
}

export function clickAnnounced(
  { tenant_id, visitor_id, clicks }: VisitorState,
  { customer_id, code }: CodeState,
  { channel, clicked_at }: { readonly channel: Channel; readonly clicked_at: string },
): EncodedEvent {
  const data = { tenant_id, referrer_customer_id: customer_id, code, channel, visitor_id, clicked_at };
  return announced(referralLinkClicked, data, { identity: [visitor_id, clicks], occurredAt: clicked_at });
}

export function promoAnnounced(
  { tenant_id, version }: PromosState,
  promo: Promo,
  about: { readonly currency: string; readonly at: string; readonly removed: boolean },
): EncodedEvent {
  const { code, type, combinable_with_referral } = promo;
  const value = promoValue(promo, about.currency);
  const data = {
    tenant_id,
    code,
    combinable_with_referral,
    type,
    ...(value === undefined ? {} : { value }),
    ...(type === 'discount_fixed' ? { currency: about.currency } : {}),
    ...(about.removed ? { removed: true } : {}),
  };
  return announced(promoUpdated, data, { identity: [code, version], occurredAt: about.at });
}

/** In basis points or minor units; `undefined` when the value has more decimals than those can tell. */
export function promoValue({ type, value }: Promo, currency: string): number | undefined {
  return toScaledInteger(value, promoDigits(type, currency));
}

export function promoDigits(type: Promo['type'], currency: string): number {
  return type === 'discount_percent' ? 2 : currencyDigits(currency);
}

function announced<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  data: Data,
  about: { identity: readonly (string | number)[]; occurredAt: string },
): EncodedEvent {
  const event: CloudEvent<Type, Data> = createEvent(definition, data, about);
  return encodeEvent(definition, event);
}
