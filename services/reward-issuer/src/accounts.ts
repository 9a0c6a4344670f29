import { type CloudEvent, deriveId } from '@referral/contracts';
import { type Counters, type Fact, foldCounters, type SettledFacts } from '@referral/processing';
import type { Store } from '@referral/store';
import { type AccountBody, accounts, postings } from './collections.ts';

/** What every posting event carries, whatever its unit. */
interface PostingData {
  readonly tenant_id: string;
  readonly posting_id: string;
  readonly entry_id: string;
  readonly customer_id: string;
  readonly occurred_at: string;
}

/** Where a customer's sums are. Derived, because a posting names its account by it and names of members hold no dots. */
export function accountId(tenantId: string, customerId: string): string {
  return deriveId('acc', tenantId, customerId);
}

/** The name under which an account counts an amount of money. */
export function creditCounter(currency: string): string {
  return `${creditPrefix}${currency}`;
}

/** The name under which an account counts points. */
export const pointsCounter = 'points';

/** An account in which nothing was counted yet. */
export function emptyAccount(owner: { readonly tenant_id: string; readonly customer_id: string }): AccountBody {
  return { ...owner, counters: {}, absorbed: {}, outbox: [] };
}

/** The money that an account holds, in minor units, by currency. */
export function creditOf(counters: Counters): [currency: string, amount: number][] {
  return Object.entries(counters).flatMap(([name, amount]): [string, number][] =>
    name.startsWith(creditPrefix) ? [[name.slice(creditPrefix.length), amount]] : [],
  );
}

const creditPrefix = 'credit_';

/** Adds each posting to its customer's account once, however often it was published. */
export async function addToAccounts<Data extends PostingData>(
  { store, settled }: { readonly store: Store; readonly settled: SettledFacts },
  events: readonly CloudEvent<string, Data>[],
  countersOf: (data: Data) => Counters,
): Promise<void> {
  const owners = new Map<string, { readonly tenant_id: string; readonly customer_id: string }>();
  const incoming = events.map(({ data }): Fact => {
    const { posting_id, tenant_id, customer_id, entry_id, occurred_at } = data;
    const account = accountId(tenant_id, customer_id);
    owners.set(account, { tenant_id, customer_id });
    return {
      id: posting_id,
      revision: 1,
      contributions: { [account]: countersOf(data) },
      record: { tenant_id, customer_id, entry_id, occurred_at },
    };
  });
  const describe = (account: string) => ({ ...owners.get(account), outbox: [] });
  await foldCounters({ store, folds: accounts, facts: postings, incoming, describe, settled });
}
