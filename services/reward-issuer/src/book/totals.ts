import type { JournalEntry } from '@referral/contracts';
import { customerOf, kindOfUnit } from '../domain/postings.ts';

/** What customers were given, what was taken back, and what they spent, since the beginning; each counted from zero up. */
export interface UnitTotals {
  readonly issued: number;
  readonly reversed: number;
  readonly redeemed: number;
}

/** By unit: `points`, or a currency in its minor units. */
export type Totals = Readonly<Record<string, UnitTotals>>;

const nothing: UnitTotals = { issued: 0, reversed: 0, redeemed: 0 };

/** The totals with one entry more. What customers hold is what was issued without the other two. */
export function addEntry(totals: Totals, { kind, postings }: Pick<JournalEntry, 'kind' | 'postings'>): Totals {
  const next: Record<string, UnitTotals> = { ...totals };
  for (const posting of postings) {
    if (customerOf(posting) === undefined || kindOfUnit(posting) === 'discount') continue;
    const { unit, amount } = posting;
    const counted = counterOf(kind, amount);
    const before = next[unit] ?? nothing;
    next[unit] = { ...before, [counted]: before[counted] + Math.abs(amount) };
  }
  return next;
}

function counterOf(kind: JournalEntry['kind'], amount: number): keyof UnitTotals {
  if (kind === 'redemption') return 'redeemed';
  return amount > 0 ? 'issued' : 'reversed';
}
