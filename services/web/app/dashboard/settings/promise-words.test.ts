import { type ApiProgram, defaultProgram } from '@referral/contracts';
import { createFormats } from '../formats.ts';
import { promiseInWords } from './promise-words.ts';

const formats = createFormats({ locale: 'en-US', timeZone: 'UTC', currency: 'USD' });
const words = (program: Partial<ApiProgram>) => promiseInWords({ ...defaultProgram, ...program }, formats).join(' ');

const points = { type: 'points', value: 100 } as const;
const percent = { type: 'discount_percent', value: 10 } as const;

test('both sides are told what they get, for what, and until when', () => {
  expect(
    words({ referrer_reward: points, referee_reward: percent, qualifying_event: { type: 'first_purchase' } }),
  ).toBe(
    'You get 100 points when your friend buys for the first time, within 90 days of following your invitation. ' +
      'Your friend gets 10% off then. It is for friends who have never bought here.',
  );
});

test('one side alone, a minimum spend and a limit', () => {
  expect(
    words({
      referee_reward: percent,
      qualifying_event: { type: 'minimum_spend', minimum_amount: 49.5 },
      new_customers_only: false,
      limits: { max_referrals_per_referrer: 3, cooldown_seconds: 0, over_limit: 'referee_only' },
    }),
  ).toBe(
    'Your friend gets 10% off when your friend has spent $49.50, within 90 days of following your invitation. ' +
      'You can be rewarded for 3 friends; friends beyond that are still rewarded.',
  );
});

test('without rewards nothing is promised', () => {
  expect(words({})).toMatch(/^Nobody is promised a reward/);
});
