import type { Earning, ProgramTerms, ReferralLifecycle, ReferralStatus, Rewards } from '@referral/contracts';
import { toInstant } from './facts.ts';
import type { Slot } from './referrer.ts';
import { conversionEndsAt } from './standing.ts';
import type { Decision, Verdict } from './verdict.ts';

/** One referral: the newest verdict on it, and its slot. */
export interface ReferralBody {
  readonly tenant_id: string;
  readonly verdict: Verdict;
  /** After the limits: `rejected` where the verdict says converted and the limit says neither. */
  readonly status: ReferralStatus;
  /** Kept through reversal and re-conversion, given back when withdrawn. */
  readonly slot: Slot | null;
  /** Whether it has ever been told as converted. */
  readonly has_converted: boolean;
  /** When what decided the newest verdict occurred. RFC 3339. */
  readonly decided_at: string;
  /** Of the pinned programme version. */
  readonly terms: ReferralTerms;
  /** `attributed_at`; absent once withdrawn, so that lists pass it over. */
  readonly listed_at?: string;
}

type ReferralTerms = Pick<ProgramTerms, 'qualifying_event' | 'earning_rules' | 'windows'>;

/** Whether this verdict needs a slot of its referrer before it can be told. */
export function wantsSlot(verdict: Verdict, slot: Slot | null): boolean {
  return verdict.status === 'converted' && slot === null;
}

export function applyVerdict(
  before: ReferralBody | undefined,
  {
    verdict,
    decidedAt,
    terms,
  }: { readonly verdict: Verdict; readonly decidedAt: string; readonly terms: ProgramTerms },
  slot: Slot | null,
): ReferralBody {
  const { qualifying_event, earning_rules, windows } = terms;
  const status = verdict.status === 'converted' && slot?.over_limit?.effect === 'neither' ? 'rejected' : verdict.status;
  return {
    tenant_id: verdict.tenant_id,
    verdict,
    status,
    slot,
    has_converted: before?.has_converted === true || status === 'converted',
    decided_at: decidedAt,
    terms: { qualifying_event, earning_rules, windows },
    ...(status === 'withdrawn' ? {} : { listed_at: verdict.attributed_at }),
  };
}

type LifecycleType =
  | 'referral_attributed'
  | 'referral_converted'
  | 'referral_rejected'
  | 'referral_expired'
  | 'referral_reversed';

export interface Told {
  readonly type: LifecycleType;
  readonly data: ReferralLifecycle;
  /** When it happened, RFC 3339. */
  readonly at: string;
}

/** Everything the referral says now: that it was attributed, and what it is. Saying it again is a repeat. */
export function tells(referral: ReferralBody): Told[] {
  const attributed: Told = {
    type: 'referral_attributed',
    data: attributedState(referral),
    at: referral.verdict.attributed_at,
  };
  const { status, has_converted } = referral;
  if (status === 'attributed' && !has_converted) return [attributed];
  return [attributed, { type: typeOf(status, has_converted), data: currentState(referral), at: referral.decided_at }];
}

function typeOf(status: ReferralStatus, hasConverted: boolean): LifecycleType {
  switch (status) {
    case 'converted':
      return 'referral_converted';
    case 'expired':
      return 'referral_expired';
    case 'rejected':
      return 'referral_rejected';
    case 'withdrawn':
      return hasConverted ? 'referral_reversed' : 'referral_rejected';
    case 'attributed':
    case 'reversed':
      return 'referral_reversed';
  }
}

function attributedState(referral: ReferralBody): ReferralLifecycle {
  const { verdict } = referral;
  const { terms: _, attributed_revision, attributed_decision_id, attributed_cause, ...state } = verdict;
  const { converted_at: __, qualifying: ___, reason: ____, cause: _____, ...attributed } = state;
  return {
    ...attributed,
    revision: attributed_revision,
    status: 'attributed',
    decision_id: attributed_decision_id,
    ...(attributed_cause === undefined ? {} : { cause: attributed_cause }),
    referrer_ordinal: null,
    promise: promiseOf(referral),
  };
}

/** What the referee gets for what, and until when. */
function promiseOf({ verdict, terms }: ReferralBody): NonNullable<ReferralLifecycle['promise']> {
  return {
    qualifying_event: terms.qualifying_event,
    referee_reward: verdict.terms.rewards.referee,
    conversion_ends_at: toInstant(conversionEndsAt(Date.parse(verdict.attributed_at), terms)),
  };
}

/** What both sides get while the referral is converted; a referrer over a limit gets nothing. */
export function grantedRewards({ verdict, status, slot }: ReferralBody): Rewards | undefined {
  if (status !== 'converted') return undefined;
  return { ...verdict.terms.rewards, ...(slot?.over_limit ? { referrer: null } : {}) };
}

/** What the earning rules give beside the rewards; the referrer's only within the limits, as the reward. */
function grantedEarnings({ status, slot, terms }: ReferralBody): Earning[] {
  if (status !== 'converted') return [];
  return terms.earning_rules
    .filter(({ beneficiary }) => beneficiary === 'referee' || !slot?.over_limit)
    .map(({ name, beneficiary, points }) => ({ rule: name, side: beneficiary, points }));
}

function currentState(referral: ReferralBody): ReferralLifecycle {
  const { verdict, status, slot } = referral;
  const { terms: ____, attributed_revision: _, attributed_decision_id: __, attributed_cause: ___, ...state } = verdict;
  const overLimit = slot?.over_limit;
  const rewards = grantedRewards(referral);
  const earnings = grantedEarnings(referral);
  return {
    ...state,
    status,
    referrer_ordinal: slot?.ordinal ?? null,
    ...(rewards ? { rewards } : {}),
    ...(earnings.length > 0 ? { earnings } : {}),
    ...(status === 'attributed' ? { promise: promiseOf(referral) } : {}),
    ...(status === 'rejected' && overLimit ? { reason: overLimit.limit } : {}),
  };
}

/** The decision that the referrer's limits made, in the form of the referee's own decisions. */
export function limitDecision({ verdict, slot }: ReferralBody): Decision | undefined {
  if (!slot) return undefined;
  const { limit, effect } = slot.over_limit ?? {};
  return {
    id: `${verdict.decision_id}_limits`,
    at: verdict.converted_at ?? verdict.attributed_at,
    outcome: limit ? `over_limit_${effect}` : 'counted',
    rule: limit ?? 'limits',
    reason: limit ?? 'within_limits',
    because: { ...slot.because, referrer_ordinal: slot.ordinal },
    event_id: verdict.cause ?? '',
  };
}
