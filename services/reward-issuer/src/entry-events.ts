import {
  createEvent,
  discountGranted,
  type EncodedEvent,
  encodeEvent,
  loyaltyPointsPosted,
  promoCreditPosted,
  type RewardData,
  rewardIssued,
  rewardReversed,
} from '@referral/contracts';
import type { Entry } from './domain/journal.ts';
import { customerOf, kindOfUnit, type Posting } from './domain/postings.ts';
import { discountId, type GrantedReward, isDiscount } from './domain/reward.ts';

/** What an entry tells the world. Its ids follow from the entry, so that saying it again is a repeat. */
export function entryEvents(tenantId: string, entry: Entry): EncodedEvent[] {
  return [
    ...entry.reversed.flatMap((reward) => [
      ...rewardEvent(tenantId, entry, reward, 'reversed'),
      ...discountEvent(tenantId, entry, reward, 'withdrawn'),
    ]),
    ...entry.issued.flatMap((reward) => [
      ...rewardEvent(tenantId, entry, reward, 'issued'),
      ...discountEvent(tenantId, entry, reward, 'granted'),
    ]),
    ...entry.postings.flatMap((posting) => postingEvent(tenantId, entry, posting)),
  ];
}

function rewardEvent(
  tenant_id: string,
  { entry_id, revision, cause, at }: Entry,
  { issued_at, ...reward }: GrantedReward,
  change: 'issued' | 'reversed',
): EncodedEvent[] {
  const occurred_at = change === 'issued' ? issued_at : at;
  const data: RewardData = { ...reward, tenant_id, entry_id, revision, cause, occurred_at };
  const about = { identity: [reward.reward_id], occurredAt: occurred_at };
  return change === 'issued'
    ? [encodeEvent(rewardIssued, createEvent(rewardIssued, data, about))]
    : [encodeEvent(rewardReversed, createEvent(rewardReversed, data, about))];
}

function discountEvent(
  tenant_id: string,
  entry: Entry,
  reward: GrantedReward,
  status: 'granted' | 'withdrawn',
): EncodedEvent[] {
  if (!isDiscount(reward)) return [];
  const discount_id = discountId(reward.reward_id);
  const revision = status === 'granted' ? 1 : 2;
  const occurred_at = status === 'granted' ? reward.issued_at : entry.at;
  const { customer_id, type, value, currency } = reward;
  const data = { tenant_id, discount_id, customer_id, type, value, currency, status, revision, occurred_at };
  const about = { identity: [discount_id, revision], occurredAt: occurred_at };
  return [encodeEvent(discountGranted, createEvent(discountGranted, data, about))];
}

function postingEvent(tenant_id: string, { entry_id, at }: Entry, posting: Posting): EncodedEvent[] {
  const customer_id = customerOf(posting);
  const kind = kindOfUnit(posting);
  if (customer_id === undefined || kind === 'discount') return [];
  const { posting_id, unit, amount } = posting;
  const about = { identity: [posting_id], occurredAt: at };
  const common = { tenant_id, posting_id, entry_id, customer_id, occurred_at: at };
  return kind === 'points'
    ? [encodeEvent(loyaltyPointsPosted, createEvent(loyaltyPointsPosted, { ...common, points: amount }, about))]
    : [encodeEvent(promoCreditPosted, createEvent(promoCreditPosted, { ...common, amount, currency: unit }, about))];
}
