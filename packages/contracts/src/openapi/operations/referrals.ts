import { z } from 'zod';
import { referralAnswer, referralsAnswer, referralsQuery, refusedAnswer, refusedQuery } from '../../api/attribution.ts';
import { exampleCode, exampleReferralId, jane, john } from '../example-data.ts';
import type { ApiOperation } from '../operation.ts';
import { problem } from '../problems.ts';

const converted = {
  id: exampleReferralId,
  referrer_customer_id: john.customer_id,
  referee_customer_id: jane.customer_id,
  referrer_name: john.name,
  referrer_email: john.email,
  referee_name: jane.name,
  referee_email: jane.email,
  created_at: '2026-03-20T10:00:00.000Z',
  status: 'converted',
  channel: 'whatsapp',
  code: exampleCode,
  program_version: 1,
  referrer_ordinal: 1,
  rewards_applied: { referrer: { type: 'points', value: 100 }, referee: { type: 'discount_percent', value: 10 } },
};

const decisions = [
  {
    id: 'dec_fc488460b991491566297dceb8fa8b82',
    at: '2026-03-20T10:00:00.000Z',
    outcome: 'attributed',
    rule: 'typed_code',
    reason: 'typed_code',
    because: {
      code: exampleCode,
      referrer_customer_id: john.customer_id,
      channel: 'whatsapp',
      program_version: 1,
      attributed_by: 'signup',
      candidates_lost: [],
    },
    event_id: 'shop-customer_signed_up',
  },
  {
    id: 'dec_48556394bf4bf3a2d8ae1a417c317708',
    at: '2026-03-22T09:30:00.000Z',
    outcome: 'converted',
    rule: 'first_purchase',
    reason: 'first_purchase',
    because: {
      type: 'first_purchase',
      order_id: 'ord_1',
      amount: 2_933,
      currency: 'USD',
      attributed_at: '2026-03-20T10:00:00.000Z',
      qualified_at: '2026-03-22T09:30:00.000Z',
      qualified_by: 'shop-purchase_completed',
    },
    event_id: 'shop-purchase_completed',
  },
  {
    id: 'dec_48556394bf4bf3a2d8ae1a417c317708_limits',
    at: '2026-03-22T09:30:00.000Z',
    outcome: 'counted',
    rule: 'limits',
    reason: 'within_limits',
    because: {
      limits: { max_referrals_per_referrer: null, cooldown_seconds: 0, over_limit: 'referee_only' },
      conversions_counted: 0,
      seconds_since_last: null,
      referrer_ordinal: 1,
    },
    event_id: 'shop-purchase_completed',
  },
];

const badLimit = {
  name: 'bad_limit',
  summary: 'More rows than one page may have',
  parameters: { limit: '500' },
  status: 400,
  answer: problem('validation-failed', {
    errors: [{ path: 'limit', message: 'must be a whole number from 1 to 200' }],
  }),
};

export const referralOperations: readonly ApiOperation[] = [
  {
    method: 'get',
    path: '/api/referrals',
    id: 'listReferrals',
    summary: 'Referrals, the newest first, or those of whom a search finds',
    description: [
      'With `q`, the referrals whose referrer or referee is found: each word of `q` begins a word of that one person’s name or e-mail (whatever its case and diacritics), or `q` is that person’s customer id or referral code.',
      'They come person by person: where one is the referrer, then where one is the referee, each the newest first. A referral stands once, under its referrer where both are found.',
      'The work of one call is bounded, so a page of a search may be short or empty although there is more: it ends where `next_cursor` is null. A cursor goes on with the same `q` and `status` only.',
    ].join('\n\n'),
    callers: ['admin'],
    parameters: { query: referralsQuery },
    answers: { 200: { description: 'One page.', schema: referralsAnswer } },
    examples: [
      {
        name: 'converted',
        summary: 'Those that have converted',
        parameters: { status: 'converted', limit: '10' },
        status: 200,
        answer: { data: [converted], next_cursor: null },
      },
      {
        name: 'found',
        summary: 'Those of whoever is called so',
        parameters: { q: 'smi jane' },
        status: 200,
        answer: { data: [converted], next_cursor: null },
      },
      {
        name: 'nobody_found',
        summary: 'A search that finds nobody',
        parameters: { q: 'nobody@example.com' },
        status: 200,
        answer: { data: [], next_cursor: null },
      },
      {
        name: 'search_too_long',
        summary: 'A search for more than a name can be',
        parameters: { q: 'x'.repeat(101) },
        status: 400,
        answer: problem('validation-failed', {
          errors: [{ path: 'q', message: 'Too big: expected string to have <=100 characters' }],
        }),
      },
      badLimit,
    ],
  },
  {
    method: 'get',
    path: '/api/referrals/refused',
    id: 'listRefusals',
    summary: 'Attempts that never became a referral, the latest first',
    callers: ['admin'],
    parameters: { query: refusedQuery },
    answers: { 200: { description: 'One page.', schema: refusedAnswer } },
    examples: [
      {
        name: 'self_referral',
        summary: 'A customer who used his own code',
        status: 200,
        answer: {
          data: [
            {
              event_id: 'shop-self',
              referee_customer_id: john.customer_id,
              code: exampleCode,
              reason: 'self_referral',
              at: '2026-03-20T10:00:00.000Z',
              decision_id: 'dec_eb0b70a2bc4e69f42483baae3538eb85',
            },
          ],
          next_cursor: null,
        },
      },
      badLimit,
    ],
  },
  {
    method: 'get',
    path: '/api/referrals/{id}',
    id: 'getReferral',
    summary: 'One referral, with every decision on it and its reasons',
    callers: ['admin'],
    parameters: { path: z.object({ id: z.string().regex(/^ref_/) }) },
    answers: { 200: { description: 'The referral.', schema: referralAnswer } },
    problems: ['not-found'],
    examples: [
      {
        name: 'converted',
        summary: 'One that has converted',
        parameters: { id: exampleReferralId },
        status: 200,
        answer: {
          ...converted,
          converted_at: '2026-03-22T09:30:00.000Z',
          qualifying: { type: 'first_purchase', order_id: 'ord_1', amount: 2_933, currency: 'USD' },
          revision: 2,
          decisions,
          conversion_ends_at: '2026-06-18T10:00:00.000Z',
          reminders: [],
          refusals: [],
        },
      },
      {
        name: 'unknown',
        summary: 'None that this token may see',
        parameters: { id: 'ref_00000000000000000000000000000000' },
        status: 404,
        answer: problem('not-found', { detail: 'There is no such referral.' }),
      },
    ],
  },
];
