import type { Check } from './check.ts';
import { amountsFollowTerms } from './checks/amounts-follow-terms.ts';
import { balancesFollowPostings } from './checks/balances-follow-postings.ts';
import { bothSidesOrAsAgreed } from './checks/both-sides-or-as-agreed.ts';
import { codesAreUnique } from './checks/codes-are-unique.ts';
import { debtsComeFromReversals } from './checks/debts-come-from-reversals.ts';
import { discountEvents } from './checks/discount-events.ts';
import { discountsFollowRewards } from './checks/discounts-follow-rewards.ts';
import { figuresAddUp } from './checks/figures-add-up.ts';
import { figuresFollowReferrals } from './checks/figures-follow-referrals.ts';
import { inputsAreRecorded } from './checks/inputs-are-recorded.ts';
import { journalEntriesBalance } from './checks/journal-entries-balance.ts';
import { ledgerSumsToZero } from './checks/ledger-sums-to-zero.ts';
import { limitsAreRespected } from './checks/limits-are-respected.ts';
import { milestoneEvents } from './checks/milestone-events.ts';
import { nudgeEvents } from './checks/nudge-events.ts';
import { oneReferrerPerReferee } from './checks/one-referrer-per-referee.ts';
import { oneRewardPerSide } from './checks/one-reward-per-side.ts';
import { recordsAreReadable } from './checks/records-are-readable.ts';
import { referralEvents } from './checks/referral-events.ts';
import { reversedAtMostIssued } from './checks/reversed-at-most-issued.ts';
import { rewardEvents } from './checks/reward-events.ts';
import { rewardsAreListed } from './checks/rewards-are-listed.ts';
import { sealsAreIntact } from './checks/seals-are-intact.ts';
import { spendingFollowsOrders } from './checks/spending-follows-orders.ts';
import { totalsFollowBook } from './checks/totals-follow-book.ts';
import { verdictsAreApplied } from './checks/verdicts-are-applied.ts';
import { verdictsFollowFacts } from './checks/verdicts-follow-facts.ts';

/** Every promise that is held against what is stored, in the order in which they are told. */
export const checks: readonly Check[] = [
  recordsAreReadable,
  inputsAreRecorded,
  codesAreUnique,
  oneReferrerPerReferee,
  verdictsFollowFacts,
  verdictsAreApplied,
  limitsAreRespected,
  journalEntriesBalance,
  ledgerSumsToZero,
  sealsAreIntact,
  totalsFollowBook,
  oneRewardPerSide,
  bothSidesOrAsAgreed,
  amountsFollowTerms,
  reversedAtMostIssued,
  rewardsAreListed,
  balancesFollowPostings,
  debtsComeFromReversals,
  discountsFollowRewards,
  spendingFollowsOrders,
  referralEvents,
  rewardEvents,
  milestoneEvents,
  discountEvents,
  nudgeEvents,
  figuresAddUp,
  figuresFollowReferrals,
];
