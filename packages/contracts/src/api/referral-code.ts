import { z } from 'zod';
import { codeAlphabet, codeLength } from '../codes.ts';
import { promoKey } from '../ids.ts';
import { type RewardType, rewardType } from '../program.ts';
import { channel, currency, identifier, slug, tenantId } from '../scalars.ts';
import { apiReward } from './program.ts';

/** What the calls of the referral-code service take and answer. */

const maxValue = 1_000_000_000;
const timeZones = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC']);

export const createTenantRequest = z.strictObject({
  tenant_id: tenantId.optional(),
  slug,
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((name) => !/[\p{Cc}\p{Cs}]/u.test(name), 'must not contain control characters'),
  currency,
  time_zone: z.string().refine((zone) => timeZones.has(zone), 'is not a known IANA time zone'),
});

const settledValue = z.number().nonnegative().max(maxValue).nullable();

const config = {
  referral_enabled: z.boolean(),
  referral_reward_type: rewardType.nullable(),
  referral_reward_value: settledValue,
  referral_reward_referee_type: rewardType.nullable(),
  referral_reward_referee_value: settledValue,
};

/** `PUT /api/referrals/config`: the short view of the programme. Type and value of a side are both set or both null. */
export const configRequest = z
  .strictObject(config)
  .refine((body) => (body.referral_reward_type === null) === (body.referral_reward_value === null), {
    path: ['referral_reward_value'],
    message: 'goes with referral_reward_type: both are set, or both are null',
  })
  .refine((body) => (body.referral_reward_referee_type === null) === (body.referral_reward_referee_value === null), {
    path: ['referral_reward_referee_value'],
    message: 'goes with referral_reward_referee_type: both are set, or both are null',
  })
  .check(({ value: body, issues }) => {
    const sides: [string, RewardType | null, number | null][] = [
      ['referral_reward_value', body.referral_reward_type, body.referral_reward_value],
      ['referral_reward_referee_value', body.referral_reward_referee_type, body.referral_reward_referee_value],
    ];
    for (const [path, type, value] of sides) {
      if (type === null || value === null) continue;
      for (const { message } of apiReward.safeParse({ type, value }).error?.issues ?? []) {
        issues.push({ code: 'custom', path: [path], message, input: value });
      }
    }
  });

export const validateRequest = z.strictObject({ referral_code: z.string().max(64), tenant_slug: z.string().max(64) });

export const shareRequest = z.strictObject({ channel });

export const idempotencyKey = z.string().min(1).max(128).optional();

const promo = z.strictObject({
  code: identifier,
  type: z.enum(['discount_percent', 'discount_fixed']),
  value: z.number().nonnegative().max(maxValue),
  combinable_with_referral: z.boolean(),
});

/** `PUT /api/referrals/promos`: the whole list. */
export const promosRequest = z.strictObject({ data: z.array(promo).max(500) }).check(({ value: { data }, issues }) => {
  const seen = new Set<string>();
  for (const [index, { type, value, code }] of data.entries()) {
    for (const { message } of apiReward.safeParse({ type, value }).error?.issues ?? []) {
      issues.push({ code: 'custom', path: ['data', index, 'value'], message, input: value });
    }
    const key = promoKey(code);
    if (seen.has(key)) {
      issues.push({ code: 'custom', path: ['data', index, 'code'], message: 'stands there twice', input: code });
    }
    seen.add(key);
  }
});

export const tenantAnswer = z.object({ tenant_id: tenantId, slug, name: z.string(), currency, time_zone: z.string() });

/** What pages for people who are nobody's customer yet have to know of a tenant. */
export const publicTenantAnswer = tenantAnswer.pick({ slug: true, name: true, currency: true });

/** Exactly these fields, for ever: the product documents print them. */
export const configAnswer = z.strictObject(config);

export const promosAnswer = z.object({ data: z.array(promo) });

const wellFormedCode = z.string().regex(new RegExp(`^[${codeAlphabet}]{${codeLength}}$`));

/** Exactly these fields, for ever. */
export const myCodeAnswer = z.strictObject({
  referral_code: wellFormedCode,
  referral_count: z.int().nonnegative().meta({ description: 'Referrals that are converted and not reversed.' }),
  referral_enabled: z.boolean(),
  referrer_reward_type: rewardType.nullable(),
  referrer_reward_value: z.number().nullable(),
  referee_reward_type: rewardType.nullable(),
  referee_reward_value: z.number().nullable(),
  enrollment_slug: slug,
});

export const shareAnswer = z.object({
  link: z.url(),
  share_url: z.string().meta({ description: 'Opens the channel’s own form with the link in it.' }),
});

/** Exactly these fields, for ever. Whatever is wrong with a code, the answer is the same. */
export const validateAnswer = z.union([
  z.strictObject({
    valid: z.literal(true),
    referrer_name: z.string().nullable().meta({ description: 'As much of it as the tenant shows.' }),
    referee_reward_type: rewardType.nullable(),
    referee_reward_value: z.number().nullable(),
  }),
  z.strictObject({ valid: z.literal(false) }),
]);
