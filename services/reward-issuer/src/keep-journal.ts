import type { CloudEvent, ReferralLifecycle } from '@referral/contracts';
import { assert } from '@referral/errors';
import type { Decided } from '@referral/processing';
import { type Journal, post, type Verdict } from './domain/journal.ts';
import { imbalanceOf } from './domain/postings.ts';
import { defectOf } from './domain/reward.ts';
import { entryEvents } from './entry-events.ts';

export type ReferralEvent = CloudEvent<string, ReferralLifecycle>;

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
  const imbalance = imbalanceOf(entry.postings);
  assert(imbalance === undefined, `entry ${entry.entry_id} does not balance: ${imbalance}`);
  return { body, events: entryEvents(body.tenant_id, entry) };
}

/** Times in one spelling, so that they sort. */
function verdictOf({ id, time, data }: ReferralEvent): Verdict {
  const referral = data.converted_at ? { ...data, converted_at: toUtc(data.converted_at) } : data;
  return { referral, eventId: id, time: toUtc(time) };
}

function toUtc(instant: string): string {
  return new Date(instant).toISOString();
}
