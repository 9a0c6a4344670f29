import type { DataOf, discountGranted, RewardData } from '@referral/contracts';
import type { FactBody, FoldBody } from '@referral/processing';
import { defineCollection } from '@referral/store';
import type { Journal } from './domain/journal.ts';

/** A reward as its events told it. Either of the two may have come first; listed once it is known to be issued. */
export interface RewardBody
  extends Pick<
    RewardData,
    'tenant_id' | 'customer_id' | 'side' | 'kind' | 'type' | 'value' | 'currency' | 'referral_id' | 'program_version'
  > {
  readonly issued_at?: string;
  readonly reversed_at?: string;
}

export type DiscountBody = DataOf<typeof discountGranted>;

/** By `tenant:referee`. */
export const journals = defineCollection<Journal>('reward-issuer.journal');

/** What each customer has, by `accountId`. */
export const accounts = defineCollection<FoldBody>('reward-issuer.accounts');

/** What the accounts have counted, by posting. */
export const postings = defineCollection<FactBody>('reward-issuer.postings');

/** Within a customer, those that can still be used come first: `granted` sorts before `used` and `withdrawn`. */
export const discounts = defineCollection<DiscountBody>('reward-issuer.discounts', [
  { name: 'customer', keys: ['tenant_id', 'customer_id', 'status', 'occurred_at'] },
]);

export const rewards = defineCollection<RewardBody>('reward-issuer.rewards', [
  { name: 'tenant', keys: ['tenant_id', 'issued_at'] },
  { name: 'customer', keys: ['tenant_id', 'customer_id', 'issued_at'] },
]);

export const collections = [journals, accounts, postings, discounts, rewards];
