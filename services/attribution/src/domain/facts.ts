import type { Channel } from '@referral/contracts';

/**
 * What is known of one referee, each piece from one event. Times are milliseconds since the epoch and come from the event
 * (`occurred_at`); `arrived_at` is the only time of ours, and bounds waiting alone.
 */
export type Fact = ClickFact | SignupFact | PurchaseFact | RefundFact;

interface FromEvent {
  readonly event_id: string;
  readonly source: string;
  readonly at: number;
  /** The same moment in RFC 3339, UTC. */
  readonly occurred_at: string;
  readonly arrived_at: number;
}

/** How a signup or a purchase says who brought this customer. */
export interface Origin {
  /** Normalised. */
  readonly code?: string;
  readonly visitor_id?: string;
  readonly channel?: Channel;
  readonly promo?: { readonly code: string; readonly combinable_with_referral: boolean };
}

export interface ClickFact extends FromEvent {
  readonly kind: 'click';
  readonly code: string;
  readonly channel: Channel;
  readonly visitor_id: string;
}

export interface SignupFact extends FromEvent {
  readonly kind: 'signup';
  readonly origin: Origin;
  readonly email_digest?: string;
  readonly phone_digest?: string;
}

export interface PurchaseFact extends FromEvent {
  readonly kind: 'purchase';
  readonly origin: Origin;
  readonly order_id: string;
  /** Minor units of `currency`. */
  readonly amount: number;
  readonly currency: string;
}

export interface RefundFact extends FromEvent {
  readonly kind: 'refund';
  readonly order_id: string;
  readonly refund_id: string;
  /** Minor units of `currency`. */
  readonly amount: number;
  readonly currency: string;
}

/** Clocks of different services differ by minutes. */
export const clockToleranceMs = 10 * 60_000;

const kindRank = { click: 0, signup: 1, purchase: 2, refund: 3 } as const;

/** The total order of one referee's facts: by time, then kind, then source and id. It never depends on arrival. */
export function compareFacts(a: Fact, b: Fact): number {
  return (
    a.at - b.at ||
    kindRank[a.kind] - kindRank[b.kind] ||
    compareText(a.source, b.source) ||
    compareText(a.event_id, b.event_id)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export type Identity = Pick<FromEvent, 'event_id' | 'source'>;

export function isSameEvent(a: Identity, b: Identity): boolean {
  return a.event_id === b.event_id && a.source === b.source;
}

/** The facts with one more, in order. Most facts come last, so the search starts at the end. */
export function insertFact(facts: readonly Fact[], fact: Fact): Fact[] {
  let position = facts.length;
  for (; position > 0; position -= 1) {
    const before = facts[position - 1];
    if (!before || compareFacts(before, fact) <= 0) break;
  }
  return [...facts.slice(0, position), fact, ...facts.slice(position)];
}

/** RFC 3339 in UTC. */
export function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}
