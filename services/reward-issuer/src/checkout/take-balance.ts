import {
  createEvent,
  deriveId,
  type EncodedEvent,
  encodeEvent,
  loyaltyPointsPosted,
  promoCreditPosted,
} from '@referral/contracts';
import { assert, OperationalError } from '@referral/errors';
import { countOnRequest, withOutbox } from '@referral/processing';
import { accountId, creditCounter, emptyAccount, pointsCounter } from '../accounts.ts';
import { accounts, postings as countedPostings } from '../collections.ts';
import { type Context, isoNow } from '../context.ts';
import { customerAccount, type Posting, pointsUnit, redeemedAccount, transfer } from '../domain/postings.ts';
import { entryPosted } from '../entry-events.ts';

/** What a redemption takes from an account: so many points, or minor units of a currency. */
export interface Taking {
  readonly redemptionId: string;
  readonly tenantId: string;
  readonly customerId: string;
  readonly orderId: string;
  readonly unit: string;
  readonly amount: number;
}

export type TakingOutcome =
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'not_enough'; readonly held: number }
  /** This redemption took another amount before. */
  | { readonly outcome: 'took_other'; readonly amount: number };

/**
 * Takes an amount from an account if it is there: one write takes it, remembers the posting and holds the events that tell
 * of it. A repeat finds the posting in the account, or among those that the accounts have counted.
 * @throws OperationalError `OUTBOX_FULL` while the bus has been away for too long
 */
export async function takeFromBalance(context: Context, taking: Taking): Promise<TakingOutcome> {
  const { store, settled, turns, maxWaiting } = context;
  const { tenantId, customerId, redemptionId, unit, amount } = taking;
  const account = accountId(tenantId, customerId);
  const counter = unit === pointsUnit ? pointsCounter : creditCounter(unit);
  const owner = { tenant_id: tenantId, customer_id: customerId };
  const entry_id = deriveId('jen', redemptionId);
  const postings = transfer(entry_id, customerAccount(customerId), redeemedAccount, unit, amount);
  const [posting] = postings;
  assert(posting, 'a transfer takes from its first account');
  const occurred_at = isoNow(context);
  const { outcome, counters } = await turns(account, () =>
    countOnRequest({
      store,
      folds: accounts,
      facts: countedPostings,
      fact: {
        id: posting.posting_id,
        revision: 1,
        contributions: { [account]: { [counter]: posting.amount } },
        record: { ...owner, entry_id, occurred_at },
      },
      empty: emptyAccount(owner),
      settled,
      accept(next) {
        if ((next.counters[counter] ?? 0) < 0) return undefined;
        if (next.outbox.length >= maxWaiting)
          throw new OperationalError('OUTBOX_FULL', `${next.outbox.length} events wait for the bus`);
        return withOutbox(next, eventsOf(taking, { entry_id, postings, posting, occurred_at }));
      },
    }),
  );
  const counted = counters[counter] ?? 0;
  if (outcome === 'refused') return { outcome: 'not_enough', held: counted };
  if (outcome === 'known' && counted !== posting.amount) return { outcome: 'took_other', amount: -counted };
  context.publishSoon(accounts, account);
  return { outcome: 'taken' };
}

interface Moved {
  readonly entry_id: string;
  readonly postings: Posting[];
  /** The customer's. */
  readonly posting: Posting;
  readonly occurred_at: string;
}

function eventsOf(taking: Taking, { entry_id, postings, posting, occurred_at }: Moved): EncodedEvent[] {
  const { tenantId: tenant_id, customerId: customer_id, orderId, redemptionId, unit } = taking;
  const { posting_id, amount } = posting;
  const about = { identity: [posting_id], occurredAt: occurred_at };
  const common = { tenant_id, posting_id, entry_id, customer_id, occurred_at };
  return [
    unit === pointsUnit
      ? encodeEvent(loyaltyPointsPosted, createEvent(loyaltyPointsPosted, { ...common, points: amount }, about))
      : encodeEvent(promoCreditPosted, createEvent(promoCreditPosted, { ...common, amount, currency: unit }, about)),
    entryPosted({
      ...{ tenant_id, entry_id, kind: 'redemption', about: redemptionId, cause: orderId },
      ...{ postings, occurred_at },
    }),
  ];
}
