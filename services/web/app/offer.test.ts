import { offerWords, rewardOf, rewardWords } from './offer.ts';

const usd = { locale: 'en-US', currency: 'USD' };
const points = { type: 'points', value: 100 } as const;
const percent = { type: 'discount_percent', value: 10 } as const;

test.each([
  [percent, points, 'Give 10% off, get 100 points'],
  [{ type: 'discount_fixed', value: 5.5 }, { type: 'credit', value: 20 }, 'Give $5.50 off, get $20 credit'],
  [percent, null, 'Give 10% off'],
  [null, { type: 'points', value: 1 }, 'Get 1 point'],
  [{ type: 'credit', value: 0 }, null, undefined],
  [null, null, undefined],
] as const)('%j and %j: %s', (referee, referrer, words) => {
  expect(offerWords({ referee, referrer }, usd)).toBe(words);
});

test('without the currency no currency is made up', () => {
  expect(rewardWords({ type: 'credit', value: 20 }, { locale: 'en-US' })).toBe('20 credit');
});

test('the number is written as the viewer writes it', () => {
  expect(rewardWords({ type: 'points', value: 12_500 }, { locale: 'de-DE' })).toBe('12.500 points');
});

test('a side without type or value has no reward', () => {
  expect([rewardOf(null, 5), rewardOf('points', null), rewardOf('points', 5)]).toEqual([
    null,
    null,
    { type: 'points', value: 5 },
  ]);
});
