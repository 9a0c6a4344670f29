import type { ApiProgram, ApiReward, RewardType } from '@referral/contracts';

/** The programme as the short settings call tells it. */
interface ProgramConfig {
  readonly referral_enabled: boolean;
  readonly referral_reward_type: RewardType | null;
  readonly referral_reward_value: number | null;
  readonly referral_reward_referee_type: RewardType | null;
  readonly referral_reward_referee_value: number | null;
}

export function toConfig({ enabled, referrer_reward, referee_reward }: ApiProgram): ProgramConfig {
  return {
    referral_enabled: enabled,
    referral_reward_type: referrer_reward?.type ?? null,
    referral_reward_value: referrer_reward?.value ?? null,
    referral_reward_referee_type: referee_reward?.type ?? null,
    referral_reward_referee_value: referee_reward?.value ?? null,
  };
}

/** The programme with these five settings, and all others as they were. */
export function withConfig(program: ApiProgram, config: ProgramConfig): ApiProgram {
  return {
    ...program,
    enabled: config.referral_enabled,
    referrer_reward: toReward(config.referral_reward_type, config.referral_reward_value),
    referee_reward: toReward(config.referral_reward_referee_type, config.referral_reward_referee_value),
  };
}

function toReward(type: RewardType | null, value: number | null): ApiReward | null {
  return type === null || value === null ? null : { type, value };
}

const configPaths: Readonly<Record<string, string>> = {
  'referrer_reward.value': 'referral_reward_value',
  'referee_reward.value': 'referral_reward_referee_value',
};

/** Where a fault of the programme stands in the short form. */
export function configPath(programPath: string): string {
  return configPaths[programPath] ?? programPath;
}

/** What a customer sees of the programme. */
export function toOffer({ enabled, referrer_reward, referee_reward }: ApiProgram) {
  return {
    referral_enabled: enabled,
    referrer_reward_type: referrer_reward?.type ?? null,
    referrer_reward_value: referrer_reward?.value ?? null,
    referee_reward_type: referee_reward?.type ?? null,
    referee_reward_value: referee_reward?.value ?? null,
  };
}
