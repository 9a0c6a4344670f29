import { clockToleranceMs, compareFacts, type Fact, type PurchaseFact, type RefundFact } from './facts.ts';

/** An order as its first purchase tells it, and what of it was paid back. */
export interface Order {
  readonly purchase: PurchaseFact;
  /** In the order of their moments. */
  readonly refunds: readonly CountedRefund[];
}

export interface CountedRefund {
  readonly fact: RefundFact;
  /** Never before its sale, whatever its own time says. */
  readonly at: number;
  /** What counts of it, in minor units: all refunds of an order together come to the sale at most. */
  readonly amount: number;
}

/** A fact that has no part in anything, and why. */
export interface IgnoredFact {
  readonly fact: Fact;
  readonly reason: IgnoredReason;
}

type IgnoredReason =
  | 'occurred_in_the_future'
  | 'order_already_known'
  | 'refund_already_known'
  | 'currency_differs_from_sale'
  | 'already_refunded_in_full';

export interface Sorted {
  /** Clicks, signups and the first purchase of each order, in their order. */
  readonly facts: readonly Fact[];
  readonly orders: readonly Order[];
  readonly ignored: readonly IgnoredFact[];
  /** Refunds whose sale is not known here, yet. */
  readonly withoutSale: readonly RefundFact[];
}

/** Tells what counts from what does not. Where one thing is told twice with another content, the first in the total order counts. */
export function sortOut(all: readonly Fact[]): Sorted {
  const ignored: IgnoredFact[] = [];
  const facts: Fact[] = [];
  const refunds: RefundFact[] = [];
  const purchases = new Map<string, PurchaseFact>();
  for (const fact of all) {
    if (fact.at > fact.arrived_at + clockToleranceMs) ignored.push({ fact, reason: 'occurred_in_the_future' });
    else if (fact.kind === 'refund') refunds.push(fact);
    else if (fact.kind === 'purchase' && purchases.has(fact.order_id)) {
      ignored.push({ fact, reason: 'order_already_known' });
    } else {
      if (fact.kind === 'purchase') purchases.set(fact.order_id, fact);
      facts.push(fact);
    }
  }
  const refundsOf = byOrder(refunds);
  const orders = [...purchases.values()].map((purchase) =>
    orderOf(purchase, refundsOf.get(purchase.order_id) ?? [], ignored),
  );
  const withoutSale = refunds.filter(({ order_id }) => !purchases.has(order_id));
  return { facts, orders, ignored, withoutSale };
}

function byOrder(refunds: readonly RefundFact[]): Map<string, RefundFact[]> {
  const groups = new Map<string, RefundFact[]>();
  for (const refund of refunds) {
    const group = groups.get(refund.order_id);
    if (group) group.push(refund);
    else groups.set(refund.order_id, [refund]);
  }
  return groups;
}

function orderOf(purchase: PurchaseFact, refunds: readonly RefundFact[], ignored: IgnoredFact[]): Order {
  const counted: CountedRefund[] = [];
  const known = new Set<string>();
  let left = purchase.amount;
  for (const fact of refunds.toSorted((a, b) => momentOf(a, purchase) - momentOf(b, purchase) || compareFacts(a, b))) {
    const amount = Math.min(fact.amount, left);
    if (fact.currency !== purchase.currency) ignored.push({ fact, reason: 'currency_differs_from_sale' });
    else if (known.has(fact.refund_id)) ignored.push({ fact, reason: 'refund_already_known' });
    else if (amount === 0) ignored.push({ fact, reason: 'already_refunded_in_full' });
    else {
      known.add(fact.refund_id);
      left -= amount;
      counted.push({ fact, at: momentOf(fact, purchase), amount });
    }
  }
  return { purchase, refunds: counted };
}

function momentOf(refund: RefundFact, sale: PurchaseFact): number {
  return Math.max(refund.at, sale.at);
}

/** What is left of an order, in minor units. */
export function netAmount({ purchase, refunds }: Order): number {
  return refunds.reduce((net, { amount }) => net - amount, purchase.amount);
}
