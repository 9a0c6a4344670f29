import { type ApiProgram, defaultProgram } from '../api/program.ts';
import type { ApiExample } from './operation.ts';
import { problem } from './problems.ts';

/** What the examples tell of: one tenant, one customer who brought another. Events tell of the same. */

export const acmeWaste = {
  tenant_id: 'acme-waste',
  slug: 'acme-waste',
  name: 'Acme Waste',
  currency: 'USD',
  time_zone: 'America/New_York',
};

/** 100 points for who brings somebody, 10 % for who comes and buys. */
export const acmeProgram: ApiProgram = {
  ...defaultProgram,
  enabled: true,
  qualifying_event: { type: 'first_purchase' },
  referrer_reward: { type: 'points', value: 100 },
  referee_reward: { type: 'discount_percent', value: 10 },
};

export const exampleCode = 'KH7N4WP3';
export const john = { customer_id: 'cus_111', name: 'John Doe', email: 'john@example.com' };
export const jane = { customer_id: 'cus_222', name: 'Jane Smith', email: 'jane@example.com' };
export const exampleReferralId = 'ref_8096f7e6db7714336d4432a7b057a66c';
/** When the examples are made. */
export const exampleNow = '2026-03-22T10:00:00.000Z';
/** Where their installation is reached. */
export const examplePublicUrl = 'https://refer.example.com';

/** How every list refuses it. */
export const badCursor: ApiExample = {
  name: 'bad_cursor',
  summary: 'A cursor that no page has given',
  parameters: { cursor: 'page-2' },
  status: 400,
  answer: problem('validation-failed', {
    errors: [{ path: 'cursor', message: 'must be a cursor that a page before has given' }],
  }),
};
