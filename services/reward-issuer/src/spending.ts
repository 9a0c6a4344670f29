import { type CloudEvent, type DataOf, deriveId, type referralRevenueChanged } from '@referral/contracts';
import { type Counters, type Fact, foldCounters, type SettledFacts } from '@referral/processing';
import type { Store } from '@referral/store';
import { orders, spending } from './collections.ts';

type RevenueChanged = DataOf<typeof referralRevenueChanged>;

/** Keeps what the referee of each referral has spent since, order by order. */
export async function countSpending(
  { store, settled }: { readonly store: Store; readonly settled: SettledFacts },
  events: readonly CloudEvent<string, RevenueChanged>[],
): Promise<void> {
  const incoming = events.map(({ data }): Fact => {
    const { tenant_id, referral_id, order_id, revision, currency, net_amount } = data;
    return {
      id: orderFactId(tenant_id, referral_id, order_id),
      revision,
      contributions: { [spendingId(tenant_id, referral_id)]: { [currency]: net_amount } },
      record: { tenant_id, referral_id, order_id },
    };
  });
  await foldCounters({ store, folds: spending, facts: orders, incoming, describe: () => ({}), settled });
}

/** What was spent because of each of these referrals, in minor units by currency. */
export async function spentBecauseOf(
  store: Store,
  referrals: readonly ReferralOfTenant[],
): Promise<ReadonlyMap<string, Counters>> {
  if (referrals.length === 0) return new Map();
  const ids = new Map(referrals.map((one) => [spendingId(one.tenant_id, one.referral_id), one.referral_id]));
  const folds = await store.getMany(spending, ids.keys());
  return new Map([...ids].map(([id, referral_id]) => [referral_id, folds.get(id)?.body.counters ?? {}]));
}

/** Those of these referrals whose order has come. */
export async function whoseOrderCame(
  store: Store,
  asked: readonly (ReferralOfTenant & { readonly order_id: string })[],
): Promise<ReadonlySet<string>> {
  if (asked.length === 0) return new Set();
  const ids = new Map(
    asked.map((one) => [orderFactId(one.tenant_id, one.referral_id, one.order_id), one.referral_id] as const),
  );
  const facts = await store.getMany(orders, ids.keys());
  return new Set([...ids].flatMap(([id, referral_id]) => (facts.has(id) ? [referral_id] : [])));
}

interface ReferralOfTenant {
  readonly tenant_id: string;
  readonly referral_id: string;
}

function spendingId(tenantId: string, referralId: string): string {
  return deriveId('spd', tenantId, referralId);
}

function orderFactId(tenantId: string, referralId: string, orderId: string): string {
  return deriveId('ord', tenantId, referralId, orderId);
}
