import { type DataOf, deriveId, type referralMilestoneReached } from '@referral/contracts';
import type { Entry } from './journal.ts';
import { postingsFor } from './postings.ts';
import { type GrantedReward, lacksCurrency, worthOf } from './reward.ts';

type MilestoneReached = DataOf<typeof referralMilestoneReached>;

/** The one entry that a referrer's milestone brought. Nothing takes it back. */
export interface MilestoneJournal {
  readonly tenant_id: string;
  readonly referrer_customer_id: string;
  readonly threshold: number;
  readonly entry: Entry;
}

/** A milestone, as an event told it. */
export interface Achievement {
  readonly milestone: MilestoneReached;
  readonly eventId: string;
  readonly time: string;
}

/** A threshold has one entry for ever, which is its journal's id too. */
export function milestoneEntryId({ tenant_id, referrer_customer_id, threshold }: MilestoneReached): string {
  return deriveId('jen', tenant_id, referrer_customer_id, 'milestone', threshold);
}

/** Why a bonus cannot be given as it was told; `undefined` when nothing is wrong with it. */
export function bonusDefectOf({ bonus }: MilestoneReached): string | undefined {
  return lacksCurrency(bonus ?? null) ? 'its money has no currency' : undefined;
}

/** Gives a milestone's bonus once: what has been posted stands, whatever is told later. `undefined` when there is none to give. */
export function postBonus(
  journal: MilestoneJournal | undefined,
  { milestone, eventId, time }: Achievement,
): MilestoneJournal | undefined {
  const { tenant_id, referrer_customer_id, threshold, referral_id } = milestone;
  const reward = bonusOf(milestone, time);
  if (journal || !reward) return journal;
  const entry_id = milestoneEntryId(milestone);
  const entry: Entry = {
    entry_id,
    revision: onlyRevision,
    referral_id,
    at: time,
    cause: eventId,
    issued: [reward],
    reversed: [],
    postings: postingsFor(entry_id, [reward], []),
  };
  return { tenant_id, referrer_customer_id, threshold, entry };
}

/** A bonus is never given anew. */
const onlyRevision = 1;

/** Where the event does not say which version of the programme promised the bonus: every tenant has this one. */
const firstProgramVersion = 1;

function bonusOf(
  { tenant_id, referrer_customer_id, threshold, referral_id, bonus, program_version }: MilestoneReached,
  issued_at: string,
): GrantedReward | undefined {
  if (!bonus || bonus.value === 0) return undefined;
  return {
    reward_id: deriveId('rwd', tenant_id, referrer_customer_id, 'milestone', threshold),
    referral_id,
    revision: onlyRevision,
    customer_id: referrer_customer_id,
    side: 'referrer',
    kind: 'milestone',
    ...worthOf(bonus),
    program_version: program_version ?? firstProgramVersion,
    issued_at,
  };
}
