import { Problem } from '@referral/host';
import { knownZone, monthAround, readPeriod } from './period.ts';

const at = (text: string) => Date.parse(text);

test('a date is midnight in the tenant’s time zone', () => {
  expect(readPeriod({ from: '2026-01-01', to: '2026-02-01' }, 'Asia/Kathmandu')).toEqual({
    from: at('2025-12-31T18:15:00Z'),
    to: at('2026-01-31T18:15:00Z'),
  });
  expect(readPeriod({ from: '2026-03-08', to: '2026-03-09' }, 'America/New_York')).toEqual({
    from: at('2026-03-08T05:00:00Z'),
    to: at('2026-03-09T04:00:00Z'),
  });
});

test('an instant keeps its own offset and is floored to the quarter of an hour', () => {
  expect(readPeriod({ from: '2026-01-01T10:29:59.999+02:00' }, 'Asia/Kathmandu')).toEqual({
    from: at('2026-01-01T08:15:00Z'),
    to: null,
  });
});

test.each([
  ['an empty period', { from: '2026-01-02', to: '2026-01-02' }],
  ['a period that ends before it begins', { from: '2026-01-02', to: '2026-01-01' }],
  ['a period that flooring makes empty', { from: '2026-01-01T10:01:00Z', to: '2026-01-01T10:14:00Z' }],
  ['more than ten years', { from: '2016-01-01', to: '2026-01-02' }],
  ['the year 1', { from: '0001-01-01' }],
  ['the year 9999', { to: '9999-12-31T23:59:59Z' }],
])('%s is refused', (_, query) => {
  expect(() => readPeriod(query, 'UTC')).toThrow(Problem);
});

test('ten years to the day are still answered', () => {
  expect(readPeriod({ from: '2016-01-01', to: '2026-01-01' }, 'America/New_York').to).toBe(at('2026-01-01T05:00:00Z'));
});

test('the month around a moment is the calendar month of the time zone', () => {
  expect(monthAround(at('2026-03-31T18:14:59Z'), 'Asia/Kathmandu').to).toBe(at('2026-03-31T18:15:00Z'));
  expect(monthAround(at('2026-03-31T18:15:00Z'), 'Asia/Kathmandu').from).toBe(at('2026-03-31T18:15:00Z'));
  expect(monthAround(at('2026-03-15T00:00:00Z'), 'America/New_York')).toEqual({
    from: at('2026-03-01T05:00:00Z'),
    to: at('2026-04-01T04:00:00Z'),
  });
});

test('a zone that is unknown here is read as UTC, so that figures stay available', () => {
  expect([knownZone(undefined), knownZone('Mars/Olympus'), knownZone('Asia/Kathmandu')]).toEqual([
    'UTC',
    'UTC',
    'Asia/Kathmandu',
  ]);
});
