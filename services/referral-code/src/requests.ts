import {
  apiReward,
  createTenantRequest,
  configRequest as documentedConfig,
  promosRequest as documentedPromos,
  type RewardType,
} from '@referral/contracts';
import { z } from 'zod';
import type { Precondition } from './domain/program.ts';
import { promoKey } from './domain/promos.ts';

/** The documented bodies with what a schema of single fields cannot say. */

export const tenantRequest = createTenantRequest.refine(({ name }) => !/[\p{Cc}\p{Cs}]/u.test(name), {
  path: ['name'],
  message: 'must not contain control characters',
});

export const configRequest = documentedConfig.check(({ value: config, issues }) => {
  const sides: [string, RewardType | null, number | null][] = [
    ['referral_reward_value', config.referral_reward_type, config.referral_reward_value],
    ['referral_reward_referee_value', config.referral_reward_referee_type, config.referral_reward_referee_value],
  ];
  for (const [path, type, value] of sides) {
    if (type === null || value === null) continue;
    for (const { message } of apiReward.safeParse({ type, value }).error?.issues ?? []) {
      issues.push({ code: 'custom', path: [path], message, input: value });
    }
  }
});

export const promosRequest = documentedPromos.check(({ value: { data }, issues }) => {
  const seen = new Set<string>();
  for (const [index, promo] of data.entries()) {
    const { type, value, code } = promo;
    for (const { message } of apiReward.safeParse({ type, value }).error?.issues ?? []) {
      issues.push({ code: 'custom', path: ['data', index, 'value'], message, input: value });
    }
    if (seen.has(promoKey(promo))) {
      issues.push({ code: 'custom', path: ['data', index, 'code'], message: 'stands there twice', input: code });
    }
    seen.add(promoKey(promo));
  }
});

export const idempotencyKey = z.string().min(1).max(128).optional();

/** The version as an entity tag: `"v3"`. */
export function toEntityTag(version: number): string {
  return `"v${version}"`;
}

/** A tag that is not one of ours names no version, and so matches none. */
export function toPrecondition(ifMatch: string | undefined): Precondition {
  if (ifMatch === undefined) return 'missing';
  if (ifMatch.trim() === '*') return 'not_needed';
  return ifMatch.split(',').flatMap((tag) => {
    const [, version] = /^"v(\d{1,9})"$/.exec(tag.trim()) ?? [];
    return version === undefined ? [] : [Number(version)];
  });
}
