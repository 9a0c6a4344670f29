import { createEvent, type DataOf, discountGranted, type EncodedEvent, encodeEvent } from '@referral/contracts';
import { type Decided, decideDocuments, type WithOutbox } from '@referral/processing';
import type { Store } from '@referral/store';
import { type DiscountBody, discounts } from './collections.ts';
import { type Discount, hear } from './domain/discount.ts';
import type { DiscountNews } from './domain/discount-words.ts';

/** Keeps the newest word about each discount. @returns what is to be published before the words are acknowledged */
export async function keepDiscounts(store: Store, news: readonly DiscountNews[]): Promise<readonly EncodedEvent[]> {
  const tasks = news.map((each) => ({ documentId: each.discount_id, command: each }));
  const { events } = await decideDocuments({ store, collection: discounts, tasks, decide: keepDiscount });
  return events;
}

/** What a discount tells the world; nothing before it is granted. Telling it again is a repeat. */
export function discountAnnounced(discount_id: string, discount: Discount): EncodedEvent[] {
  const { tenant_id, customer_id, terms, status, occurred_at, revision, use } = discount;
  if (!terms || !status || !occurred_at) return [];
  const { type, value, currency } = terms;
  const data: DataOf<typeof discountGranted> = {
    ...{ tenant_id, discount_id, customer_id, type, value, currency, status, revision, occurred_at },
    ...(use ? { order_id: use.order_id } : {}),
  };
  const about = { identity: [discount_id, revision], occurredAt: occurred_at };
  return [encodeEvent(discountGranted, createEvent(discountGranted, data, about))];
}

/** The next body of a discount's document, with what waits there already. */
export function discountBody(discount: Discount, before: WithOutbox | undefined): DiscountBody {
  const { outbox = [], outbox_waiting } = before ?? {};
  return { ...discount, outbox, ...(outbox_waiting && { outbox_waiting }) };
}

function keepDiscount(
  body: DiscountBody | undefined,
  { discount_id, owner, word }: DiscountNews,
): Decided<DiscountBody> {
  const discount = hear(body, owner, word);
  if (!discount) return { body, events: [] };
  return {
    body: discount === body ? body : discountBody(discount, body),
    events: discountAnnounced(discount_id, discount),
  };
}
