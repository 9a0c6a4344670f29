import { z } from 'zod';
import { fact, fold } from './folds.ts';
import { byMember, byNothing, type Source } from './source.ts';

const granted = z.object({
  reward_id: z.string(),
  referral_id: z.string(),
  revision: z.number(),
  customer_id: z.string(),
  side: z.string(),
  kind: z.string(),
  rule: z.string().optional(),
  type: z.string(),
  value: z.number(),
  currency: z.string().optional(),
  program_version: z.number(),
  issued_at: z.string(),
});
export type Granted = z.infer<typeof granted>;

const posting = z.object({ posting_id: z.string(), account: z.string(), unit: z.string(), amount: z.number() });
export type Posting = z.infer<typeof posting>;

const entry = z.object({
  entry_id: z.string(),
  referral_id: z.string(),
  at: z.string(),
  cause: z.string(),
  issued: z.array(granted),
  reversed: z.array(granted),
  postings: z.array(posting),
});
export type Entry = z.infer<typeof entry>;

/** By `tenant:referee`. */
export const journals = {
  collection: 'reward-issuer.journal',
  tenantOf: byMember,
  body: z.object({
    tenant_id: z.string(),
    referee_customer_id: z.string(),
    revision: z.number(),
    granted: z.array(granted),
    entries: z.array(entry),
  }),
} satisfies Source<unknown>;

/** One entry per referrer and threshold. */
export const milestones = {
  collection: 'reward-issuer.milestones',
  tenantOf: byMember,
  body: z.object({
    tenant_id: z.string(),
    referrer_customer_id: z.string(),
    threshold: z.number(),
    entry,
  }),
} satisfies Source<unknown>;

const accountBody = fold.extend({ tenant_id: z.string(), customer_id: z.string() });

export const accounts = {
  collection: 'reward-issuer.accounts',
  tenantOf: byMember,
  body: accountBody,
} satisfies Source<unknown>;

/** By posting. */
export const postings = {
  collection: 'reward-issuer.postings',
  tenantOf: byMember,
  body: fact.extend({ tenant_id: z.string(), customer_id: z.string(), entry_id: z.string() }),
} satisfies Source<unknown>;

/** By reward: what lists show. */
export const rewards = {
  collection: 'reward-issuer.rewards',
  tenantOf: byMember,
  body: z.object({
    tenant_id: z.string(),
    customer_id: z.string(),
    type: z.string(),
    value: z.number(),
    currency: z.string().optional(),
    issued_at: z.string().optional(),
    reversed_at: z.string().optional(),
  }),
} satisfies Source<unknown>;

/** By entry: the ledger as it was sealed. Redemptions are kept here alone. */
export const book = {
  collection: 'reward-issuer.book',
  tenantOf: byMember,
  body: z.object({
    tenant_id: z.string(),
    entry_id: z.string(),
    kind: z.string(),
    about: z.string(),
    cause: z.string(),
    postings: z.array(posting),
    occurred_at: z.string(),
    hash: z.string(),
    seal_number: z.number(),
    position: z.number(),
  }),
} satisfies Source<unknown>;
export type BookEntry = z.infer<typeof book.body>;

/** By `tenant:number`. */
export const seals = {
  collection: 'reward-issuer.seals',
  tenantOf: byMember,
  body: z.object({
    tenant_id: z.string(),
    number: z.number(),
    previous_hash: z.string().nullable(),
    entries: z.array(z.object({ entry_id: z.string(), hash: z.string() })),
    hash: z.string(),
    totals: z.record(z.string(), z.object({ issued: z.number(), reversed: z.number(), redeemed: z.number() })),
  }),
} satisfies Source<unknown>;
export type Seal = z.infer<typeof seals.body>;

export const discounts = {
  collection: 'reward-issuer.discounts',
  tenantOf: byMember,
  body: z.object({
    tenant_id: z.string(),
    customer_id: z.string(),
    terms: z.object({ type: z.string(), value: z.number(), currency: z.string().optional() }).optional(),
    use: z.object({ order_id: z.string() }).optional(),
    /** Absent before it is granted. */
    status: z.string().optional(),
    occurred_at: z.string().optional(),
    revision: z.number(),
  }),
} satisfies Source<unknown>;

/** What the referee of each referral has spent since, by currency. */
export const spending = {
  collection: 'reward-issuer.spending',
  tenantOf: byNothing,
  body: fold,
} satisfies Source<unknown>;

export const orders = {
  collection: 'reward-issuer.orders',
  tenantOf: byMember,
  body: fact.extend({ tenant_id: z.string(), referral_id: z.string(), order_id: z.string() }),
} satisfies Source<unknown>;

const outbox = z.object({ outbox: z.array(z.object({ topic: z.string() })).optional() });

/** Documents whose events wait inside them until they are published. */
export const outboxes = [accounts, discounts].map(
  ({ collection, tenantOf }): Source<z.infer<typeof outbox>> => ({ collection, tenantOf, body: outbox }),
);
