import { defaultProgram } from '@referral/contracts';
import { differences, settingName, settingValue } from './setting-words.ts';

test.each([
  ['windows.attribution_days', 'Attribution window, days'],
  ['milestones.1.bonus.value', 'Milestone 2, bonus, value'],
  ['nudge_after_hours.0', 'Reminder, hours 1'],
  ['of.tomorrow', 'of.tomorrow'],
  ['toString', 'toString'],
])('%s is called %s', (path, name) => {
  expect(settingName(path)).toBe(name);
});

test('every setting of a programme has a name', () => {
  const everything = {
    ...defaultProgram,
    referrer_reward: { type: 'points', value: 1 },
    referee_reward: { type: 'points', value: 1 },
    qualifying_event: { type: 'minimum_spend', minimum_amount: 1 },
    limits: { ...defaultProgram.limits, max_referrals_per_referrer: 1 },
    landing_url: 'https://example.com',
  } as const;
  for (const { path } of differences(everything, null)) expect(settingName(path)).not.toBe(path);
});

test('the difference is every single setting, also one that only one side has', () => {
  const mine = { a: 1, list: [{ x: 1 }], same: true };
  const theirs = { a: 2, list: [], same: true };
  expect(differences(mine, theirs)).toEqual([
    { path: 'a', mine: 1, theirs: 2 },
    { path: 'list.0.x', mine: 1, theirs: null },
  ]);
});

test('values are told in words', () => {
  expect([null, true, 'referee_only', 5].map(settingValue)).toEqual(['not set', 'yes', 'referee only', '5']);
});
