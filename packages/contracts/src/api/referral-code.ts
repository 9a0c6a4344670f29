import { z } from 'zod';
import { rewardType } from '../program.ts';
import { channel, currency, identifier, slug, tenantId } from '../scalars.ts';

/** Request bodies of the referral-code service. */

const timeZones = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC']);

export const createTenantRequest = z.strictObject({
  tenant_id: tenantId.optional(),
  slug,
  name: z.string().trim().min(1).max(200),
  currency,
  time_zone: z.string().refine((zone) => timeZones.has(zone), 'is not a known IANA time zone'),
});

/** `PUT /api/referrals/config`: the short view of the programme. Type and value of a side are both set or both null. */
export const configRequest = z
  .strictObject({
    referral_enabled: z.boolean(),
    referral_reward_type: rewardType.nullable(),
    referral_reward_value: z.number().nonnegative().max(1_000_000_000).nullable(),
    referral_reward_referee_type: rewardType.nullable(),
    referral_reward_referee_value: z.number().nonnegative().max(1_000_000_000).nullable(),
  })
  .refine((body) => (body.referral_reward_type === null) === (body.referral_reward_value === null), {
    path: ['referral_reward_value'],
    message: 'goes with referral_reward_type: both are set, or both are null',
  })
  .refine((body) => (body.referral_reward_referee_type === null) === (body.referral_reward_referee_value === null), {
    path: ['referral_reward_referee_value'],
    message: 'goes with referral_reward_referee_type: both are set, or both are null',
  });

export const validateRequest = z.strictObject({ referral_code: z.string().max(64), tenant_slug: z.string().max(64) });

export const shareRequest = z.strictObject({ channel });

export const promosRequest = z.strictObject({
  data: z
    .array(
      z.strictObject({
        code: identifier,
        type: z.enum(['discount_percent', 'discount_fixed']),
        value: z.number().nonnegative().max(1_000_000_000),
        combinable_with_referral: z.boolean(),
      }),
    )
    .max(500),
});
