import * as analytics from './records/analytics.ts';
import * as attribution from './records/attribution.ts';
import * as referralCode from './records/referral-code.ts';
import * as rewardIssuer from './records/reward-issuer.ts';
import type { Source } from './records/source.ts';

/** Every collection that the audit reads. */
export const sources: readonly Source<unknown>[] = [
  attribution.inputs,
  attribution.deadLetters,
  attribution.referees,
  attribution.referrals,
  attribution.referrers,
  attribution.knownCodes,
  attribution.programs,
  referralCode.codes,
  referralCode.successFolds,
  referralCode.successFacts,
  ...referralCode.outboxes,
  rewardIssuer.journals,
  rewardIssuer.milestones,
  rewardIssuer.accounts,
  rewardIssuer.postings,
  rewardIssuer.rewards,
  rewardIssuer.book,
  rewardIssuer.seals,
  rewardIssuer.discounts,
  rewardIssuer.spending,
  rewardIssuer.orders,
  ...rewardIssuer.outboxes,
  analytics.figures,
  analytics.facts,
];
