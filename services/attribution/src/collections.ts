import { defineCollection } from '@referral/store';
import type { InputBody } from './domain/input.ts';
import type { ProgramBody } from './domain/program.ts';
import type { RefereeBody } from './domain/referee.ts';
import type { ReferralBody } from './domain/referral.ts';
import type { ReferrerBody } from './domain/referrer.ts';
import type { VisitorBody } from './domain/visitor.ts';

export interface DeadLetterBody {
  readonly tenant_id: string;
  readonly event_id: string;
  readonly source: string;
  readonly type: string;
  readonly cause: string;
}

export interface CodeBody {
  readonly tenant_id: string;
  readonly customer_id: string;
  readonly has_profile: boolean;
}

export interface ProfileBody {
  readonly tenant_id: string;
  readonly customer_id: string;
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly learnt_at: string;
  readonly erased?: true;
  /** What a search looks up; an erased profile has none. */
  readonly search_prefixes?: readonly string[];
}

export interface TenantBody {
  readonly tenant_id: string;
  readonly slug: string;
  readonly currency: string;
  readonly updated_at: string;
}

export interface PromoBody {
  readonly combinable_with_referral: boolean;
  readonly removed?: true;
  readonly updated_at: string;
}

export interface PairBody {
  readonly referrer_id: string;
  readonly referee_id: string;
}

/** By tenant and event id. */
export const inputs = defineCollection<InputBody>('attribution.inputs', [], { writtenOnce: true });
export const deadLetters = defineCollection<DeadLetterBody>(
  'attribution.dead-letters',
  [{ name: 'by_event', keys: ['tenant_id', 'event_id'] }],
  { writtenOnce: true },
);
export const referees = defineCollection<RefereeBody>('attribution.referees', [
  { name: 'waiting_for', keys: ['waiting_for'] },
  { name: 'waiting_until', keys: ['waiting_until'] },
  { name: 'unsettled', keys: ['unsettled'] },
  { name: 'unsettled_at', keys: ['unsettled_at'] },
  { name: 'due_at', keys: ['due_at'] },
  { name: 'refused', keys: ['tenant_id', 'refused_at'] },
]);
export const referrals = defineCollection<ReferralBody>('attribution.referrals', [
  { name: 'listed', keys: ['tenant_id', 'listed_at'] },
  { name: 'listed_by_status', keys: ['tenant_id', 'status', 'listed_at'] },
  { name: 'by_referrer', keys: ['tenant_id', 'verdict.referrer_customer_id', 'listed_at'] },
  { name: 'by_referee', keys: ['tenant_id', 'verdict.referee_customer_id', 'listed_at'] },
]);
export const referrers = defineCollection<ReferrerBody>('attribution.referrers');
export const pairs = defineCollection<PairBody>('attribution.pairs', [], { writtenOnce: true });
export const visitors = defineCollection<VisitorBody>('attribution.visitors');
export const codes = defineCollection<CodeBody>('attribution.codes');
export const profiles = defineCollection<ProfileBody>('attribution.profiles', [
  { name: 'searched', keys: ['tenant_id', 'search_prefixes'] },
]);
export const programs = defineCollection<ProgramBody>('attribution.programs');
export const tenants = defineCollection<TenantBody>('attribution.tenants', [{ name: 'slug', keys: ['slug'] }]);
export const promos = defineCollection<PromoBody>('attribution.promos');

export const collections = [
  inputs,
  deadLetters,
  referees,
  referrals,
  referrers,
  pairs,
  visitors,
  codes,
  profiles,
  programs,
  tenants,
  promos,
];
