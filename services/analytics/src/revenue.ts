import type { Fact } from '@referral/processing';
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

/** What is counted together. */
export interface Told {
  readonly referrals: readonly CountedFact<ReferralRecord>[];
  readonly orders: readonly Order[];
  /** Whatever counts by itself. */
  readonly others: readonly Fact[];
}

/**
 * Counts all of it at once, orders according to what their referrals are now. The two come by different topics, in any
 * order: so each side writes its own word first and looks at the other's afterwards, and whichever comes second sees both.
 */
export async function countTold(counting: Counting, { referrals, orders, others }: Told): Promise<void> {
  const { store } = counting;
  const excluded = new Set(referrals.filter(({ record }) => isExcluded(record.status)).map(({ id }) => id));
  if (excluded.size > 0) {
    // A mark that is there already stays as it is.
    await store.commit([...excluded].map((id) => ({ collection: exclusions, id, expectedVersion: 0, body: {} })));
  }
  await countOrders(counting, orders, { referrals, others });
  if (referrals.length === 0) return;
  const marked = await store.getMany(exclusions, new Set(referrals.map(({ id }) => id)));
  await recountOrdersOf(counting, marked.keys());
}

async function countOrders(
  { store, count }: Counting,
  orders: readonly Order[],
  { referrals, others }: Omit<Told, 'orders'> = { referrals: [], others: [] },
): Promise<void> {
  let [pending, beside]: [readonly Order[], readonly Fact[]] = [orders, [...referrals, ...others]];
  let states = withNewer(await readReferrals(store, pending), referrals);
  while (pending.length > 0 || beside.length > 0) {
    const before = states;
    await count([...beside, ...pending.map((order) => orderFact(order, before.get(order.referral)))]);
    const after = await readReferrals(store, pending);
    pending = pending.filter(({ referral }) => after.get(referral)?.revision !== before.get(referral)?.revision);
    [beside, states] = [[], after];
  }
}

/** As referrals will be when these are counted. */
function withNewer(
  stored: ReadonlyMap<string, ReferralState>,
  referrals: readonly CountedFact<ReferralRecord>[],
): ReadonlyMap<string, ReferralState> {
  const states = new Map(stored);
  for (const { id, revision, record } of referrals) {
    if (revision > (states.get(id)?.revision ?? 0)) states.set(id, { revision, status: record.status });
  }
  return states;
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

async function readReferrals(store: Store, orders: readonly Order[]): Promise<ReadonlyMap<string, ReferralState>> {
  if (orders.length === 0) return new Map();
  const documents = await store.getMany(facts, new Set(orders.map(({ referral }) => referral)));
  const states = new Map<string, ReferralState>();
  for (const [id, { body }] of documents) {
    if (body.status !== undefined) states.set(id, { revision: body.revision, status: body.status });
  }
  return states;
}
