import fc from 'fast-check';
import { bucketsIn, bySlot, floorToQuarter, placesOf } from './buckets.ts';
import { bucketFold, countAt } from './folds.ts';

const at = (text: string) => Date.parse(text);

test('a moment counts in one slot of each grain of UTC, whatever its offset says', () => {
  expect(placesOf(at('2026-02-01T05:44:59+05:45'))).toEqual([
    { grain: 'total', path: [], slot: 2026 },
    { grain: 'year', path: [2026], slot: 1 },
    { grain: 'month', path: [2026, 1], slot: 31 },
    { grain: 'day', path: [2026, 1, 31], slot: 23 },
    { grain: 'hour', path: [2026, 1, 31, 23], slot: 3 },
  ]);
  expect(placesOf(at('1969-12-31T00:15:00Z')).at(-1)).toEqual({ grain: 'hour', path: [1969, 12, 31, 0], slot: 1 });
});

test('a range of years reads what is whole from coarser documents, in the order of time', () => {
  expect(bucketsIn({ from: at('2019-11-29T18:15:00Z'), to: at('2026-02-02T01:15:00Z') })).toEqual([
    { grain: 'hour', path: [2019, 11, 29, 18], first: 1, end: 4 },
    { grain: 'day', path: [2019, 11, 29], first: 19, end: 24 },
    { grain: 'month', path: [2019, 11], first: 30, end: 31 },
    { grain: 'year', path: [2019], first: 12, end: 13 },
    { grain: 'total', path: [], first: 2020, end: 2026 },
    { grain: 'year', path: [2026], first: 1, end: 2 },
    { grain: 'month', path: [2026, 2], first: 1, end: 2 },
    { grain: 'day', path: [2026, 2, 2], first: 0, end: 1 },
    { grain: 'hour', path: [2026, 2, 2, 1], first: 0, end: 1 },
  ]);
});

test('a range within one hour reads its quarters alone, an empty one nothing', () => {
  const range = { from: at('2026-01-02T10:00:00Z'), to: at('2026-01-02T10:30:00Z') };
  expect(bucketsIn(range)).toEqual([{ grain: 'hour', path: [2026, 1, 2, 10], first: 0, end: 2 }]);
  expect(bucketsIn({ from: range.to, to: range.from })).toEqual([]);
});

test('a period that is open at one end reaches no further than our time, however wrong a publisher’s clock was', () => {
  expect(bucketsIn({ from: at('2026-01-01'), to: null })).toEqual([
    { grain: 'total', path: [], first: 2026, end: 2200 },
  ]);
  expect(bucketsIn({ from: null, to: at('2026-01-01') })).toEqual([
    { grain: 'total', path: [], first: 1970, end: 2026 },
  ]);
});

const moment = fc.integer({ min: at('1999-12-01'), max: at('2026-04-01') });
const near = fc.integer({ min: at('2025-12-30'), max: at('2026-01-03') });

test('the sum over the buckets of a range is what happened in it, for any range and any moments', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(moment, near), { maxLength: 50 }), moment, near, (moments, one, other) => {
      const range = { from: floorToQuarter(Math.min(one, other)), to: floorToQuarter(Math.max(one, other)) };
      const folds = new Map<string, Record<string, number>>();
      for (const each of moments) {
        const contributions = countAt({ tenantId: 't', shard: 0, at: new Date(each).toISOString() }, 'email_clicks', 1);
        for (const [foldId, counters] of Object.entries(contributions)) {
          const fold = folds.get(foldId) ?? {};
          for (const [name, value] of Object.entries(counters)) fold[name] = (fold[name] ?? 0) + value;
          folds.set(foldId, fold);
        }
      }
      let sum = 0;
      for (const bucket of bucketsIn(range)) {
        for (const [slot, counters] of bySlot(folds.get(bucketFold('t', 0, bucket)) ?? {})) {
          if (slot >= bucket.first && slot < bucket.end) sum += new Map(counters).get('email_clicks') ?? 0;
        }
      }
      expect(sum).toBe(moments.filter((each) => each >= range.from && each < range.to).length);
    }),
  );
});

// A dashboard of ten years costs what one of a week does: this is why nothing is summed over history.
test('no range, however long, reads more than nine documents', () => {
  fc.assert(
    fc.property(moment, moment, (from, to) => {
      expect(bucketsIn({ from: floorToQuarter(from), to: floorToQuarter(to) }).length).toBeLessThanOrEqual(9);
    }),
  );
});
