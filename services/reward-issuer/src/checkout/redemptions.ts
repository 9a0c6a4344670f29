import {
  currencyDigits,
  deriveId,
  fromScaledInteger,
  type RedemptionAnswer,
  type RedemptionRequest,
  toScaledInteger,
} from '@referral/contracts';
import type { Store } from '@referral/store';
import { readBalance } from '../balance.ts';
import type { Context } from '../context.ts';
import { pointsUnit } from '../domain/postings.ts';
import { currencyOf } from '../tenants.ts';
import { answeredOnce } from './claims.ts';
import { takeFromBalance } from './take-balance.ts';
import { takeDiscount } from './take-discount.ts';

export type RedemptionResult = { readonly answer: RedemptionAnswer } | RedemptionRefusal;

export type RedemptionRefusal =
  | { readonly refused: 'unknown_tenant' | 'unknown_discount' | 'key_reused' }
  | { readonly refused: 'inexact_credit'; readonly digits: number }
  | { readonly refused: 'not_enough' | 'discount_not_available' | 'redeemed_otherwise'; readonly why: string };

interface Redeeming {
  readonly tenantId: string;
  readonly request: RedemptionRequest;
  readonly key?: string | undefined;
}

/**
 * Takes what an order asks for, once. With a key, the key says what is a repeat; without one, an order takes points once,
 * credit once, and each discount once.
 */
export async function redeemForOrder(
  context: Context,
  { tenantId, request, key }: Redeeming,
): Promise<RedemptionResult> {
  const { customer_id, order_id } = request;
  const wanted = await wantedOf(context.store, tenantId, request);
  if ('refused' in wanted) return wanted;
  const what = wanted.kind === 'discount' ? wanted.discountId : wanted.amount;
  const order = { tenantId, customerId: customer_id, orderId: order_id };
  if (key === undefined) {
    const identity = wanted.kind === 'discount' ? ['discount', what] : [wanted.kind];
    const redemptionId = deriveId('rdm', tenantId, 'order', customer_id, order_id, ...identity);
    return carryOut(context, { ...order, redemptionId }, wanted);
  }
  const redemptionId = deriveId('rdm', tenantId, 'key', key);
  const content = deriveId('con', customer_id, order_id, wanted.kind, what);
  const claim = { id: redemptionId, tenant_id: tenantId, content };
  const carried = await answeredOnce<RedemptionRefusal>(context.store, claim, () =>
    carryOut(context, { ...order, redemptionId }, wanted),
  );
  return carried ?? { refused: 'key_reused' };
}

/** What is asked for, in units of the ledger. */
type Wanted =
  | { readonly kind: 'discount'; readonly discountId: string }
  | { readonly kind: 'points' | 'credit'; readonly unit: string; readonly amount: number };

async function wantedOf(
  store: Store,
  tenantId: string,
  { points, credit, discount_id }: RedemptionRequest,
): Promise<Wanted | RedemptionRefusal> {
  if (points !== undefined) return { kind: 'points', unit: pointsUnit, amount: points };
  if (credit === undefined) return { kind: 'discount', discountId: discount_id ?? '' };
  const currency = await currencyOf(store, tenantId);
  if (currency === undefined) return { refused: 'unknown_tenant' };
  const digits = currencyDigits(currency);
  const amount = toScaledInteger(credit, digits);
  return amount === undefined ? { refused: 'inexact_credit', digits } : { kind: 'credit', unit: currency, amount };
}

interface OrderRedeeming {
  readonly redemptionId: string;
  readonly tenantId: string;
  readonly customerId: string;
  readonly orderId: string;
}

async function carryOut(context: Context, order: OrderRedeeming, wanted: Wanted): Promise<RedemptionResult> {
  const given = await (wanted.kind === 'discount'
    ? giveDiscount(context, order, wanted.discountId)
    : giveAmount(context, order, wanted));
  if ('refused' in given) return given;
  const balance = await readBalance(context.store, order.tenantId, order.customerId);
  return { answer: { redemption_id: order.redemptionId, ...given, balance } };
}

type Given = Pick<RedemptionAnswer, 'status' | 'points' | 'credit' | 'discount_id'>;

async function giveDiscount(
  context: Context,
  order: OrderRedeeming,
  discountId: string,
): Promise<Given | RedemptionRefusal> {
  const redemption = await takeDiscount(context, { ...order, discountId });
  if (!redemption) return { refused: 'unknown_discount' };
  if (redemption.outcome === 'unavailable') return { refused: 'discount_not_available', why: redemption.why };
  return { status: redemption.outcome, discount_id: discountId };
}

async function giveAmount(
  context: Context,
  order: OrderRedeeming,
  { kind, unit, amount }: Extract<Wanted, { amount: number }>,
): Promise<Given | RedemptionRefusal> {
  const told = (minor: number) => (kind === 'points' ? minor : fromScaledInteger(minor, currencyDigits(unit)));
  const named = (minor: number) => `${told(minor)} ${unit}`;
  const taking = await takeFromBalance(context, { ...order, unit, amount });
  switch (taking.outcome) {
    case 'not_enough':
      return { refused: 'not_enough', why: `The customer has ${named(taking.held)}.` };
    case 'took_other':
      return { refused: 'redeemed_otherwise', why: `For this order, ${named(taking.amount)} were redeemed already.` };
    case 'taken':
      return { status: 'used', [kind]: told(amount) };
  }
}
