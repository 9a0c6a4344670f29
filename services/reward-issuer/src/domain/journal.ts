import { deriveId, type ReferralLifecycle } from '@referral/contracts';
import { type Posting, postingsFor } from './postings.ts';
import { type GrantedReward, isSameGrant, rewardsOf } from './reward.ts';

/** Everything that was ever posted because of one referee, and what is granted now. */
export interface Journal {
  readonly tenant_id: string;
  readonly referee_customer_id: string;
  /** The newest that was seen, also when it posted nothing. */
  readonly revision: number;
  readonly granted: readonly GrantedReward[];
  /** Only ever added to; at most one per revision. */
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly entry_id: string;
  readonly revision: number;
  /** The referral that is rewarded or loses its rewards, or that reached the milestone. */
  readonly referral_id: string;
  readonly at: string;
  /** The event that brought it about. */
  readonly cause: string;
  readonly issued: readonly GrantedReward[];
  readonly reversed: readonly GrantedReward[];
  readonly postings: readonly Posting[];
}

/** The state of a referral, as an event told it. */
export interface Verdict {
  readonly referral: ReferralLifecycle;
  readonly eventId: string;
  readonly time: string;
}

/**
 * Posts the difference between what is granted and what the verdict grants, as one entry. The newest revision wins: an
 * older or equal one changes nothing, so the order of arrival does not matter.
 */
export function post(journal: Journal | undefined, verdict: Verdict): Journal {
  const { tenant_id, referee_customer_id, revision } = verdict.referral;
  if (journal && revision <= journal.revision) return journal;
  const standing = journal?.granted ?? [];
  const due = rewardsOf(verdict.referral);
  const kept = standing.filter((reward) => due.some((other) => isSameGrant(reward, other)));
  const reversed = standing.filter((reward) => !kept.includes(reward));
  const issued = due.filter((reward) => !kept.some((other) => isSameGrant(reward, other)));
  const entries = journal?.entries ?? [];
  return {
    tenant_id,
    referee_customer_id,
    revision,
    granted: [...kept, ...issued],
    entries: issued.length + reversed.length === 0 ? entries : [...entries, entryOf(verdict, issued, reversed)],
  };
}

function entryOf(
  { referral, eventId, time }: Verdict,
  issued: readonly GrantedReward[],
  reversed: readonly GrantedReward[],
): Entry {
  const entry_id = deriveId('jen', referral.tenant_id, referral.referee_customer_id, referral.revision);
  return {
    entry_id,
    revision: referral.revision,
    referral_id: referral.referral_id,
    at: reversed.length > 0 ? time : (referral.converted_at ?? time),
    cause: eventId,
    issued,
    reversed,
    postings: postingsFor(entry_id, issued, reversed),
  };
}
