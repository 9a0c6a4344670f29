import {
  createEvent,
  type DataOf,
  type Earning,
  type ReferralLifecycle,
  type ReferralStatus,
  type Reward,
  referralAttributed,
  referralConverted,
  referralExpired,
  referralId,
  referralMilestoneReached,
  referralRejected,
  referralReversed,
} from '@referral/contracts';

export const points = (value: number): Reward => ({ type: 'points', value });
export const credit = (value: number, currency = 'USD'): Reward => ({ type: 'credit', value, currency });
export const percent = (value: number): Reward => ({ type: 'discount_percent', value });
export const fixed = (value: number, currency = 'USD'): Reward => ({ type: 'discount_fixed', value, currency });

interface Told {
  readonly tenant?: string;
  readonly referrer?: string;
  readonly referee?: string;
  readonly revision?: number;
  readonly status?: ReferralStatus;
  readonly referrerReward?: Reward | null;
  readonly refereeReward?: Reward | null;
  readonly earnings?: Earning[];
}

/** A referral of one referee at a revision; converted, with points for one side and percent for the other, unless told otherwise. */
export function referral(told: Told = {}): ReferralLifecycle {
  const { tenant = 'acme', referrer = 'ann', referee = 'bob', revision = 1, status = 'converted' } = told;
  const { referrerReward = points(100), refereeReward = percent(1_000), earnings } = told;
  const hasConverted = status === 'converted' || status === 'reversed';
  return {
    tenant_id: tenant,
    referral_id: referralId(tenant, referrer, referee),
    revision,
    status,
    referrer_customer_id: referrer,
    referee_customer_id: referee,
    code: 'ABCDEFGH',
    channel: 'link',
    program_version: 1,
    attributed_at: atMinute(0),
    decision_id: `dec_${revision}`,
    referrer_ordinal: hasConverted ? 1 : null,
    ...(hasConverted
      ? { converted_at: atMinute(revision), rewards: { referrer: referrerReward, referee: refereeReward } }
      : {}),
    ...(hasConverted && earnings ? { earnings } : {}),
  };
}

type MilestoneReached = DataOf<typeof referralMilestoneReached>;

/** Ann's tenth conversion, which brings her points unless told otherwise. */
export function milestone(told: Partial<MilestoneReached> = {}): MilestoneReached {
  return {
    tenant_id: 'acme',
    referrer_customer_id: 'ann',
    threshold: 10,
    referrer_ordinal: 10,
    referral_id: referralId('acme', 'ann', 'bob'),
    bonus: points(500),
    ...told,
  };
}

/** The event that tells of a milestone, at the minute of its threshold. */
export function milestoneEventOf(data: MilestoneReached) {
  return createEvent(referralMilestoneReached, data, {
    identity: [data.referrer_customer_id, data.threshold],
    occurredAt: atMinute(data.threshold),
  });
}

/** The event that tells of a referral in this state, an hour after it came about. */
export function eventOf(data: ReferralLifecycle) {
  return createEvent(definitionFor(data.status), data, {
    identity: [data.referral_id, data.revision],
    occurredAt: atMinute(60 + data.revision),
  });
}

export function definitionFor(status: ReferralStatus) {
  if (status === 'attributed') return referralAttributed;
  if (status === 'converted') return referralConverted;
  if (status === 'expired') return referralExpired;
  return status === 'rejected' ? referralRejected : referralReversed;
}

export function atMinute(minute: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
}
