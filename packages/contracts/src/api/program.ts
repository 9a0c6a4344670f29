import { z } from 'zod';
import {
  attributionModel,
  earningRule,
  limits,
  milestoneThreshold,
  nudgeAfterHours,
  type ProgramTerms,
  qualifyingEventTypes,
  type Reward,
  type RewardType,
  referrerNameDisplay,
  rewardType,
  windows,
} from '../program.ts';
import { currencyDigits, fromScaledInteger, toScaledInteger } from '../scalars.ts';

/** The programme as admins read and write it: money in major units (20 is $20), percent as percent. */

const percentDigits = 2;
const maxValue = 1_000_000_000;

const rewardValue = z.number().nonnegative().max(maxValue);

export const apiReward = z
  .strictObject({ type: rewardType, value: rewardValue })
  .refine(({ type, value }) => type !== 'discount_percent' || value <= 100, {
    path: ['value'],
    message: 'must be a percentage between 0 and 100',
  })
  .refine(({ type, value }) => type !== 'points' || Number.isInteger(value), {
    path: ['value'],
    message: 'must be a whole number of points',
  });
export type ApiReward = z.infer<typeof apiReward>;

const qualifyingEvent = z
  .strictObject({ type: z.enum(qualifyingEventTypes), minimum_amount: z.number().positive().max(maxValue).optional() })
  .refine(({ type, minimum_amount }) => (type === 'minimum_spend') === (minimum_amount !== undefined), {
    path: ['minimum_amount'],
    message: 'goes with minimum_spend, and only with it',
  });

const landingUrl = z.url({ protocol: /^https?$/, message: 'must be an http or https address' }).max(2_048);

/** Body of `PUT /api/referrals/program` and of its answer. */
export const apiProgram = z.strictObject({
  enabled: z.boolean(),
  referrer_reward: apiReward.nullable(),
  referee_reward: apiReward.nullable(),
  qualifying_event: qualifyingEvent,
  limits: z.strictObject(limits.shape),
  windows: z.strictObject(windows.shape),
  attribution: z.strictObject({ model: attributionModel }),
  new_customers_only: z.boolean(),
  milestones: z
    .array(z.strictObject({ threshold: milestoneThreshold, bonus: apiReward.optional() }))
    .max(50)
    .refine((milestones) => milestones.every((m, i) => i === 0 || m.threshold > (milestones[i - 1]?.threshold ?? 0)), {
      message: 'thresholds must rise',
    }),
  earning_rules: z
    .array(z.strictObject(earningRule.shape))
    .max(20)
    .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, { message: 'names must differ' }),
  nudge_after_hours: nudgeAfterHours.refine((hours) => hours.every((h, i) => i === 0 || h > (hours[i - 1] ?? 0)), {
    message: 'hours must rise',
  }),
  landing_url: landingUrl.nullable(),
  referrer_name_display: referrerNameDisplay,
});
export type ApiProgram = z.infer<typeof apiProgram>;

/** What holds for a tenant that has never saved a programme, apart from being off. */
export const defaultProgram: ApiProgram = {
  enabled: false,
  referrer_reward: null,
  referee_reward: null,
  qualifying_event: { type: 'signup' },
  limits: { max_referrals_per_referrer: null, cooldown_seconds: 0, over_limit: 'referee_only' },
  windows: { attribution_days: 90, conversion_days: 90, reversal_days: 30 },
  attribution: { model: 'last_touch' },
  new_customers_only: true,
  milestones: [{ threshold: 10 }],
  earning_rules: [],
  nudge_after_hours: [],
  landing_url: null,
  referrer_name_display: 'full',
};

/** An amount that the tenant's currency cannot hold: too many decimals, or too large to count exactly. */
export interface InexactAmount {
  readonly path: string;
  readonly message: string;
}

/** Digits by which a reward's `value` is scaled in events: cents for money, basis points for percent. */
function digitsOf(type: RewardType, currency: string | undefined): number {
  if (type === 'discount_percent') return percentDigits;
  return type === 'points' || currency === undefined ? 0 : currencyDigits(currency);
}

/** A reward of an event as the API shows it: its money in major units of the currency that it carries. */
export function toApiReward({ type, value, currency }: Pick<Reward, 'type' | 'value' | 'currency'>): ApiReward {
  return { type, value: fromScaledInteger(value, digitsOf(type, currency)) };
}

/** @returns the programme in minor units of `currency`, or every amount that cannot be told exactly in them */
export function toProgramTerms(program: ApiProgram, currency: string): ProgramTerms | InexactAmount[] {
  const inexact: InexactAmount[] = [];
  const scaled = (path: string, value: number, digits: number): number => {
    const integer = toScaledInteger(value, digits);
    if (integer === undefined) inexact.push({ path, message: `must have at most ${digits} decimals` });
    return integer ?? 0;
  };
  const toReward = (path: string, { type, value }: ApiReward): Reward => ({
    type,
    value: scaled(`${path}.value`, value, digitsOf(type, currency)),
    ...(type === 'credit' || type === 'discount_fixed' ? { currency } : {}),
  });
  const { referrer_reward, referee_reward, qualifying_event, milestones, ...same } = program;
  const terms: ProgramTerms = {
    ...same,
    referrer_reward: referrer_reward && toReward('referrer_reward', referrer_reward),
    referee_reward: referee_reward && toReward('referee_reward', referee_reward),
    qualifying_event: {
      type: qualifying_event.type,
      ...(qualifying_event.minimum_amount === undefined
        ? {}
        : {
            minimum_amount: scaled(
              'qualifying_event.minimum_amount',
              qualifying_event.minimum_amount,
              currencyDigits(currency),
            ),
            currency,
          }),
    },
    milestones: milestones.map(({ threshold, bonus }, index) => ({
      threshold,
      ...(bonus ? { bonus: toReward(`milestones.${index}.bonus`, bonus) } : {}),
    })),
  };
  return inexact.length > 0 ? inexact : terms;
}

/** The reverse of `toProgramTerms`. */
export function toApiProgram(terms: ProgramTerms, currency: string): ApiProgram {
  const { referrer_reward, referee_reward, qualifying_event, milestones, ...same } = terms;
  return {
    ...same,
    referrer_reward: referrer_reward && toApiReward(referrer_reward),
    referee_reward: referee_reward && toApiReward(referee_reward),
    qualifying_event: {
      type: qualifying_event.type,
      ...(qualifying_event.minimum_amount === undefined
        ? {}
        : { minimum_amount: fromScaledInteger(qualifying_event.minimum_amount, currencyDigits(currency)) }),
    },
    milestones: milestones.map(({ threshold, bonus }) => ({
      threshold,
      ...(bonus ? { bonus: toApiReward(bonus) } : {}),
    })),
  };
}
