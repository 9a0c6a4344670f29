import type { OutboxRelay, SettledFacts } from '@referral/processing';
import type { Store } from '@referral/store';
import type { Turns } from './checkout/turns.ts';

/** What the calls of this service work with. */
export interface Context {
  readonly store: Store;
  /** What accounts may forget. */
  readonly settled: SettledFacts;
  readonly turns: Turns;
  /** How long a hold stands that no order followed, in milliseconds. */
  readonly latenessMs: number;
  /** A document with this many events waiting takes no further change. */
  readonly maxWaiting: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Has the document's outbox published without holding up the caller. */
  readonly publishSoon: OutboxRelay['wake'];
}

export function isoNow({ now }: Pick<Context, 'now'>): string {
  return new Date(now()).toISOString();
}
