import {
  createEvent,
  type EncodedEvent,
  encodeEvent,
  type JournalEntry,
  journalEntryPosted,
  loyaltyPointsPosted,
  promoCreditPosted,
  type RewardData,
  rewardIssued,
  rewardReversed,
} from '@referral/contracts';
import type { Entry } from './domain/journal.ts';
import { customerOf, kindOfUnit, type Posting } from './domain/postings.ts';
import type { GrantedReward } from './domain/reward.ts';

/** What an entry tells the world. Its ids follow from the entry, so that saying it again is a repeat. */
export function entryEvents(tenant_id: string, kind: JournalEntry['kind'], entry: Entry): EncodedEvent[] {
  const { entry_id, referral_id: about, cause, at: occurred_at } = entry;
  const postings = [...entry.postings];
  return [
    ...entry.reversed.map((reward) => rewardEvent(tenant_id, entry, reward, 'reversed')),
    ...entry.issued.map((reward) => rewardEvent(tenant_id, entry, reward, 'issued')),
    ...postings.flatMap((posting) => postingEvent(tenant_id, entry, posting)),
    entryPosted({ tenant_id, entry_id, kind, about, cause, postings, occurred_at }),
  ];
}

/** Tells of an entry whole, for the book. */
export function entryPosted(entry: JournalEntry): EncodedEvent {
  const about = { identity: [entry.entry_id], occurredAt: entry.occurred_at };
  return encodeEvent(journalEntryPosted, createEvent(journalEntryPosted, entry, about));
}

function rewardEvent(
  tenant_id: string,
  { entry_id, revision, cause, at }: Entry,
  { issued_at, ...reward }: GrantedReward,
  change: 'issued' | 'reversed',
): EncodedEvent {
  const occurred_at = change === 'issued' ? issued_at : at;
  const data: RewardData = { ...reward, tenant_id, entry_id, revision, cause, occurred_at };
  const about = { identity: [reward.reward_id], occurredAt: occurred_at };
  return change === 'issued'
    ? encodeEvent(rewardIssued, createEvent(rewardIssued, data, about))
    : encodeEvent(rewardReversed, createEvent(rewardReversed, data, about));
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
