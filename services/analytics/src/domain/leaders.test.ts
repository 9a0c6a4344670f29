import { bestUnseen, compareLeaders, listsOver, ranksOf } from './leaders.ts';

const listsOf = (from: string, to: string) =>
  listsOver({ from: Date.parse(from), to: Date.parse(to) }, [
    [2026, 1],
    [2026, 2],
  ]).map((path) => path.join('-'));

test('a month of a zone is its month of UTC and the few days at an end; the month before would say little of them', () => {
  expect(listsOf('2026-01-31T18:30:00Z', '2026-02-28T18:30:00Z')).toEqual(['2026-1-31', '2026-2']);
  expect(listsOf('2026-01-10T00:00:00Z', '2026-02-02T00:15:00Z')).toEqual(['2026-1', '2026-2-1', '2026-2-2']);
});

test('months outside of the period have no list', () => {
  expect(listsOf('2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z')).toEqual(['2026-2']);
});

test('who is in no list yet has at most what the last ones have together, and stands behind them among equals', () => {
  const unseen = bestUnseen([
    { conversions: 2, foldId: 'm' },
    { conversions: 1, foldId: 'k' },
  ]);
  expect(compareLeaders({ conversions: 4, foldId: 'a' }, unseen)).toBeLessThan(0);
  expect(compareLeaders({ conversions: 3, foldId: 'm' }, unseen)).toBeLessThan(0);
  expect(compareLeaders({ conversions: 3, foldId: 'k' }, unseen)).toBe(0);
  expect(compareLeaders({ conversions: 3, foldId: 'c' }, unseen)).toBeGreaterThan(0);
});

test('those with as many share a rank', () => {
  const places = [3, 3, 3, 1].map((conversions) => ({ conversions, foldId: '' }));
  expect(ranksOf(places)).toEqual([1, 1, 1, 4]);
});
