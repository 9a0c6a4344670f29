import type { WithOutbox } from '@referral/processing';
import type { Collection, Store } from '@referral/store';

/** What the calls of this service work with. */
export interface Context {
  readonly store: Store;
  readonly publicUrl: string;
  /** A document with this many events waiting takes no further change. */
  readonly maxWaiting: number;
  /** Milliseconds since the epoch. */
  now(): number;
  generateCode(): string;
  generateVisitorId(): string;
  /** Has the document's outbox published without holding up the caller. */
  publishSoon(collection: Collection<WithOutbox>, id: string): void;
}

export function isoNow(context: Pick<Context, 'now'>): string {
  return new Date(context.now()).toISOString();
}
