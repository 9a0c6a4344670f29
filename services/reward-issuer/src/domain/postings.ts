import { deriveId } from '@referral/contracts';
import { discountId, type GrantedReward, isDiscount } from './reward.ts';

/** One line of the ledger: so much of a unit comes into an account, or goes out of it when negative. */
export interface Posting {
  readonly posting_id: string;
  /** `program`, which everything comes from, or `customer:<id>`. */
  readonly account: string;
  /** `points`, a currency code (its minor units), or `discount:<id>` (a count). */
  readonly unit: string;
  readonly amount: number;
}

const programAccount = 'program';
const customerPrefix = 'customer:';
const pointsUnit = 'points';
const discountPrefix = 'discount:';

/** What issuing some rewards and taking others back moves, one posting per account and unit; what cancels out is left out. */
export function postingsFor(
  entryId: string,
  issued: readonly GrantedReward[],
  reversed: readonly GrantedReward[],
): Posting[] {
  const moves = new Map<string, Posting>();
  const move = (account: string, unit: string, amount: number) => {
    const posting_id = deriveId('pst', entryId, account, unit);
    moves.set(posting_id, { posting_id, account, unit, amount: (moves.get(posting_id)?.amount ?? 0) + amount });
  };
  const give = (reward: GrantedReward, direction: 1 | -1) => {
    const amount = direction * (isDiscount(reward) ? 1 : reward.value);
    move(programAccount, unitOf(reward), -amount);
    move(`${customerPrefix}${reward.customer_id}`, unitOf(reward), amount);
  };
  for (const reward of reversed) give(reward, -1);
  for (const reward of issued) give(reward, 1);
  return [...moves.values()].filter(({ amount }) => amount !== 0);
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

/** The customer whose account it is; `undefined` for the programme's own. */
export function customerOf({ account }: Posting): string | undefined {
  return account.startsWith(customerPrefix) ? account.slice(customerPrefix.length) : undefined;
}

export function kindOfUnit({ unit }: Posting): 'points' | 'discount' | 'credit' {
  if (unit === pointsUnit) return 'points';
  return unit.startsWith(discountPrefix) ? 'discount' : 'credit';
}

function unitOf(reward: GrantedReward): string {
  if (isDiscount(reward)) return `${discountPrefix}${discountId(reward.reward_id)}`;
  return reward.type === 'credit' ? (reward.currency ?? '') : pointsUnit;
}
