import { book, type Entry, journals, milestones, type Posting } from './records/reward-issuer.ts';
import type { Records } from './records.ts';

/** An entry of the ledger, wherever it is kept. */
export interface LedgerEntry extends Omit<Entry, 'referral_id'> {
  readonly tenant_id: string;
  readonly kind: 'referral' | 'milestone' | 'redemption';
  /** The referral, or the redemption. */
  readonly about: string;
}

/** Every entry of the journals, and of the book those that are in no journal: redemptions. */
export async function* entriesOf(records: Records): AsyncGenerator<LedgerEntry> {
  for await (const { body } of records.read(journals)) {
    for (const { referral_id: about, ...entry } of body.entries) {
      yield { ...entry, tenant_id: body.tenant_id, kind: 'referral', about };
    }
  }
  for await (const { body } of records.read(milestones)) {
    const { referral_id: about, ...entry } = body.entry;
    yield { ...entry, tenant_id: body.tenant_id, kind: 'milestone', about };
  }
  yield* await redemptionsIn(records);
}

/** What a look has found in the book: it is read whole for a few, and most checks ask. */
const found = new WeakMap<Records, Promise<readonly LedgerEntry[]>>();

function redemptionsIn(records: Records): Promise<readonly LedgerEntry[]> {
  const redemptions = found.get(records) ?? findRedemptions(records);
  found.set(records, redemptions);
  return redemptions;
}

async function findRedemptions(records: Records): Promise<readonly LedgerEntry[]> {
  const redemptions: LedgerEntry[] = [];
  for await (const { body } of records.read(book)) {
    const { tenant_id, entry_id, kind, about, cause, postings, occurred_at: at } = body;
    if (kind !== 'redemption') continue;
    redemptions.push({ tenant_id, entry_id, kind, about, cause, postings, at, issued: [], reversed: [] });
  }
  return redemptions;
}

const customerPrefix = 'customer:';

/** The customer whose account a posting is in; `undefined` for the platform's own accounts. */
export function customerOf({ account }: Pick<Posting, 'account'>): string | undefined {
  return account.startsWith(customerPrefix) ? account.slice(customerPrefix.length) : undefined;
}

export function isDiscountUnit(unit: string): boolean {
  return unit.startsWith('discount:');
}

/** The name under which an account counts a unit. */
export function counterOf(unit: string): string {
  return unit === 'points' ? 'points' : `credit_${unit}`;
}

/** What postings come to in each unit. */
export function sumsByUnit(postings: readonly Pick<Posting, 'unit' | 'amount'>[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { unit, amount } of postings) sums.set(unit, (sums.get(unit) ?? 0) + amount);
  return sums;
}
