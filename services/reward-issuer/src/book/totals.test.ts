import fc from 'fast-check';
import { transfer } from '../domain/postings.ts';
import { addEntry, type Totals } from './totals.ts';

const given = (amount: number, unit = 'points') =>
  ({ kind: 'referral', postings: transfer('e', 'program', 'customer:ann', unit, amount) }) as const;
const takenBack = (amount: number) =>
  ({ kind: 'referral', postings: transfer('e', 'customer:ann', 'program', 'points', amount) }) as const;
const spent = (amount: number) =>
  ({ kind: 'redemption', postings: transfer('e', 'customer:ann', 'redeemed', 'points', amount) }) as const;

const totalsOf = (entries: readonly Parameters<typeof addEntry>[1][]) => entries.reduce<Totals>(addEntry, {});

test('tell what was issued, reversed and redeemed, in each unit; a discount is none', () => {
  const entries = [given(100), given(7), takenBack(100), spent(5), given(500, 'USD'), given(1, 'discount:dsc_1')];
  expect(totalsOf(entries)).toEqual({
    points: { issued: 107, reversed: 100, redeemed: 5 },
    USD: { issued: 500, reversed: 0, redeemed: 0 },
  });
});

// What is outstanding is told from these, so it must be what customers hold.
test('come to what customers hold', () => {
  const amount = fc.integer({ min: 1, max: 1_000 });
  const entry = fc.oneof(
    amount.map((n) => given(n)),
    amount.map(takenBack),
    amount.map(spent),
  );
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const held = entries
        .flatMap(({ postings }) => postings)
        .filter(({ account }) => account === 'customer:ann')
        .reduce((sum, posting) => sum + posting.amount, 0);
      const { issued, reversed, redeemed } = totalsOf(entries).points ?? { issued: 0, reversed: 0, redeemed: 0 };
      expect(issued - reversed - redeemed).toBe(held);
    }),
  );
});
