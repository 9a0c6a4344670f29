import { currencyDigits, fromScaledInteger } from '@referral/contracts';
import type { Store } from '@referral/store';
import { readHead } from './book/seal-entries.ts';
import type { UnitTotals } from './book/totals.ts';
import { pointsUnit } from './domain/postings.ts';

const nothing: UnitTotals = { issued: 0, reversed: 0, redeemed: 0 };

/** What a tenant's customers were given and hold, as far as it is sealed: one document, however long the history. */
export async function readTotals(store: Store, tenantId: string) {
  const { totals, sealed_at } = await readHead(store, tenantId);
  const { [pointsUnit]: points = nothing, ...money } = totals;
  return {
    as_of: sealed_at ?? null,
    points: withOutstanding(points, (value) => value),
    credit: Object.entries(money)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([currency, amounts]) => {
        const inMajorUnits = (value: number) => fromScaledInteger(value, currencyDigits(currency));
        return { currency, ...withOutstanding(amounts, inMajorUnits) };
      }),
  };
}

/** Outstanding is what customers hold; below zero where more was taken back than they had left. */
function withOutstanding({ issued, reversed, redeemed }: UnitTotals, told: (value: number) => number) {
  return {
    issued: told(issued),
    reversed: told(reversed),
    redeemed: told(redeemed),
    outstanding: told(issued - reversed - redeemed),
  };
}
