import { type ApiProgram, type ApiReward, apiProgram, toProgramTerms } from '@referral/contracts';
import { type DurationUnit, toDuration, toSeconds } from '../formats.ts';

/** What a number field holds: text while it is empty or being typed. */
type Typed = number | string;

export const noReward = 'none';

export interface RewardDraft {
  readonly type: ApiReward['type'] | typeof noReward;
  readonly value: Typed;
}

/** A programme as the form holds it: everything that can be typed, also where it is no programme yet. */
export interface Draft
  extends Pick<ApiProgram, 'enabled' | 'attribution' | 'new_customers_only' | 'referrer_name_display'> {
  readonly referrer_reward: RewardDraft;
  readonly referee_reward: RewardDraft;
  readonly qualifying_event: { readonly type: ApiProgram['qualifying_event']['type']; readonly minimum_amount: Typed };
  readonly limits: {
    /** Empty: no limit. */
    readonly max_referrals_per_referrer: Typed;
    readonly cooldown: { readonly value: Typed; readonly unit: DurationUnit };
    readonly over_limit: ApiProgram['limits']['over_limit'];
  };
  readonly windows: Readonly<Record<keyof ApiProgram['windows'], Typed>>;
  readonly milestones: readonly { readonly threshold: Typed; readonly bonus: RewardDraft }[];
  readonly earning_rules: readonly {
    readonly name: string;
    readonly beneficiary: 'referrer' | 'referee';
    readonly points: Typed;
  }[];
  readonly nudge_after_hours: readonly string[];
  readonly landing_url: string;
}

export function toDraft(program: ApiProgram): Draft {
  const { limits, qualifying_event, milestones, nudge_after_hours, ...same } = program;
  return {
    ...same,
    referrer_reward: toRewardDraft(program.referrer_reward),
    referee_reward: toRewardDraft(program.referee_reward),
    qualifying_event: { type: qualifying_event.type, minimum_amount: qualifying_event.minimum_amount ?? '' },
    limits: {
      max_referrals_per_referrer: limits.max_referrals_per_referrer ?? '',
      cooldown: toDuration(limits.cooldown_seconds),
      over_limit: limits.over_limit,
    },
    milestones: milestones.map(({ threshold, bonus }) => ({ threshold, bonus: toRewardDraft(bonus) })),
    nudge_after_hours: nudge_after_hours.map(String),
    landing_url: program.landing_url ?? '',
  };
}

/** The programme that the form says, or what is wrong with it: by the API's own rules, under the names of the form's fields. */
export function readDraft(
  draft: Draft,
  currency: string,
): { readonly program: ApiProgram } | { readonly errors: Readonly<Record<string, string>> } {
  const { success, data, error } = apiProgram.safeParse(toCandidate(draft));
  if (!success) {
    return { errors: toFieldErrors(error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))) };
  }
  const terms = toProgramTerms(data, currency);
  return Array.isArray(terms) ? { errors: toFieldErrors(terms) } : { program: data };
}

/** Faults as the API tells them, by the fields that show them; the first of each. */
export function toFieldErrors(
  faults: readonly { readonly path: string; readonly message: string }[],
): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { path, message } of faults) errors[fieldOf(path)] ??= sentence(message);
  return errors;
}

function fieldOf(path: string): string {
  if (path === 'limits.cooldown_seconds') return 'limits.cooldown.value';
  // One field holds them all.
  return path.startsWith('nudge_after_hours.') ? 'nudge_after_hours' : path;
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
}

function toRewardDraft(reward: ApiReward | null | undefined): RewardDraft {
  return reward ? { type: reward.type, value: reward.value } : { type: noReward, value: '' };
}

/** In the form of the API, and as right or wrong as what was typed. */
function toCandidate(draft: Draft): unknown {
  const { limits, qualifying_event: event, windows, milestones, earning_rules, landing_url, ...same } = draft;
  const cooldown = toNumber(limits.cooldown.value);
  return {
    ...same,
    referrer_reward: toReward(draft.referrer_reward) ?? null,
    referee_reward: toReward(draft.referee_reward) ?? null,
    qualifying_event: {
      type: event.type,
      ...(event.type === 'minimum_spend' && { minimum_amount: toNumber(event.minimum_amount) }),
    },
    limits: {
      max_referrals_per_referrer: toNumber(limits.max_referrals_per_referrer) ?? null,
      cooldown_seconds: cooldown === undefined ? undefined : toSeconds(cooldown, limits.cooldown.unit),
      over_limit: limits.over_limit,
    },
    windows: Object.fromEntries(Object.entries(windows).map(([name, days]) => [name, toNumber(days)])),
    milestones: milestones.map(({ threshold, bonus }) => {
      const reward = toReward(bonus);
      return { threshold: toNumber(threshold), ...(reward ? { bonus: reward } : {}) };
    }),
    earning_rules: earning_rules.map((rule) => ({ ...rule, points: toNumber(rule.points) })),
    nudge_after_hours: draft.nudge_after_hours.map(toNumber),
    landing_url: landing_url.trim() === '' ? null : landing_url.trim(),
  };
}

function toReward({ type, value }: RewardDraft): unknown {
  return type === noReward ? undefined : { type, value: toNumber(value) };
}

function toNumber(typed: Typed): number | undefined {
  return String(typed).trim() === '' ? undefined : Number(typed);
}
