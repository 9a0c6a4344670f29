import type { CloudEvent, EventOf, ReferralLifecycle, referralMilestoneReached } from '@referral/contracts';
import { assert } from '@referral/errors';
import type { Decided } from '@referral/processing';
import { type Entry, type Journal, post, type Verdict } from './domain/journal.ts';
import { bonusDefectOf, type MilestoneJournal, postBonus } from './domain/milestone.ts';
import { imbalanceOf } from './domain/postings.ts';
import { defectOf } from './domain/reward.ts';
import { entryEvents } from './entry-events.ts';

export type ReferralEvent = CloudEvent<string, ReferralLifecycle>;
export type MilestoneEvent = EventOf<typeof referralMilestoneReached>;

/**
 * Posts what an event changes and tells it. A repeat tells again what its own revision posted, also when newer ones
 * have posted since: whoever posted them published them, but nobody else publishes this one after a crash.
 * @throws AssertionFailure for a conversion that cannot be rewarded as it was told, or an entry that does not balance
 */
export function keepJournal(journal: Journal | undefined, event: ReferralEvent): Decided<Journal> {
  const verdict = verdictOf(event);
  const defect = defectOf(verdict.referral);
  assert(defect === undefined, `referral ${event.data.referral_id} cannot be rewarded: ${defect}`);
  const body = post(journal, verdict);
  const entry = body.entries.find(({ revision }) => revision === verdict.referral.revision);
  if (!entry) return { body, events: [] };
  assertBalanced(entry);
  return { body, events: entryEvents(body.tenant_id, 'referral', entry) };
}

/**
 * Posts a milestone's bonus and tells it; a repeat tells again what was posted.
 * @throws AssertionFailure for a bonus that cannot be given as it was told
 */
export function keepMilestone(
  journal: MilestoneJournal | undefined,
  { id, time, data }: MilestoneEvent,
): Decided<MilestoneJournal> {
  const defect = bonusDefectOf(data);
  assert(defect === undefined, `the bonus for ${data.threshold} conversions cannot be given: ${defect}`);
  const body = postBonus(journal, { milestone: data, eventId: id, time: toUtc(time) });
  if (!body) return { body, events: [] };
  assertBalanced(body.entry);
  return { body, events: entryEvents(body.tenant_id, 'milestone', body.entry) };
}

function assertBalanced({ entry_id, postings }: Entry): void {
  const imbalance = imbalanceOf(postings);
  assert(imbalance === undefined, `entry ${entry_id} does not balance: ${imbalance}`);
}

/** Times in one spelling, so that they sort. */
function verdictOf({ id, time, data }: ReferralEvent): Verdict {
  const referral = data.converted_at ? { ...data, converted_at: toUtc(data.converted_at) } : data;
  return { referral, eventId: id, time: toUtc(time) };
}

function toUtc(instant: string): string {
  return new Date(instant).toISOString();
}
