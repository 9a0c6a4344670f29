import { dateIn, intervalFor, presetRange, rangeQuery, readRange } from './range.ts';

const newYork = 'America/New_York';
/** Ten in the evening of 28 February there, and 1 March already in UTC. */
const lateEvening = new Date('2026-03-01T03:00:00Z');

test.each([
  ['7d', { from: '2026-02-22', to: '2026-02-28' }],
  ['month', { from: '2026-02-01', to: '2026-02-28' }],
  ['last-month', { from: '2026-01-01', to: '2026-01-31' }],
  ['year', { from: '2026-01-01', to: '2026-02-28' }],
  ['all', { from: null, to: null }],
] as const)('%s is of the tenant’s days', (preset, range) => {
  expect(presetRange(preset, lateEvening, newYork)).toEqual(range);
});

test('the month before January is December of the year before', () => {
  expect(presetRange('last-month', new Date('2026-01-15T12:00:00Z'), newYork)).toEqual({
    from: '2025-12-01',
    to: '2025-12-31',
  });
});

test('the last day belongs to a range, and the API is told the day after it', () => {
  expect(rangeQuery({ from: '2026-02-01', to: '2026-02-28' })).toEqual({ from: '2026-02-01', to: '2026-03-01' });
  expect(rangeQuery({ from: null, to: null })).toEqual({});
});

test('a day is a day also where the clocks change', () => {
  expect(presetRange('7d', new Date('2026-03-10T12:00:00Z'), newYork)).toEqual({
    from: '2026-03-04',
    to: '2026-03-10',
  });
  expect(dateIn(lateEvening, newYork)).toBe('2026-02-28');
});

test.each([
  [{ from: '2026-02-22', to: '2026-02-28' }, 'day'],
  [{ from: '2025-12-01', to: '2026-02-28' }, 'week'],
  [{ from: '2020-01-01', to: '2026-02-28' }, 'month'],
  [{ from: null, to: null }, 'month'],
] as const)('%j is shown by %s', (range, interval) => {
  expect(intervalFor(range, lateEvening, newYork)).toBe(interval);
});

test.each([
  ['', 'all', null],
  ['period=7d', '7d', '2026-02-22'],
  ['period=constructor', 'all', null],
  ['from=2026-01-05&to=2026-01-09', undefined, '2026-01-05'],
  ['from=2026-01-09&to=2026-01-05', 'all', null],
  ['from=2026-02-30&to=2026-03-05', 'all', null],
  ['from=x&to=y', 'all', null],
])('the address ?%s asks for %s', (query, preset, from) => {
  const read = readRange(new URLSearchParams(query), lateEvening, newYork);
  expect([read.preset, read.range.from]).toEqual([preset, from]);
});
