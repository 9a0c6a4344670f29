import fc from 'fast-check';
import { countAbove, rankParts, standingOf } from './standing.ts';

/** One more than there are numbers above it, found through what each of them counts for. */
function rankAmong(all: readonly number[], conversions: number): number {
  const folds = new Map<string, Record<string, number>>();
  for (const each of all) {
    for (const [foldId, counters] of Object.entries(standingOf('acme', 0, each))) {
      const fold = folds.get(foldId) ?? {};
      for (const [name, value] of Object.entries(counters)) fold[name] = (fold[name] ?? 0) + value;
      folds.set(foldId, fold);
    }
  }
  const parts = rankParts('acme', 0, conversions);
  expect(parts).toHaveLength(3);
  return 1 + parts.reduce((sum, { foldId, above }) => sum + countAbove(folds.get(foldId) ?? {}, above), 0);
}

test('a rank is one more than there are with more conversions, whatever the numbers are', () => {
  const conversions = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 999_999 }));
  fc.assert(
    fc.property(fc.array(conversions), fc.integer({ min: 1, max: 999_999 }), (others, own) => {
      expect(rankAmong([...others, own], own)).toBe(1 + others.filter((each) => each > own).length);
    }),
  );
});

test('those who have as many share a rank, also beyond the numbers that are told apart', () => {
  expect(rankAmong([3, 3, 1], 3)).toBe(1);
  expect(rankAmong([3, 3, 1], 1)).toBe(3);
  expect(rankAmong([999_999, 2_000_000], 1_500_000)).toBe(1);
});

test('nobody without conversions stands anywhere', () => {
  expect(standingOf('acme', 0, 0)).toEqual({});
});
