import fc from 'fast-check';
import { addSlots, bucketsIn, floorToQuarter, placeOf, withinMonths } from './buckets.ts';
import { countAt } from './folds.ts';

const at = (text: string) => Date.parse(text);

test('a moment counts in the UTC month, day and quarter of an hour in which it lies, whatever its offset says', () => {
  expect(placeOf('2026-01-31T23:59:59.999Z')).toEqual({
    month: '2026-01',
    day: '2026-01-31',
    dayOfMonth: '31',
    quarter: '95',
  });
  expect(placeOf('2026-02-01T05:44:59+05:45')).toMatchObject({ day: '2026-01-31', quarter: '95' });
  expect(placeOf('1969-12-31T00:15:00Z')).toMatchObject({ day: '1969-12-31', quarter: '01' });
});

test('a range of years reads months, and quarters only of the days at its ends', () => {
  expect(bucketsIn({ from: at('2025-11-29T18:15:00Z'), to: at('2026-01-02T00:15:00Z') })).toEqual([
    { grain: 'day', name: '2025-11-29', first: 73, end: 96 },
    { grain: 'month', name: '2025-11', first: 30, end: 31 },
    { grain: 'month', name: '2025-12', first: 1, end: 32 },
    { grain: 'month', name: '2026-01', first: 1, end: 2 },
    { grain: 'day', name: '2026-01-02', first: 0, end: 1 },
  ]);
  expect(bucketsIn({ from: at('2016-01-01'), to: at('2026-01-01') })).toHaveLength(120);
});

test('a range within one day reads its quarters alone, an empty one nothing', () => {
  const range = { from: at('2026-01-02T10:00:00Z'), to: at('2026-01-02T10:30:00Z') };
  expect(bucketsIn(range)).toEqual([{ grain: 'day', name: '2026-01-02', first: 40, end: 42 }]);
  expect(bucketsIn({ from: range.to, to: range.from })).toEqual([]);
});

test('an open end reaches as far as there is anything', () => {
  expect(withinMonths({ from: null, to: null }, '2025-03', '2025-12')).toEqual({
    from: at('2025-03-01'),
    to: at('2026-01-01'),
  });
  expect(withinMonths({ from: at('2025-04-02'), to: at('2030-01-01') }, '2025-03', '2025-12')).toEqual({
    from: at('2025-04-02'),
    to: at('2026-01-01'),
  });
});

test('no range reaches further than our time, however wrong a publisher’s clock was', () => {
  expect(withinMonths({ from: null, to: null }, '0001-01', '9999-12')).toEqual({
    from: at('1970-01-01'),
    to: at('2200-01-01'),
  });
});

test('the sum over the buckets of a range is what happened in it, for any range and any moments', () => {
  const moment = fc.integer({ min: at('2025-12-01'), max: at('2026-04-01') });
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 50 }), moment, moment, (moments, one, other) => {
      const range = { from: floorToQuarter(Math.min(one, other)), to: floorToQuarter(Math.max(one, other)) };
      const folds = new Map<string, Map<string, number>>();
      for (const each of moments) {
        const contributions = countAt({ tenantId: 't', shard: 0, at: new Date(each).toISOString() }, 'email_clicks', 1);
        for (const [foldId, counters] of Object.entries(contributions)) {
          const fold = folds.get(foldId) ?? new Map<string, number>();
          for (const [name, value] of Object.entries(counters)) fold.set(name, (fold.get(name) ?? 0) + value);
          folds.set(foldId, fold);
        }
      }
      const sums = new Map<string, number>();
      for (const bucket of bucketsIn(range)) {
        const fold = folds.get(`t:${bucket.grain}:0:${bucket.name}`);
        if (fold) addSlots(sums, Object.fromEntries(fold), bucket);
      }
      const expected = moments.filter((each) => each >= range.from && each < range.to).length;
      expect(sums.get('email_clicks') ?? 0).toBe(expected);
    }),
  );
});
