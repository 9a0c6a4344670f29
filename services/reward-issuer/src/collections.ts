import type { RewardData } from '@referral/contracts';
import { type FactBody, type FoldBody, outboxIndex, type WithOutbox } from '@referral/processing';
import { defineCollection } from '@referral/store';
import type { BookEntry, Seal } from './book/plan.ts';
import type { ClaimBody } from './checkout/claims.ts';
import type { Discount } from './domain/discount.ts';
import type { Journal } from './domain/journal.ts';
import type { MilestoneJournal } from './domain/milestone.ts';

/** A reward as its events told it. Either of the two may have come first; listed once it is known to be issued. */
export interface RewardBody
  extends Pick<
    RewardData,
    | 'tenant_id'
    | 'customer_id'
    | 'side'
    | 'kind'
    | 'rule'
    | 'type'
    | 'value'
    | 'currency'
    | 'referral_id'
    | 'program_version'
  > {
  readonly issued_at?: string;
  readonly reversed_at?: string;
}

/** What redemptions tell waits in it. */
export interface AccountBody extends FoldBody, WithOutbox {}

export interface DiscountBody extends Discount, WithOutbox {}

/** What this service has to know of a tenant. */
export interface TenantBody {
  readonly currency: string;
  readonly told_at: string;
}

/** By `tenant:referee`. */
export const journals = defineCollection<Journal>('reward-issuer.journal');

/** By `milestoneEntryId`. */
export const milestones = defineCollection<MilestoneJournal>('reward-issuer.milestones');

/** By entry: every entry of the journal and of the milestones, and of redemptions, once it is sealed. Only ever added to. */
export const book = defineCollection<BookEntry>(
  'reward-issuer.book',
  [{ name: 'order', keys: ['tenant_id', 'seal_number', 'position'] }],
  { writtenOnce: true },
);

/** By `tenant:number`. Only ever added to. */
export const seals = defineCollection<Seal>(
  'reward-issuer.seals',
  [{ name: 'tenant', keys: ['tenant_id', 'number'] }],
  { writtenOnce: true },
);

/** What each customer has, by `accountId`. */
export const accounts = defineCollection<AccountBody>('reward-issuer.accounts', [outboxIndex]);

/** What the accounts have counted, by posting. */
export const postings = defineCollection<FactBody>('reward-issuer.postings', [], { writtenOnce: true });

/**
 * By `discountIdOf`. A customer sees those that were granted, the ones that can still be used first: `granted` sorts before
 * `used` and `withdrawn`. Checkout sees those that it can give.
 */
export const discounts = defineCollection<DiscountBody>('reward-issuer.discounts', [
  { name: 'customer', keys: ['tenant_id', 'customer_id', 'status', 'occurred_at'] },
  { name: 'offers', keys: ['tenant_id', 'customer_id', 'offer'] },
  outboxIndex,
]);

/** By redemption: what its Idempotency-Key stands for. */
export const claims = defineCollection<ClaimBody>('reward-issuer.claims');

/** What the referee of a referral has spent since, by currency. */
export const spending = defineCollection<FoldBody>('reward-issuer.spending');

/** By order: what it adds to what its referee has spent. */
export const orders = defineCollection<FactBody>('reward-issuer.orders');

/** By tenant. */
export const tenants = defineCollection<TenantBody>('reward-issuer.tenants');

export const rewards = defineCollection<RewardBody>('reward-issuer.rewards', [
  { name: 'tenant', keys: ['tenant_id', 'issued_at'] },
  { name: 'customer', keys: ['tenant_id', 'customer_id', 'issued_at'] },
]);

/** Whose events wait in their documents. */
export const withOutboxes = [accounts, discounts];
export const collections = [
  ...withOutboxes,
  journals,
  milestones,
  book,
  seals,
  postings,
  rewards,
  claims,
  spending,
  orders,
  tenants,
];
