import { deriveId } from '@referral/contracts';
import { discountIdOf, type GrantedReward, isDiscount } from './reward.ts';

/** One line of the ledger: so much of a unit comes into an account, or goes out of it when negative. */
export interface Posting {
  readonly posting_id: string;
  /** `program`, which everything comes from, `redeemed`, where it ends, or `customer:<id>`. */
  readonly account: string;
  /** `points`, a currency code (its minor units), or `discount:<id>` (a count). */
  readonly unit: string;
  readonly amount: number;
}

const programAccount = 'program';
export const redeemedAccount = 'redeemed';
export const pointsUnit = 'points';
const customerPrefix = 'customer:';
const discountPrefix = 'discount:';

export function customerAccount(customerId: string): string {
  return `${customerPrefix}${customerId}`;
}

/** So much of a unit from one account to another. An entry has one posting per account and unit: the ids follow from them. */
export function transfer(entryId: string, from: string, to: string, unit: string, amount: number): [Posting, Posting] {
  const posting = (account: string, signed: number): Posting => ({
    posting_id: deriveId('pst', entryId, account, unit),
    account,
    unit,
    amount: signed,
  });
  return [posting(from, -amount), posting(to, amount)];
}

/** What issuing some rewards and taking others back moves, one posting per account and unit; what cancels out is left out. */
export function postingsFor(
  entryId: string,
  issued: readonly GrantedReward[],
  reversed: readonly GrantedReward[],
): Posting[] {
  const sums = new Map<string, Posting>();
  const give = (reward: GrantedReward, direction: 1 | -1) => {
    const amount = direction * (isDiscount(reward) ? 1 : reward.value);
    const account = customerAccount(reward.customer_id);
    for (const posting of transfer(entryId, programAccount, account, unitOf(reward), amount)) {
      const before = sums.get(posting.posting_id)?.amount ?? 0;
      sums.set(posting.posting_id, { ...posting, amount: before + posting.amount });
    }
  };
  for (const reward of reversed) give(reward, -1);
  for (const reward of issued) give(reward, 1);
  return [...sums.values()].filter(({ amount }) => amount !== 0);
}

/** Why these postings may not stand together; `undefined` when they sum to zero in every unit. */
export function imbalanceOf(postings: readonly Posting[]): string | undefined {
  const sums = new Map<string, number>();
  for (const { posting_id, unit, amount } of postings) {
    if (unit === '') return `${posting_id} has no unit`;
    if (!Number.isSafeInteger(amount)) return `${posting_id} is not an exact amount`;
    sums.set(unit, (sums.get(unit) ?? 0) + amount);
  }
  const [unit, sum] = [...sums].find(([, value]) => value !== 0) ?? [];
  return unit === undefined ? undefined : `${unit} is off by ${sum}`;
}

/** The customer whose account it is; `undefined` for `program` and `redeemed`. */
export function customerOf({ account }: Posting): string | undefined {
  return account.startsWith(customerPrefix) ? account.slice(customerPrefix.length) : undefined;
}

export function kindOfUnit({ unit }: Posting): 'points' | 'discount' | 'credit' {
  if (unit === pointsUnit) return 'points';
  return unit.startsWith(discountPrefix) ? 'discount' : 'credit';
}

function unitOf(reward: GrantedReward): string {
  if (isDiscount(reward)) return `${discountPrefix}${discountIdOf(reward)}`;
  return reward.type === 'credit' ? (reward.currency ?? '') : pointsUnit;
}
