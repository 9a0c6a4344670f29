import { type droppedReasons, promoKey } from '@referral/contracts';
import type { DiscountTerms } from './discount.ts';

type DroppedReason = (typeof droppedReasons)[number];

/** In minor units. */
export interface Cart {
  readonly subtotal: number;
  readonly currency: string;
}

/** A promo code that was typed in. A fixed one is in the cart's currency; one code may stand there twice, with the same content. */
export interface PromoCode {
  readonly code: string;
  readonly type: DiscountTerms['type'];
  readonly value: number;
  readonly combinable_with_referral: boolean;
}

/** A discount that the customer has from referrals, or would have with this cart. */
export interface Offer {
  readonly discount_id: string;
  readonly status: 'granted' | 'promised';
  readonly terms: DiscountTerms;
  /** Why it cannot be had in this cart, as far as that follows from the discount alone. */
  readonly obstacle?: 'held_for_another_order' | 'would_not_qualify';
}

export interface Quote {
  readonly total: number;
  readonly applied: readonly Applied[];
  readonly dropped: readonly Dropped[];
}

interface Coded {
  readonly source: 'promo';
  readonly code: string;
}
type Named = Coded | { readonly source: 'referral'; readonly discount_id: string };
type Applied = Named & {
  readonly status?: Offer['status'];
  readonly type: DiscountTerms['type'];
  readonly value: number;
  readonly amount: number;
};
type DroppedPromo = Coded & { readonly reason: DroppedReason };
type Dropped = Named & { readonly reason: DroppedReason };

/**
 * What a cart costs. Percentages are of the subtotal, and everything is looked at in an order of its own (the referral's
 * discount, then promos by code), so the order in which codes were typed does not matter.
 */
export function quote(cart: Cart, promos: readonly PromoCode[], offers: readonly Offer[]): Quote {
  const { distinct, repeated } = withoutRepeats(promos);
  const { best, refused } = chooseOffer(cart, distinct, offers);
  const applied = best ? [best] : [];
  const droppedPromos: DroppedPromo[] = [];
  let total = cart.subtotal - (best?.amount ?? 0);
  for (const { code, type, value } of distinct) {
    const amount = Math.min(worthIn(cart, { type, value }), total);
    if (amount > 0) applied.push({ source: 'promo', code, type, value, amount });
    else droppedPromos.push({ source: 'promo', code, reason: total === 0 ? 'nothing_left' : 'worth_nothing' });
    total -= amount;
  }
  return { total, applied, dropped: [...refused, ...[...droppedPromos, ...repeated].toSorted(byCode)] };
}

/** The one discount from referrals that the cart gets, and why it gets none of the others. */
function chooseOffer(cart: Cart, promos: readonly PromoCode[], offers: readonly Offer[]) {
  const isAlone = promos.some(({ combinable_with_referral }) => !combinable_with_referral);
  const [best] = offers
    .filter((offer) => obstacleOf(offer, cart, isAlone) === undefined)
    .toSorted((one, other) => byWorth(one, other, cart));
  const refused = offers
    .filter((offer) => offer !== best)
    .toSorted((one, other) => compare(one.discount_id, other.discount_id))
    .map((offer): Dropped => {
      const reason = obstacleOf(offer, cart, isAlone) ?? 'one_referral_discount_per_order';
      return { source: 'referral', discount_id: offer.discount_id, reason };
    });
  return { best: best && appliedOffer(best, cart), refused };
}

function appliedOffer({ discount_id, status, terms: { type, value } }: Offer, cart: Cart): Applied {
  return { source: 'referral', discount_id, status, type, value, amount: worthIn(cart, { type, value }) };
}

/** Why the referral's discount cannot be had in this cart; the first reason that holds. */
function obstacleOf({ obstacle, terms }: Offer, cart: Cart, isAlone: boolean): DroppedReason | undefined {
  if (isAlone) return 'promo_not_combinable';
  if (obstacle === 'held_for_another_order') return obstacle;
  if (terms.type === 'discount_fixed' && terms.currency !== cart.currency) return 'other_currency';
  if (obstacle) return obstacle;
  if (cart.subtotal === 0) return 'nothing_left';
  return worthIn(cart, terms) === 0 ? 'worth_nothing' : undefined;
}

/** What a discount takes off the whole cart: rounded down, in the programme's favour. */
function worthIn({ subtotal }: Cart, { type, value }: Pick<DiscountTerms, 'type' | 'value'>): number {
  if (type === 'discount_fixed') return Math.min(value, subtotal);
  return Number((BigInt(subtotal) * BigInt(value)) / basisPointsPerWhole);
}

const basisPointsPerWhole = 10_000n;

/** Keeps one of each code, in the order of codes: the spelling that sorts first. */
function withoutRepeats(promos: readonly PromoCode[]): { distinct: PromoCode[]; repeated: DroppedPromo[] } {
  const distinct = new Map<string, PromoCode>();
  const repeated: DroppedPromo[] = [];
  for (const promo of promos.toSorted(byCode)) {
    const key = promoKey(promo.code);
    if (distinct.has(key)) repeated.push({ source: 'promo', code: promo.code, reason: 'duplicate_code' });
    else distinct.set(key, promo);
  }
  return { distinct: [...distinct.values()], repeated };
}

/** The one worth most first; of equals what is granted already, then the smaller id. */
function byWorth(one: Offer, other: Offer, cart: Cart): number {
  return (
    worthIn(cart, other.terms) - worthIn(cart, one.terms) ||
    compare(one.status, other.status) ||
    compare(one.discount_id, other.discount_id)
  );
}

function byCode(one: Pick<Coded, 'code'>, other: Pick<Coded, 'code'>): number {
  return compare(promoKey(one.code), promoKey(other.code)) || compare(one.code, other.code);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
