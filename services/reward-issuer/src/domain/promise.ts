import { isPromiseOpen, type Promised } from './discount.ts';
import type { Cart } from './quote.ts';

interface Situation {
  /** What was spent since the attribution, in minor units by currency. */
  readonly spent: Readonly<Record<string, number>>;
  readonly at: string;
}

/** Whether buying this cart now would convert the referral that promises the discount. */
export function wouldQualify(promise: Promised | undefined, cart: Cart, { spent, at }: Situation): boolean {
  if (!isPromiseOpen(promise, at)) return false;
  const { type, minimum_amount, currency } = promise.qualifying_event;
  if (type === 'first_purchase') return cart.subtotal > 0;
  if (type !== 'minimum_spend' || minimum_amount === undefined || currency !== cart.currency) return false;
  return cart.subtotal > 0 && (spent[currency] ?? 0) + cart.subtotal >= minimum_amount;
}
