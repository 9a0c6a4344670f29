import { z } from 'zod';
import {
  channelsAnswer,
  figuresQuery,
  leaderboardAnswer,
  leaderboardQuery,
  liveHeaders,
  maxPoints,
  myRankAnswer,
  rebuildAnswer,
  summaryAnswer,
  timeseriesAnswer,
  timeseriesQuery,
} from '../../api/analytics.ts';
import { badCursor, exampleCode, exampleNow, exampleReferralId } from '../example-data.ts';
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
          lag_events: 0,
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
    description:
      'Those with as many conversions share a rank. Of a period, a referral counts when it was attributed in it and is ' +
      'converted now; revenue is that of the purchases in it. A period may have conversions in 36 months at most.',
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
          lag_events: 0,
          period: { from: null, to: null },
          data: [
            { rank: 1, referrer_customer_id: 'cus_111', conversions: 1, revenue: [{ currency: 'USD', amount: 29.33 }] },
          ],
          next_cursor: null,
        },
      },
      {
        name: 'march',
        summary: 'Of a month of the tenant’s time zone',
        parameters: march,
        status: 200,
        answer: {
          as_of: exampleNow,
          lag_events: 0,
          period: { from: '2026-03-01T05:00:00.000Z', to: '2026-04-01T04:00:00.000Z' },
          complete: true,
          data: [
            { rank: 1, referrer_customer_id: 'cus_111', conversions: 1, revenue: [{ currency: 'USD', amount: 29.33 }] },
          ],
          next_cursor: null,
        },
      },
      backwards,
      badCursor,
    ],
  },
  {
    method: 'get',
    path: '/api/loyalty/referrals/my-rank',
    id: 'getMyRank',
    summary: 'Where the customer stands among the referrers',
    callers: ['customer'],
    answers: { 200: { description: 'The rank, or null without any conversion.', schema: myRankAnswer } },
    examples: [
      {
        name: 'first',
        summary: 'Nobody has more',
        status: 200,
        answer: { as_of: exampleNow, lag_events: 0, rank: 1, conversions: 1 },
      },
    ],
  },
  {
    method: 'get',
    path: '/api/loyalty/referrals/timeseries',
    id: 'getTimeseries',
    summary: 'The figures of a period, by days, weeks or months',
    description:
      'Intervals are those of the tenant’s time zone, and none is left out. The points add up to the figures of the ' +
      'period. Without `from`, they begin with the first month in which there is anything; without `to`, they end now.',
    callers: ['admin'],
    parameters: { query: timeseriesQuery },
    answers: { 200: { description: 'One point per interval, oldest first.', schema: timeseriesAnswer } },
    examples: [
      {
        name: 'weeks',
        summary: 'Two weeks, the second of them in part',
        parameters: { interval: 'week', from: '2026-02-23', to: '2026-03-04' },
        status: 200,
        answer: {
          as_of: exampleNow,
          lag_events: 0,
          time_zone: 'America/New_York',
          period: { from: '2026-02-23T05:00:00.000Z', to: '2026-03-04T05:00:00.000Z' },
          interval: 'week',
          data: [
            { date: '2026-02-23', shares: 0, clicks: 0, referrals: 0, converted: 0, revenue: [] },
            { date: '2026-03-02', shares: 0, clicks: 0, referrals: 0, converted: 0, revenue: [] },
          ],
        },
      },
      {
        name: 'too_many',
        summary: 'More points than one answer holds',
        parameters: { interval: 'day', from: '2020-01-01', to: '2026-01-01' },
        status: 400,
        answer: problem('validation-failed', {
          errors: [
            {
              path: 'interval',
              message: `makes more than ${maxPoints} points for this period: take a longer interval or a shorter period`,
            },
          ],
        }),
      },
    ],
  },
  {
    method: 'get',
    path: '/api/loyalty/referrals/export.csv',
    id: 'exportReferrals',
    summary: 'The referrals of a period, as a file',
    description:
      'One line per referral that was attributed in it, oldest first, with ids only. There is a column of revenue per ' +
      'currency. A cell that a spreadsheet would take for a formula has an apostrophe in front of it.',
    callers: ['admin'],
    parameters: { query: figuresQuery },
    answers: {
      200: {
        description: 'CSV (RFC 4180) in UTF-8.',
        mediaType: 'text/csv',
        schema: z.string(),
        headers: ['Content-Disposition', 'X-As-Of', 'X-Lag-Events'],
      },
    },
    examples: [
      {
        name: 'march',
        summary: 'A month',
        parameters: march,
        status: 200,
        answer: [
          'referral_id,referrer_customer_id,referee_customer_id,channel,code,status,created_at,converted_at,revenue_USD',
          `${exampleReferralId},cus_111,cus_222,whatsapp,${exampleCode},converted,2026-03-20T10:00:00.000Z,2026-03-22T09:30:00.000Z,29.33`,
          '',
        ].join('\r\n'),
        headers: {
          'Content-Disposition': 'attachment; filename="referrals-2026-03-22.csv"',
          'X-As-Of': exampleNow,
          'X-Lag-Events': '0',
        },
      },
      backwards,
    ],
  },
  {
    method: 'get',
    path: '/api/loyalty/referrals/live',
    id: 'watchReferrals',
    summary: 'Events as they happen',
    description:
      'Server-sent events for clients that send their token in a header, such as `fetch`. Each has the event’s id, its ' +
      'type, and `{id, type, source, time, data}` as JSON, with ids only. Whoever comes back with `Last-Event-ID` goes on ' +
      'behind it; `event: gap` says that too much time has passed, and that figures should be read again. An event may ' +
      'come more than once. The stream ends after a quarter of an hour, or when its reader is too slow: connect again.',
    callers: ['admin'],
    parameters: { header: liveHeaders },
    answers: {
      200: {
        description: 'A stream that does not end by itself, with a comment every 15 seconds.',
        mediaType: 'text/event-stream',
        schema: z.string(),
        headers: ['Cache-Control', 'X-Accel-Buffering'],
      },
    },
    examples: [
      {
        name: 'watch',
        summary: 'From now on',
        status: 200,
        answer: ': watching\n\n',
        headers: { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
      },
    ],
  },
  {
    method: 'post',
    path: '/api/analytics/rebuild',
    id: 'startRebuild',
    summary: 'Makes all figures anew from what was counted',
    description:
      'Of all tenants, while events go on being counted. The figures that are shown stay those of before until the new ' +
      'ones are complete. While a rebuild is under way, it is answered with that one.',
    callers: ['platform'],
    answers: { 202: { description: 'It is under way.', schema: rebuildAnswer } },
    examples: [
      {
        name: 'start',
        summary: 'The first one',
        status: 202,
        answer: {
          state: 'building',
          generation: 1,
          last: null,
          progress: {
            generation: 2,
            step: 'facts',
            fraction: 0,
            facts: 0,
            started_at: exampleNow,
            estimated_seconds_left: null,
          },
        },
      },
    ],
  },
  {
    method: 'get',
    path: '/api/analytics/rebuild',
    id: 'getRebuild',
    summary: 'How far a rebuild of the figures is',
    callers: ['platform'],
    answers: { 200: { description: 'Whether one is under way, and when the last one was.', schema: rebuildAnswer } },
    examples: [
      {
        name: 'never',
        summary: 'There was none',
        status: 200,
        answer: { state: 'idle', generation: 1, last: null, progress: null },
      },
    ],
  },
];
