import {
  currencyDigits,
  fromScaledInteger,
  type QuoteAnswer,
  type QuoteRequest,
  toApiReward,
  toScaledInteger,
} from '@referral/contracts';
import { assert } from '@referral/errors';
import type { Counters } from '@referral/processing';
import type { Store } from '@referral/store';
import { discounts } from '../collections.ts';
import { type Context, isoNow } from '../context.ts';
import type { Discount } from '../domain/discount.ts';
import { wouldQualify } from '../domain/promise.ts';
import { type Cart, type Offer, quote } from '../domain/quote.ts';
import { spentBecauseOf } from '../spending.ts';
import { holdsOver } from './take-discount.ts';

/** The most discounts of one customer that a cart is held against. */
const maxOffers = 1_000;

const percentDigits = 2;

/** What the customer would pay for a cart. Changes nothing. */
export async function quoteCart(context: Context, tenantId: string, request: QuoteRequest): Promise<QuoteAnswer> {
  const { customer_id, amount, currency } = request;
  const digits = currencyDigits(currency);
  const cart: Cart = { subtotal: exact(amount, digits), currency };
  const promos = request.promos.map((promo) => ({
    ...promo,
    value: exact(promo.value, promo.type === 'discount_percent' ? percentDigits : digits),
  }));
  const { total, applied, dropped } = quote(cart, promos, await offersTo(context, tenantId, customer_id, cart));
  return {
    subtotal: fromScaledInteger(cart.subtotal, digits),
    total: fromScaledInteger(total, digits),
    applied: applied.map((discount) => ({
      ...discount,
      value: toApiReward({ ...discount, currency }).value,
      amount: fromScaledInteger(discount.amount, digits),
    })),
    dropped: [...dropped],
  };
}

/** The discounts that the customer has from referrals, as they stand for this cart: three round trips at most. */
async function offersTo(context: Context, tenantId: string, customerId: string, cart: Cart): Promise<Offer[]> {
  const prefix = [tenantId, customerId];
  const options = { index: 'offers', prefix, direction: 'ascending', limit: maxOffers } as const;
  const { items } = await context.store.page(discounts, options);
  const bodies = items.map(({ body }) => body);
  const [spent, isHoldOver] = await Promise.all([spentSince(context.store, bodies), holdsOver(context, bodies)]);
  return items.flatMap(({ id, body }): Offer[] => {
    const { offer, terms, hold, newest, referral_id = '' } = body;
    if (!offer || !terms) return [];
    const { type, value, currency } = terms;
    const discount = { discount_id: id, status: offer, terms: { type, value, currency } };
    if (hold && !isHoldOver(body)) return [{ ...discount, obstacle: 'held_for_another_order' }];
    const situation = { spent: spent.get(referral_id) ?? {}, at: isoNow(context) };
    if (offer === 'granted' || wouldQualify(newest.promise, cart, situation)) return [discount];
    return [{ ...discount, obstacle: 'would_not_qualify' }];
  });
}

/** What was spent since the attribution, by referral, where that decides. */
function spentSince(store: Store, offered: readonly Discount[]): Promise<ReadonlyMap<string, Counters>> {
  const referrals = offered.flatMap(({ tenant_id, referral_id, newest: { promise } }) =>
    referral_id !== undefined && promise?.qualifying_event.type === 'minimum_spend' ? [{ tenant_id, referral_id }] : [],
  );
  return spentBecauseOf(store, referrals);
}

function exact(value: number, digits: number): number {
  const minor = toScaledInteger(value, digits);
  assert(minor !== undefined, 'the contract lets exact amounts through only');
  return minor;
}
