import {
  createEvent,
  type ReferralLifecycle,
  type ReferralStatus,
  type Reward,
  referralConverted,
  referralExpired,
  referralId,
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
}

/** A referral of one referee at a revision; converted, with points for one side and percent for the other, unless told otherwise. */
export function referral(told: Told = {}): ReferralLifecycle {
  const { tenant = 'acme', referrer = 'ann', referee = 'bob', revision = 1, status = 'converted' } = told;
  const { referrerReward = points(100), refereeReward = percent(1_000) } = told;
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
  };
}

/** The event that tells of a referral in this state, an hour after it came about. */
export function eventOf(data: ReferralLifecycle) {
  return createEvent(definitionFor(data.status), data, {
    identity: [data.referral_id, data.revision],
    occurredAt: atMinute(60 + data.revision),
  });
}

export function definitionFor(status: ReferralStatus) {
  if (status === 'converted') return referralConverted;
  if (status === 'expired') return referralExpired;
  return status === 'rejected' ? referralRejected : referralReversed;
}

export function atMinute(minute: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
}
