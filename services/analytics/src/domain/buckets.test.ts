import fc from 'fast-check';
import { addParts, bucketsIn, floorToQuarter, placesOf, referrerGrains, tenantGrains } from './buckets.ts';
import { bucketFold, countAt, countForReferrer, referrerFold } from './folds.ts';

const at = (text: string) => Date.parse(text);

test('a moment counts in one slot of each grain of UTC, whatever its offset says', () => {
  expect(placesOf(at('2026-02-01T05:44:59+05:45'), tenantGrains)).toEqual([
    { grain: 'total', path: [], slot: 2026 },
    { grain: 'year', path: [2026], slot: 1 },
    { grain: 'month', path: [2026, 1], slot: 31 },
    { grain: 'day', path: [2026, 1, 31], slot: 23 },
    { grain: 'hour', path: [2026, 1, 31, 23], slot: 3 },
  ]);
  expect(placesOf(at('1969-12-31T00:15:00Z'), tenantGrains).at(-1)).toEqual({
    grain: 'hour',
    path: [1969, 12, 31, 0],
    slot: 1,
  });
});

test('a referrer’s moment counts in three documents, in slots that stand in the order of time', () => {
  expect(placesOf(at('2026-02-01T05:44:59+05:45'), referrerGrains)).toEqual([
    { grain: 'total', path: [], slot: 202601 },
    { grain: 'month', path: [2026, 1], slot: 31 },
    { grain: 'day', path: [2026, 1, 31], slot: 2303 },
  ]);
});

test('a range of years reads what is whole from coarser documents, in the order of time', () => {
  expect(bucketsIn({ from: at('2019-11-29T18:15:00Z'), to: at('2026-02-02T01:15:00Z') }, tenantGrains)).toEqual([
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
  expect(bucketsIn(range, tenantGrains)).toEqual([{ grain: 'hour', path: [2026, 1, 2, 10], first: 0, end: 2 }]);
  expect(bucketsIn({ from: range.to, to: range.from }, tenantGrains)).toEqual([]);
});

test('a period that is open at one end reaches no further than our time, however wrong a publisher’s clock was', () => {
  expect(bucketsIn({ from: at('2026-01-01'), to: null }, tenantGrains)).toEqual([
    { grain: 'total', path: [], first: 2026, end: 2200 },
  ]);
  expect(bucketsIn({ from: null, to: at('2026-01-01') }, tenantGrains)).toEqual([
    { grain: 'total', path: [], first: 1970, end: 2026 },
  ]);
});

const moment = fc.integer({ min: at('1999-12-01'), max: at('2026-04-01') });
const near = fc.integer({ min: at('2025-12-30'), max: at('2026-01-03') });

// A dashboard of ten years costs what one of a week does: this is why nothing is summed over history.
const kinds = [
  {
    of: 'a tenant',
    grains: tenantGrains,
    most: 9,
    count: (moment: string) => countAt({ tenantId: 't', shard: 0, at: moment }, 'email_clicks', 1),
    foldOf: (bucket: Parameters<typeof bucketFold>[2]) => bucketFold('t', 0, bucket),
    counter: 'email_clicks',
  },
  {
    of: 'a referrer',
    grains: referrerGrains,
    most: 5,
    count: (moment: string) => countForReferrer({ tenantId: 't', customerId: 'ann', at: moment }, 'USD_revenue', 1),
    foldOf: (bucket: Parameters<typeof bucketFold>[2]) => referrerFold('t', 'ann', bucket),
    counter: 'USD_revenue',
  },
];
describe.each(kinds)('of $of', ({ grains, most, count, foldOf, counter }) => {
  test('the sum over the buckets of a range is what happened in it, for any range and any moments', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(moment, near), { maxLength: 50 }), moment, near, (moments, one, other) => {
        const range = { from: floorToQuarter(Math.min(one, other)), to: floorToQuarter(Math.max(one, other)) };
        const folds = new Map<string, Record<string, Record<string, number>>>();
        for (const each of moments) {
          for (const [foldId, counters] of Object.entries(count(new Date(each).toISOString()))) {
            const slots = folds.get(foldId) ?? {};
            folds.set(foldId, slots);
            for (const [name, value] of Object.entries(counters)) {
              const [counter = '', slot] = name.split('/');
              if (slot === undefined) continue;
              const sums = slots[counter] ?? {};
              slots[counter] = { ...sums, [slot]: (sums[slot] ?? 0) + value };
            }
          }
        }
        const sums = new Map<string, number>();
        for (const bucket of bucketsIn(range, grains))
          addParts({ slots: folds.get(foldOf(bucket)) ?? {} }, [{ ...bucket, into: sums }]);
        expect(sums.get(counter) ?? 0).toBe(moments.filter((each) => each >= range.from && each < range.to).length);
      }),
    );
  });

  test(`no range, however long, reads more than ${most} documents`, () => {
    fc.assert(
      fc.property(moment, moment, (from, to) => {
        const period = { from: floorToQuarter(from), to: floorToQuarter(to) };
        expect(bucketsIn(period, grains).length).toBeLessThanOrEqual(most);
      }),
    );
  });
});
