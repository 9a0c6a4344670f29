import { dateWords, moneyWords, numberWords, percentWords } from './format.ts';

/** Protects: numbers, money and dates are written as the viewer writes them, not as the tenant does. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

test.each([
  ['en-US', '1,234.5', '12.5%', '$1,234', '$20.50'],
  ['de-DE', '1.234,5', '12,5 %', '1.234 $', '20,50 $'],
])('%s', (locale, number, percent, money, cents) => {
  expect(numberWords(1234.5, locale)).toBe(number);
  expect(plain(percentWords(12.5, locale))).toBe(percent);
  expect(plain(moneyWords(1234, 'USD', locale))).toBe(money);
  expect(plain(moneyWords(20.5, 'USD', locale))).toBe(cents);
});

test('a currency without cents has none, and an instant is a day of its time zone', () => {
  expect(moneyWords(500, 'JPY', 'en-US')).toBe('¥500');
  expect(dateWords('2026-03-22T02:00:00Z', 'en-US', 'America/New_York')).toBe('Mar 21, 2026');
});
