import { hash } from 'node:crypto';
import {
  type customerSignedUp,
  type EventOf,
  normalizeCode,
  type purchaseCompleted,
  type purchaseRefunded,
  type referralLinkClicked,
  toChannel,
} from '@referral/contracts';
import {
  type ClickFact,
  type Origin,
  type PurchaseFact,
  type RefundFact,
  type SignupFact,
  toInstant,
} from '../domain/facts.ts';
import { contactDigests } from './answers.ts';

/** Hash of what an event says. Parsing has put its members into the order of the contract, so it does not depend on theirs. */
export function contentOf(event: { readonly type: string; readonly data: unknown }): string {
  return hash('sha256', JSON.stringify([event.type, event.data]), 'base64url');
}

function common(event: { id: string; source: string; data: { occurred_at: string } }, arrivedAt: number) {
  return {
    event_id: event.id,
    source: event.source,
    ...momentOf(event.data.occurred_at),
    arrived_at: arrivedAt,
  };
}

function momentOf(occurredAt: string): { at: number; occurred_at: string } {
  const at = Date.parse(occurredAt);
  return { at, occurred_at: toInstant(at) };
}

function originOf({
  referral_code,
  visitor_id,
  channel,
  promo,
}: Pick<EventOf<typeof customerSignedUp>['data'], 'referral_code' | 'visitor_id' | 'channel' | 'promo'>): Origin {
  const code = referral_code === undefined ? '' : normalizeCode(referral_code);
  return {
    ...(code === '' ? {} : { code }),
    ...(visitor_id === undefined ? {} : { visitor_id }),
    ...(channel === undefined ? {} : { channel: toChannel(channel) }),
    ...(promo === undefined ? {} : { promo }),
  };
}

export function signupFact(event: EventOf<typeof customerSignedUp>, arrivedAt: number): SignupFact {
  const { data } = event;
  return {
    kind: 'signup',
    ...common(event, arrivedAt),
    origin: originOf(data),
    ...contactDigests(data.tenant_id, data),
  };
}

export function purchaseFact(event: EventOf<typeof purchaseCompleted>, arrivedAt: number): PurchaseFact {
  const { order_id, amount, currency } = event.data;
  return { kind: 'purchase', ...common(event, arrivedAt), origin: originOf(event.data), order_id, amount, currency };
}

export function refundFact(event: EventOf<typeof purchaseRefunded>, arrivedAt: number): RefundFact {
  const { order_id, refund_id, amount, currency } = event.data;
  return { kind: 'refund', ...common(event, arrivedAt), order_id, refund_id, amount, currency };
}

export function clickFact(event: EventOf<typeof referralLinkClicked>, arrivedAt: number): ClickFact {
  const { code, channel, visitor_id, clicked_at } = event.data;
  return {
    kind: 'click',
    event_id: event.id,
    source: event.source,
    ...momentOf(clicked_at),
    arrived_at: arrivedAt,
    code: normalizeCode(code),
    channel,
    visitor_id,
  };
}
