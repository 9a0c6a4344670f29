import { type ApiProgram, defaultProgram } from '@referral/contracts';
import { type Draft, readDraft, toDraft, toFieldErrors } from './draft.ts';

const full: ApiProgram = {
  enabled: true,
  referrer_reward: { type: 'credit', value: 20.5 },
  referee_reward: { type: 'discount_percent', value: 12.5 },
  qualifying_event: { type: 'minimum_spend', minimum_amount: 49.99 },
  limits: { max_referrals_per_referrer: 5, cooldown_seconds: 5_400, over_limit: 'neither' },
  windows: { attribution_days: 1, conversion_days: 2, reversal_days: 3 },
  attribution: { model: 'first_touch' },
  new_customers_only: false,
  milestones: [{ threshold: 5 }, { threshold: 10, bonus: { type: 'points', value: 500 } }],
  earning_rules: [{ name: 'Welcome', beneficiary: 'referee', points: 5 }],
  nudge_after_hours: [24, 72],
  landing_url: 'https://example.com/join',
  referrer_name_display: 'first_initial',
};

const errorsOf = (draft: Draft) => {
  const read = readDraft(draft, 'USD');
  return 'errors' in read ? read.errors : {};
};

test.each([
  ['the defaults', defaultProgram],
  ['one with everything', full],
])('the form loses nothing of a programme: %s', (_, program) => {
  expect(readDraft(toDraft(program), 'USD')).toEqual({ program });
});

test('what is wrong is told at its field, by the rules of the API', () => {
  const draft = toDraft(full);
  expect(
    errorsOf({
      ...draft,
      referrer_reward: { type: 'points', value: 1.5 },
      referee_reward: { type: 'discount_percent', value: 101 },
      qualifying_event: { type: 'minimum_spend', minimum_amount: '' },
      limits: { ...draft.limits, cooldown: { value: '', unit: 'day' } },
      windows: { ...draft.windows, conversion_days: 0 },
      nudge_after_hours: ['24', 'soon'],
      landing_url: 'javascript:alert(1)',
    }),
  ).toEqual({
    'referrer_reward.value': 'Must be a whole number of points',
    'referee_reward.value': 'Must be a percentage between 0 and 100',
    'qualifying_event.minimum_amount': expect.any(String),
    'limits.cooldown.value': 'Is required',
    'windows.conversion_days': expect.any(String),
    nudge_after_hours: expect.any(String),
    landing_url: 'Must be an http or https address',
  });
});

test('an amount with more digits than the tenant’s currency has is refused before it is sent', () => {
  const draft = toDraft({ ...full, referrer_reward: { type: 'credit', value: 20.001 } });
  expect(errorsOf(draft)).toEqual({ 'referrer_reward.value': 'Must have at most 2 decimals' });
});

test('faults of lists and of their members stand at the list and at the member', () => {
  const draft = toDraft(full);
  const milestones = [
    { threshold: 10, bonus: { type: 'none', value: '' } },
    { threshold: 5, bonus: { type: 'none', value: '' } },
  ] as const;
  expect(errorsOf({ ...draft, milestones })).toEqual({ milestones: 'Thresholds must rise' });
  expect(errorsOf({ ...draft, earning_rules: [{ name: '', beneficiary: 'referrer', points: '' }] })).toEqual({
    'earning_rules.0.name': expect.any(String),
    'earning_rules.0.points': 'Is required',
  });
});

test('the minimum amount goes away with the event that asks for it', () => {
  const draft = toDraft(full);
  const read = readDraft({ ...draft, qualifying_event: { type: 'signup', minimum_amount: 50 } }, 'USD');
  expect('program' in read && read.program.qualifying_event).toEqual({ type: 'signup' });
});

test('what the server refuses stands at the field too, the first fault of each', () => {
  expect(
    toFieldErrors([
      { path: 'limits.cooldown_seconds', message: 'too long' },
      { path: 'limits.cooldown_seconds', message: 'odd' },
    ]),
  ).toEqual({ 'limits.cooldown.value': 'Too long' });
});
