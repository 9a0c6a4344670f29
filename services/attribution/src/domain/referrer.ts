import type { Limits } from '@referral/contracts';
import type { Verdict } from './verdict.ts';

/** The slots of one referrer: how many conversions counted, when the latest did, which milestones were reached. */
export interface ReferrerBody {
  readonly tenant_id: string;
  readonly referrer_customer_id: string;
  readonly counted: number;
  /** Ordinals given back by withdrawn referrals, smallest first. */
  readonly freed: readonly number[];
  /** Of the latest conversion that counted, in milliseconds; absent before the first. */
  readonly last_counted_at?: number;
  /** Each threshold once ever, whatever became of the referral that reached it. */
  readonly milestones_reached: readonly MilestoneReached[];
  /** Answers that the referral's own document may not hold yet. */
  readonly absorbed: readonly Answered[];
}

/** What a referral was told by its referrer's limits: once, and for ever unless it is withdrawn. */
export interface Slot {
  /** The referrer's n-th conversion; null when it is over a limit and takes no part in counting. */
  readonly ordinal: number | null;
  readonly over_limit?: {
    readonly limit: 'max_referrals_per_referrer' | 'cooldown_seconds';
    readonly effect: Limits['over_limit'];
  };
  /** The values that the limits were compared with. */
  readonly because: Readonly<Record<string, unknown>>;
}

type Milestone = Verdict['terms']['milestones'][number];

export interface MilestoneReached extends Milestone {
  readonly referral_id: string;
  readonly program_version: number;
  readonly referrer_ordinal: number;
  /** RFC 3339. */
  readonly reached_at: string;
}

interface Answered {
  readonly referral_id: string;
  /** Of the verdict that was answered. */
  readonly revision: number;
  /** Null: it holds none, or gave it back. */
  readonly slot: Slot | null;
}

export function newReferrer(tenantId: string, referrerId: string): ReferrerBody {
  return {
    tenant_id: tenantId,
    referrer_customer_id: referrerId,
    counted: 0,
    freed: [],
    milestones_reached: [],
    absorbed: [],
  };
}

/** A conversion asks for its slot, in the order in which conversions reach the referrer. */
export function takeSlot(referrer: ReferrerBody, verdict: Verdict): { referrer: ReferrerBody; slot: Slot } {
  const { limits, milestones } = verdict.terms;
  const reached_at = verdict.converted_at ?? verdict.attributed_at;
  const convertedAt = Date.parse(reached_at);
  const rewarded = referrer.counted - referrer.freed.length;
  const sinceLastSeconds =
    referrer.last_counted_at === undefined ? null : Math.abs(convertedAt - referrer.last_counted_at) / 1000;
  const because = { limits, conversions_counted: rewarded, seconds_since_last: sinceLastSeconds };
  const exceeded = exceededLimit(limits, rewarded, sinceLastSeconds);
  if (exceeded) {
    const slot: Slot = { ordinal: null, over_limit: { limit: exceeded, effect: limits.over_limit }, because };
    return { referrer: keepSlot(referrer, verdict, slot), slot };
  }
  const [reused, ...freed] = referrer.freed;
  const ordinal = reused ?? referrer.counted + 1;
  const isNew = ({ threshold }: Milestone) =>
    !referrer.milestones_reached.some((known) => known.threshold === threshold);
  const reached = milestones
    .filter((milestone) => milestone.threshold === ordinal && isNew(milestone))
    .map((milestone) => ({
      ...milestone,
      referral_id: verdict.referral_id,
      program_version: verdict.program_version,
      referrer_ordinal: ordinal,
      reached_at,
    }));
  const slot: Slot = { ordinal, because };
  const counted: ReferrerBody = {
    ...referrer,
    counted: reused === undefined ? referrer.counted + 1 : referrer.counted,
    freed,
    last_counted_at: Math.max(convertedAt, referrer.last_counted_at ?? convertedAt),
    milestones_reached: [...referrer.milestones_reached, ...reached],
  };
  return { referrer: keepSlot(counted, verdict, slot), slot };
}

/** A withdrawn referral gives its ordinal to the next conversion. */
export function giveBackSlot(referrer: ReferrerBody, verdict: Verdict, slot: Slot): ReferrerBody {
  const freed = slot.ordinal === null ? referrer.freed : [...referrer.freed, slot.ordinal].sort((a, b) => a - b);
  return keepSlot({ ...referrer, freed }, verdict, null);
}

/** Notes what a verdict was answered, so that no older verdict on the same referral changes it. */
export function keepSlot(referrer: ReferrerBody, { referral_id, revision }: Verdict, slot: Slot | null): ReferrerBody {
  const others = referrer.absorbed.filter((answer) => answer.referral_id !== referral_id);
  return { ...referrer, absorbed: [...others, { referral_id, revision, slot }] };
}

function exceededLimit(limits: Limits, rewarded: number, sinceLastSeconds: number | null) {
  if (limits.max_referrals_per_referrer !== null && rewarded >= limits.max_referrals_per_referrer) {
    return 'max_referrals_per_referrer';
  }
  if (sinceLastSeconds !== null && sinceLastSeconds < limits.cooldown_seconds) return 'cooldown_seconds';
  return undefined;
}
