import type { ReferralStatus } from '@referral/contracts';
import type { FactBody, FoldBody } from '@referral/processing';
import { type Collection, defineCollection } from '@referral/store';
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
export const exclusions = defineCollection<Record<string, never>>('analytics.exclusions', [], { writtenOnce: true });

/** Which generation of figures is read, and what is under way to replace it. One document. */
export interface Control {
  readonly current: number;
  readonly building?: Building;
  /** Not named any more, and not removed yet. */
  readonly dropping?: number;
  /** The last rebuild. */
  readonly last?: { readonly finished_at: string; readonly facts: number };
}

export interface Building {
  readonly generation: number;
  readonly started_at: string;
  readonly step: 'facts' | 'standings';
  /** Behind which the step goes on: an id of a fact, or a cursor. */
  readonly after?: string;
  /** Facts that were gone through. */
  readonly facts: number;
  /** Who works on it; until when others leave it alone, in milliseconds since the epoch. */
  readonly lease?: { readonly owner: string; readonly until: number };
}

export const control = defineCollection<Control>('analytics.generations');

/** Made anew by a rebuild. Marks of exclusions are only ever set, so that all generations share them. */
export const generational: readonly Collection<unknown>[] = [folds, facts];

export const collections = [tenants, exclusions, control];

/** Of a referrer's fold. */
export function conversionsOf({ counters }: Pick<AnalyticsFold, 'counters'>): number {
  return counters.converted ?? 0;
}
