import { type BalanceAnswer, currencyDigits, fromScaledInteger, toApiReward } from '@referral/contracts';
import type { Document, Store } from '@referral/store';
import { accountId, creditOf, pointsCounter } from './accounts.ts';
import { accounts, type DiscountBody, discounts, type RewardBody } from './collections.ts';

/** The most discounts that one answer lists: those that can still be used first. */
const maxDiscounts = 1_000;

/** What a customer has, as the API tells it: money in major units, percent as percent. Nothing, for an unknown one. */
export async function readBalance(store: Store, tenantId: string, customerId: string): Promise<BalanceAnswer> {
  const prefix = [tenantId, customerId];
  const [account, held] = await Promise.all([
    store.get(accounts, accountId(tenantId, customerId)),
    store.page(discounts, { index: 'customer', prefix, direction: 'ascending', limit: maxDiscounts }),
  ]);
  const counters = account?.body.counters ?? {};
  return {
    customer_id: customerId,
    points: counters[pointsCounter] ?? 0,
    credit: creditOf(counters)
      .filter(([, amount]) => amount !== 0)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([currency, amount]) => ({ currency, amount: fromScaledInteger(amount, currencyDigits(currency)) })),
    discounts: held.items.flatMap(toApiDiscount),
  };
}

function toApiDiscount({ id, body: { terms, status } }: Document<DiscountBody>): BalanceAnswer['discounts'] {
  if (!terms || !status) return [];
  const { type, currency } = terms;
  return [{ id, type, value: toApiReward(terms).value, ...(currency === undefined ? {} : { currency }), status }];
}

/** One row of the list of rewards. */
export function toApiIssuedReward({ id, body }: Document<RewardBody>) {
  const { customer_id, side, kind, currency, referral_id, issued_at, reversed_at } = body;
  const status = reversed_at === undefined ? 'issued' : 'reversed';
  return { id, customer_id, side, kind, ...toApiReward(body), currency, referral_id, status, issued_at, reversed_at };
}
