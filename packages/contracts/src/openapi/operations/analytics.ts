import {
  channelsAnswer,
  figuresQuery,
  leaderboardAnswer,
  leaderboardQuery,
  summaryAnswer,
} from '../../api/analytics.ts';
import { badCursor, exampleNow } from '../example-data.ts';
import type { ApiOperation } from '../operation.ts';
import { problem } from '../problems.ts';

const march = { from: '2026-03-01', to: '2026-04-01' };
const backwards = {
  name: 'backwards',
  summary: 'A period that ends before it begins',
  parameters: { from: '2026-04-01', to: '2026-03-01' },
  status: 400,
  answer: problem('validation-failed', {
    errors: [{ path: 'to', message: 'must be later than from, by a quarter of an hour at least' }],
  }),
};

export const analyticsOperations: readonly ApiOperation[] = [
  {
    method: 'get',
    path: '/api/loyalty/referrals/summary',
    id: 'getSummary',
    summary: 'The figures of a period',
    description:
      'Counts are of the referrals attributed in it, whatever became of them since. Without `from` and `to`: of all time.',
    callers: ['admin'],
    parameters: { query: figuresQuery },
    answers: { 200: { description: 'The figures, and how far behind they are.', schema: summaryAnswer } },
    examples: [
      {
        name: 'march',
        summary: 'A month of the tenant’s time zone',
        parameters: march,
        status: 200,
        answer: {
          as_of: exampleNow,
          lag_events: 0,
          time_zone: 'America/New_York',
          period: { from: '2026-03-01T05:00:00.000Z', to: '2026-04-01T04:00:00.000Z' },
          referrals: { total: 1, this_month: 1, pending: 0, converted: 1, rejected: 0, expired: 0, reversed: 0 },
          conversion_rate: 1,
          revenue: [{ currency: 'USD', amount: 29.33 }],
          funnel: { shares: 1, clicks: 1, signups: 1, conversions: 1 },
          rewards: { issued: 3, reversed: 0 },
        },
      },
      backwards,
    ],
  },
  {
    method: 'get',
    path: '/api/loyalty/referrals/channels',
    id: 'getChannels',
    summary: 'What each channel brought',
    callers: ['admin'],
    parameters: { query: figuresQuery },
    answers: { 200: { description: 'Those with the most referrals first.', schema: channelsAnswer } },
    examples: [
      {
        name: 'all_time',
        summary: 'Of all time',
        status: 200,
        answer: {
          as_of: exampleNow,
          period: { from: null, to: null },
          data: [{ channel: 'whatsapp', shares: 1, clicks: 1, referrals: 1, converted: 1, conversion_rate: 1 }],
        },
      },
      backwards,
    ],
  },
  {
    method: 'get',
    path: '/api/loyalty/referrals/leaderboard',
    id: 'getLeaderboard',
    summary: 'Referrers with conversions, those with the most first',
    callers: ['admin'],
    parameters: { query: leaderboardQuery },
    answers: { 200: { description: 'One page.', schema: leaderboardAnswer } },
    examples: [
      {
        name: 'first',
        summary: 'The first rows',
        parameters: { limit: '10' },
        status: 200,
        answer: {
          as_of: exampleNow,
          data: [
            { rank: 1, referrer_customer_id: 'cus_111', conversions: 1, revenue: [{ currency: 'USD', amount: 29.33 }] },
          ],
          next_cursor: null,
        },
      },
      badCursor,
    ],
  },
];
