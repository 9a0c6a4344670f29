import type { ReferralStatus } from '@referral/contracts';
import type { FactBody, FoldBody } from '@referral/processing';
import { defineCollection } from '@referral/store';
import type { Listed, Order, Referral } from './domain/facts.ts';
import type { FoldMembers } from './domain/folds.ts';

export interface TenantBody {
  readonly slug: string;
  readonly currency: string;
  readonly time_zone: string;
  /** When that was told, RFC 3339. */
  readonly told_at: string;
}

export type AnalyticsFold = FoldBody & FoldMembers;

export interface AnalyticsFact extends FactBody {
  readonly kind: string;
  /** Of a referral. */
  readonly status?: ReferralStatus;
  readonly referral?: Referral;
  readonly listed?: Listed;
  /** Of an order. */
  readonly order?: Order;
  /** Of an order: the fact of its referral. */
  readonly order_of?: string;
}

/** By tenant. */
export const tenants = defineCollection<TenantBody>('analytics.tenants');

export const folds = defineCollection<AnalyticsFold>('analytics.folds', [
  { name: 'totals', keys: ['totals_of'] },
  { name: 'leaderboard', keys: ['leaderboard_of', 'counters.converted'] },
]);

export const facts = defineCollection<AnalyticsFact>('analytics.facts', [
  { name: 'orders', keys: ['order_of'] },
  { name: 'referrals', keys: ['tenant_id', 'year', 'month', 'day', 'hour', 'quarter'].map((key) => `listed.${key}`) },
]);

/** Referrals that were rejected or withdrawn at some revision: only their orders ever change sides. Written once. */
export const exclusions = defineCollection<Record<string, never>>('analytics.exclusions');

export const collections = [tenants, folds, facts, exclusions];

/** Of a referrer's fold. */
export function conversionsOf({ counters }: Pick<AnalyticsFold, 'counters'>): number {
  return counters.converted ?? 0;
}
