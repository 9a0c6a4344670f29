import { deriveId, type ReferralLifecycle, type RewardData, type Side } from '@referral/contracts';

/** A reward that one side holds. It keeps the id and the time of the conversion that gave it. */
export interface GrantedReward
  extends Pick<
    RewardData,
    | 'reward_id'
    | 'referral_id'
    | 'revision'
    | 'customer_id'
    | 'side'
    | 'kind'
    | 'type'
    | 'value'
    | 'currency'
    | 'program_version'
  > {
  readonly issued_at: string;
}

const sides: readonly Side[] = ['referrer', 'referee'];

/** Why a conversion cannot be rewarded as it was told; `undefined` when nothing is wrong with it. */
export function defectOf(referral: ReferralLifecycle): string | undefined {
  if (referral.status !== 'converted') return undefined;
  if (!referral.converted_at) return 'it converted without a time of conversion';
  if (!referral.rewards) return 'it converted without saying what each side gets';
  const nameless = sides.find((side) => isMoney(referral.rewards?.[side]) && !referral.rewards?.[side]?.currency);
  return nameless && `the ${nameless}’s money has no currency`;
}

/** What a referral grants in the state that it tells of: nothing unless it is converted. */
export function rewardsOf(referral: ReferralLifecycle): GrantedReward[] {
  const { tenant_id, referral_id, revision, program_version, converted_at, rewards } = referral;
  if (referral.status !== 'converted' || !converted_at) return [];
  return sides.flatMap((side): GrantedReward[] => {
    const reward = rewards?.[side];
    if (!reward || reward.value === 0) return [];
    return [
      {
        reward_id: deriveId('rwd', tenant_id, referral_id, revision, side, 'referral'),
        referral_id,
        revision,
        customer_id: side === 'referrer' ? referral.referrer_customer_id : referral.referee_customer_id,
        side,
        kind: 'referral',
        type: reward.type,
        value: reward.value,
        ...(isMoney(reward) ? { currency: reward.currency } : {}),
        program_version,
        issued_at: converted_at,
      },
    ];
  });
}

/** Whether two rewards give the same thing to the same side of the same referral, at whatever revision. */
export function isSameGrant(one: GrantedReward, other: GrantedReward): boolean {
  return grantKey(one) === grantKey(other);
}

export function isDiscount<R extends Pick<GrantedReward, 'type'>>(
  reward: R,
): reward is R & { type: 'discount_percent' | 'discount_fixed' } {
  return reward.type === 'discount_percent' || reward.type === 'discount_fixed';
}

export function discountId(rewardId: string): string {
  return deriveId('dsc', rewardId);
}

function grantKey({ referral_id, customer_id, side, kind, type, value, currency }: GrantedReward): string {
  return JSON.stringify([referral_id, customer_id, side, kind, type, value, currency ?? null]);
}

function isMoney(reward: Pick<GrantedReward, 'type'> | null | undefined): boolean {
  return reward?.type === 'credit' || reward?.type === 'discount_fixed';
}
