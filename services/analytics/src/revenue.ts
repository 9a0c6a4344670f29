import type { Store } from '@referral/store';
import { exclusions, facts } from './collections.ts';
import type { Counting } from './counting.ts';
import {
  type CountedFact,
  isExcluded,
  type Order,
  orderFact,
  type ReferralRecord,
  type ReferralState,
} from './domain/facts.ts';

const ordersPerPage = 100;
const ordersPerCount = 1_000;

/**
 * Counts orders according to what their referrals are now. The two come by different topics, in any order: so each side
 * writes its own word first and looks at the other's afterwards, and whichever comes second sees both.
 */
export async function countOrders({ store, count }: Counting, orders: readonly Order[]): Promise<void> {
  let pending = orders;
  let referrals = await readReferrals(store, pending);
  while (pending.length > 0) {
    const before = referrals;
    await count(pending.map((order) => orderFact(order, before.get(order.referral))));
    const after = await readReferrals(store, pending);
    pending = pending.filter(({ referral }) => after.get(referral)?.revision !== before.get(referral)?.revision);
    referrals = after;
  }
}

/** Counts referrals, and again the orders of those that no longer are revenue or have become it again. */
export async function countReferrals(
  { store, count }: Counting,
  referrals: readonly CountedFact<ReferralRecord>[],
): Promise<void> {
  const excluded = new Set(referrals.filter(({ record }) => isExcluded(record.status)).map(({ id }) => id));
  if (excluded.size > 0) {
    // A mark that is there already stays as it is.
    await store.commit([...excluded].map((id) => ({ collection: exclusions, id, expectedVersion: 0, body: {} })));
  }
  await count(referrals);
  const marked = await store.getMany(exclusions, new Set(referrals.map(({ id }) => id)));
  await recountOrdersOf({ store, count }, marked.keys());
}

/** All referrals in step, and one count for all of them: counts that run side by side would overtake each other. */
async function recountOrdersOf(counting: Counting, referrals: Iterable<string>): Promise<void> {
  let open: { readonly referral: string; readonly cursor?: string }[] = Array.from(referrals, (referral) => ({
    referral,
  }));
  while (open.length > 0) {
    const pages = await Promise.all(
      open.map(async ({ referral, ...from }) => {
        const page = {
          index: 'orders',
          prefix: [referral],
          direction: 'ascending',
          limit: ordersPerPage,
          ...from,
        } as const;
        return { referral, ...(await counting.store.page(facts, page)) };
      }),
    );
    const orders = pages.flatMap(({ items }) => items.flatMap(({ body }) => body.order ?? []));
    for (let at = 0; at < orders.length; at += ordersPerCount) {
      await countOrders(counting, orders.slice(at, at + ordersPerCount));
    }
    open = pages.flatMap(({ referral, nextCursor }) =>
      nextCursor === undefined ? [] : [{ referral, cursor: nextCursor }],
    );
  }
}

async function readReferrals(store: Store, orders: readonly Order[]): Promise<Map<string, ReferralState>> {
  const documents = await store.getMany(facts, new Set(orders.map(({ referral }) => referral)));
  const states = new Map<string, ReferralState>();
  for (const [id, { body }] of documents) {
    if (body.status !== undefined) states.set(id, { revision: body.revision, status: body.status });
  }
  return states;
}
