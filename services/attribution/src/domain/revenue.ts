import { type DataOf, referralId, type referralRevenueChanged } from '@referral/contracts';
import { netAmount } from './orders.ts';
import type { Replay } from './replay.ts';

export type RevenueLine = DataOf<typeof referralRevenueChanged>;

interface Said {
  readonly tenant_id: string;
  readonly customer_id: string;
  readonly revenue: readonly RevenueLine[];
}

/** The orders whose net amount, or whose referral, is not what was said last; each with its next revision. */
export function changedRevenue(
  { tenant_id, customer_id, revenue }: Said,
  { attribution, ...replayed }: Replay,
): RevenueLine[] {
  if (!attribution && revenue.length === 0) return [];
  const said = new Map(revenue.map((line) => [line.order_id, line]));
  const changed: RevenueLine[] = [];
  const counted = new Set<string>();
  if (attribution) {
    const { referrer_id, candidate } = attribution;
    const referral_id = referralId(tenant_id, referrer_id, customer_id);
    for (const order of replayed.orders) {
      const { order_id, currency, occurred_at } = order.purchase;
      counted.add(order_id);
      const line = {
        tenant_id,
        referral_id,
        referrer_customer_id: referrer_id,
        referee_customer_id: customer_id,
        channel: candidate.channel,
        order_id,
        ordered_at: occurred_at,
        currency,
        net_amount: netAmount(order),
      };
      const before = said.get(order_id);
      if (!before || !isSameLine(before, line)) changed.push({ ...line, revision: (before?.revision ?? 0) + 1 });
    }
  }
  for (const line of revenue) {
    if (counted.has(line.order_id) || line.net_amount === 0) continue;
    changed.push({ ...line, net_amount: 0, revision: line.revision + 1 });
  }
  return changed;
}

function isSameLine(before: RevenueLine, line: Omit<RevenueLine, 'revision'>): boolean {
  return (
    before.referral_id === line.referral_id &&
    before.net_amount === line.net_amount &&
    before.ordered_at === line.ordered_at &&
    before.currency === line.currency &&
    before.channel === line.channel
  );
}
