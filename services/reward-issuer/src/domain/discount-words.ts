import type { ReferralLifecycle, Reward, RewardData, Side } from '@referral/contracts';
import { type Discount, positionOf, type Word } from './discount.ts';
import { discountIdOf, isDiscount, worthOf } from './reward.ts';

/** What an event says of one discount. */
export interface DiscountNews {
  readonly discount_id: string;
  readonly owner: Pick<Discount, 'tenant_id' | 'customer_id' | 'referral_id'>;
  readonly word: Word;
}

/** What a referral's state says of the discount of each side. @param at when the event occurred */
export function newsOfReferral(referral: ReferralLifecycle, at: string): DiscountNews[] {
  const { tenant_id, referral_id, referrer_customer_id, referee_customer_id } = referral;
  const ofSide = (side: Side, customer_id: string): DiscountNews => ({
    // A referral's own discount goes by referral and side; no reward has to be known for it.
    discount_id: discountIdOf({ reward_id: '', referral_id, side, kind: 'referral' }),
    owner: { tenant_id, customer_id, referral_id },
    word: wordOf(referral, side, at),
  });
  return [ofSide('referrer', referrer_customer_id), ofSide('referee', referee_customer_id)];
}

/** The bonus of a milestone is granted once and for all. Discounts of referrals are told by the referrals themselves. */
export function newsOfReward(reward: RewardData): DiscountNews[] {
  const { tenant_id, customer_id, kind, occurred_at } = reward;
  const terms = termsOf(reward);
  if (kind !== 'milestone' || !terms) return [];
  const word: Word = { position: positionOf(1, 'converted'), standing: 'granted', at: toUtc(occurred_at), terms };
  return [{ discount_id: discountIdOf(reward), owner: { tenant_id, customer_id }, word }];
}

function wordOf(referral: ReferralLifecycle, side: Side, at: string): Word {
  const { status, revision, promise, rewards, qualifying, converted_at } = referral;
  const position = positionOf(revision, status);
  if (status === 'attributed' && side === 'referee' && promise) {
    const terms = termsOf(promise.referee_reward);
    const { qualifying_event, conversion_ends_at } = promise;
    if (terms) {
      return {
        position,
        standing: 'promised',
        at: toUtc(at),
        terms,
        promise: { qualifying_event, conversion_ends_at },
      };
    }
  }
  const terms = status === 'converted' ? termsOf(rewards?.[side]) : undefined;
  if (!terms) return { position, standing: 'gone', at: toUtc(at) };
  const order_id = qualifying?.order_id;
  const granted = { position, standing: 'granted', at: toUtc(converted_at ?? at), terms } as const;
  return order_id === undefined ? granted : { ...granted, order_id };
}

function termsOf(reward: Reward | null | undefined): Word['terms'] {
  if (!reward || reward.value === 0) return undefined;
  const worth = worthOf(reward);
  if (!isDiscount(worth)) return undefined;
  const { type, value, currency } = worth;
  return { type, value, ...(currency === undefined ? {} : { currency }) };
}

/** Times in one spelling, so that they sort. */
function toUtc(instant: string): string {
  return new Date(instant).toISOString();
}
