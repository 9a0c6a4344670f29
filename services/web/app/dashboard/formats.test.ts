import { createFormats, toDuration, toSeconds } from './formats.ts';

const acme = createFormats({ locale: 'en-US', timeZone: 'America/New_York', currency: 'USD' });
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

test('a moment is told in the tenant’s time zone, whoever looks at it from wherever', () => {
  expect(plain(acme.moment('2026-03-01T03:30:00Z'))).toBe('Feb 28, 2026, 10:30 PM');
  expect(acme.day('2026-03-01T03:30:00Z')).toBe('Feb 28, 2026');
});

test('a bucket is a calendar date, which no time zone moves', () => {
  expect(acme.bucket('2026-03-01', 'day')).toBe('Mar 1');
  expect(acme.bucket('2026-03-01', 'month')).toBe('Mar 2026');
});

test('money is told per currency, in units of each', () => {
  expect(acme.minorMoney(1999, 'USD')).toBe('$19.99');
  expect(acme.minorMoney(1999, 'JPY')).toBe('¥1,999');
  expect(acme.amounts([])).toBe('$0');
  expect(
    acme.amounts([
      { currency: 'EUR', amount: 5 },
      { currency: 'USD', amount: 1234.5 },
    ]),
  ).toBe('€5, $1,234.50');
});

test('a reward that is worth nothing is told as nothing', () => {
  expect(acme.reward({ type: 'points', value: 0 })).toBe('nothing');
  expect(acme.reward({ type: 'points', value: 1 })).toBe('1 point');
});

test('a duration is shown in a unit that loses nothing of it', () => {
  for (const seconds of [0, 1, 59, 60, 90, 3_600, 5_400, 86_400, 31_536_000]) {
    const { value, unit } = toDuration(seconds);
    expect(toSeconds(value, unit)).toBe(seconds);
    expect(Number.isInteger(value)).toBe(true);
  }
  expect(acme.seconds(172_800)).toBe('2 days');
  expect(acme.seconds(5_400)).toBe('90 minutes');
});
