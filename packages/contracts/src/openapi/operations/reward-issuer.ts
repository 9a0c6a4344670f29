import { z } from 'zod';
import { balanceAnswer, rewardsAnswer, rewardsQuery } from '../../api/reward-issuer.ts';
import { identifier } from '../../scalars.ts';
import { exampleReferralId } from '../example-data.ts';
import type { ApiOperation } from '../operation.ts';
import { problem } from '../problems.ts';

const tooLong = 'x'.repeat(129);

export const rewardIssuerOperations: readonly ApiOperation[] = [
  {
    method: 'get',
    path: '/api/rewards',
    id: 'listRewards',
    summary: 'Rewards, the latest issued first',
    callers: ['admin'],
    parameters: { query: rewardsQuery },
    answers: { 200: { description: 'One page.', schema: rewardsAnswer } },
    examples: [
      {
        name: 'of_customer',
        summary: 'Those of one customer',
        parameters: { customer_id: 'cus_111' },
        status: 200,
        answer: {
          data: [
            {
              id: 'rwd_81afb40e54694b3a46cf066c8a3ea12d',
              customer_id: 'cus_111',
              side: 'referrer',
              kind: 'referral',
              type: 'points',
              value: 100,
              referral_id: exampleReferralId,
              status: 'issued',
              issued_at: '2026-03-22T09:30:00.000Z',
            },
          ],
          next_cursor: null,
        },
      },
      {
        name: 'bad_cursor',
        summary: 'A cursor that no page has given',
        parameters: { cursor: 'page-2' },
        status: 400,
        answer: problem('validation-failed', {
          errors: [{ path: 'cursor', message: 'must be a cursor that a page before has given' }],
        }),
      },
    ],
  },
  {
    method: 'get',
    path: '/api/rewards/my-balance',
    id: 'getMyBalance',
    summary: 'What the customer has',
    callers: ['customer'],
    answers: { 200: { description: 'Zeros and empty lists for one who has nothing.', schema: balanceAnswer } },
    examples: [
      {
        name: 'points',
        summary: 'A customer who has brought one other',
        status: 200,
        answer: { customer_id: 'cus_111', points: 100, credit: [], discounts: [] },
      },
    ],
  },
  {
    method: 'get',
    path: '/api/customers/{id}/balance',
    id: 'getBalance',
    summary: 'What a customer has',
    callers: ['admin'],
    parameters: { path: z.object({ id: identifier }) },
    answers: { 200: { description: 'Zeros and empty lists for one who is not known here.', schema: balanceAnswer } },
    problems: ['validation-failed'],
    examples: [
      {
        name: 'discount',
        summary: 'One who holds a discount',
        parameters: { id: 'cus_222' },
        status: 200,
        answer: {
          customer_id: 'cus_222',
          points: 0,
          credit: [],
          discounts: [
            { id: 'dsc_1e2b9c3d505faa4810fe7da06c0f1b2c', type: 'discount_percent', value: 10, status: 'granted' },
          ],
        },
      },
      {
        name: 'too_long',
        summary: 'An id that none can be',
        parameters: { id: tooLong },
        status: 400,
        answer: problem('validation-failed', {
          errors: [
            { path: 'id', message: 'Too big: expected string to have <=128 characters' },
            { path: 'id', message: 'must be at most 128 bytes' },
          ],
        }),
      },
    ],
  },
];
