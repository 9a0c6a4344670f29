import { z } from 'zod';
import { type DataOf, defineEvent } from '../cloud-events.ts';
import { customerKey } from '../ids.ts';
import { rewardType, side } from '../program.ts';
import { currency, identifier, instant, revision, signedAmountMinor, tenantId } from '../scalars.ts';

const outbound = { version: 1, direction: 'outbound', source: '/reward-issuer', retention: { days: 365 } } as const;
const byCustomer = (data: { tenant_id: string; customer_id: string }) => customerKey(data.tenant_id, data.customer_id);

export const rewardKind = z.enum(['referral', 'milestone', 'earning_rule']);

/** A reward: what one side gets for one conversion. `value` in points, minor units of `currency`, or basis points. */
const rewardData = z.object({
  tenant_id: tenantId,
  reward_id: identifier,
  entry_id: identifier,
  referral_id: identifier,
  revision,
  customer_id: identifier,
  side,
  kind: rewardKind,
  /** The name of the earning rule that gave it. */
  rule: z.string().optional(),
  type: rewardType,
  value: z.int().nonnegative(),
  currency: currency.optional(),
  program_version: z.int().positive(),
  /** The event that made the journal post this. */
  cause: z.string().optional(),
  occurred_at: instant,
});
export type RewardData = z.infer<typeof rewardData>;

export const rewardIssued = defineEvent({
  ...outbound,
  type: 'reward_issued',
  summary: 'A side of a conversion was rewarded.',
  data: rewardData,
  key: byCustomer,
  subject: (data) => data.reward_id,
});

export const rewardReversed = defineEvent({
  ...outbound,
  type: 'reward_reversed',
  summary: 'A reward was taken back, because its conversion no longer holds.',
  data: rewardData,
  key: byCustomer,
  subject: (data) => data.reward_id,
});

const posting = { tenant_id: tenantId, posting_id: identifier, entry_id: identifier, customer_id: identifier };

export const loyaltyPointsPosted = defineEvent({
  ...outbound,
  type: 'loyalty_points_posted',
  summary: 'Points were added to a customer’s account, or taken from it when negative.',
  data: z.object({ ...posting, points: z.int(), occurred_at: instant }),
  key: byCustomer,
  subject: (data) => data.posting_id,
});

export const promoCreditPosted = defineEvent({
  ...outbound,
  type: 'promo_credit_posted',
  summary: 'Promo credit was added to a customer’s account, or taken from it when negative, in minor units.',
  data: z.object({ ...posting, amount: signedAmountMinor, currency, occurred_at: instant }),
  key: byCustomer,
  subject: (data) => data.posting_id,
});

export const discountStatuses = ['granted', 'used', 'withdrawn'] as const;

export const discountGranted = defineEvent({
  ...outbound,
  type: 'discount_granted',
  summary: 'A customer holds a discount, or no longer. `value` in basis points, or minor units of `currency`.',
  data: z.object({
    tenant_id: tenantId,
    discount_id: identifier,
    customer_id: identifier,
    type: z.enum(['discount_percent', 'discount_fixed']),
    value: z.int().nonnegative(),
    currency: currency.optional(),
    status: z.enum(discountStatuses),
    /** Counts the changes of this discount. */
    revision,
    order_id: identifier.optional(),
    occurred_at: instant,
  }),
  key: byCustomer,
  subject: (data) => data.discount_id,
});

/**
 * One line of the ledger. `account` is `program`, `redeemed` or `customer:<id>`; `unit` is `points`, a currency code (then
 * `amount` is in its minor units) or `discount:<id>` (a count).
 */
export const journalPosting = z.object({
  posting_id: identifier,
  account: z.string(),
  unit: z.string(),
  amount: z.int(),
});
export type JournalPosting = z.infer<typeof journalPosting>;

export const journalEntryPosted = defineEvent({
  ...outbound,
  type: 'journal_entry_posted',
  direction: 'internal',
  summary:
    'An entry of the journal, whose postings sum to zero per unit. All of a tenant come in one order, to be sealed.',
  data: z.object({
    tenant_id: tenantId,
    entry_id: identifier,
    kind: z.enum(['referral', 'milestone', 'redemption']),
    /** The referral that was rewarded or lost its reward, or the redemption. */
    about: identifier,
    /** The id of the event that brought it about; of a redemption, its order. */
    cause: z.string(),
    postings: z.array(journalPosting),
    occurred_at: instant,
  }),
  key: (data) => data.tenant_id,
  subject: (data) => data.entry_id,
});
export type JournalEntry = DataOf<typeof journalEntryPosted>;
