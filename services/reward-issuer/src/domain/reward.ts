import { deriveId, type ReferralLifecycle, type Reward, type RewardData, type Side } from '@referral/contracts';

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
    | 'rule'
    | 'type'
    | 'value'
    | 'currency'
    | 'program_version'
  > {
  readonly issued_at: string;
}

const sides: readonly Side[] = ['referrer', 'referee'];

/** Why a conversion cannot be rewarded as it was told; `undefined` when nothing is wrong with it. */
export function defectOf({ status, converted_at, rewards, earnings = [] }: ReferralLifecycle): string | undefined {
  if (status !== 'converted') return undefined;
  if (!converted_at) return 'it converted without a time of conversion';
  if (!rewards) return 'it converted without saying what each side gets';
  if (new Set(earnings.map(({ rule, side }) => `${side} ${rule}`)).size < earnings.length)
    return 'an earning rule gives twice to one side';
  const nameless = sides.find((side) => lacksCurrency(rewards[side]));
  return nameless && `the ${nameless}’s money has no currency`;
}

/** What a referral grants in the state that it tells of: nothing unless it is converted. */
export function rewardsOf(referral: ReferralLifecycle): GrantedReward[] {
  const { tenant_id, referral_id, revision, program_version, converted_at, rewards, earnings = [] } = referral;
  if (referral.status !== 'converted' || !converted_at) return [];
  const common = { referral_id, revision, program_version, issued_at: converted_at };
  const heldBy = (side: Side) => ({
    customer_id: side === 'referrer' ? referral.referrer_customer_id : referral.referee_customer_id,
    side,
  });
  const ofSides = sides.flatMap((side): GrantedReward[] => {
    const reward = rewards?.[side];
    if (!reward || reward.value === 0) return [];
    const reward_id = deriveId('rwd', tenant_id, referral_id, revision, side, 'referral');
    return [{ ...common, ...heldBy(side), ...worthOf(reward), reward_id, kind: 'referral' }];
  });
  const earned = earnings.map(({ rule, side, points }): GrantedReward => {
    const reward_id = deriveId('rwd', tenant_id, referral_id, revision, side, 'earning_rule', rule);
    return { ...common, ...heldBy(side), reward_id, kind: 'earning_rule', rule, type: 'points', value: points };
  });
  return [...ofSides, ...earned];
}

/** What is given, with a currency where that means anything. */
export function worthOf(reward: Reward): Pick<GrantedReward, 'type' | 'value' | 'currency'> {
  const { type, value, currency } = reward;
  return { type, value, ...(isMoney(reward) ? { currency } : {}) };
}

export function lacksCurrency(reward: Reward | null): boolean {
  return reward !== null && isMoney(reward) && !reward.currency;
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

/** One discount per referral and side for ever, whichever revision grants it; one of its own for a milestone’s bonus. */
export function discountIdOf({
  reward_id,
  referral_id,
  side,
  kind,
}: Pick<RewardData, 'reward_id' | 'referral_id' | 'side' | 'kind'>): string {
  return kind === 'milestone' ? deriveId('dsc', reward_id) : deriveId('dsc', referral_id, side);
}

function grantKey({ referral_id, customer_id, side, kind, rule, type, value, currency }: GrantedReward): string {
  return JSON.stringify([referral_id, customer_id, side, kind, rule ?? null, type, value, currency ?? null]);
}

function isMoney({ type }: Pick<GrantedReward, 'type'>): boolean {
  return type === 'credit' || type === 'discount_fixed';
}
