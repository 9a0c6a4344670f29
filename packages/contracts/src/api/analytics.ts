import { z } from 'zod';
import { channel, currency, identifier, instant } from '../scalars.ts';
import { pageOf, pageQuery } from './paging.ts';

/** What the calls of analytics take and answer. Money in major units. */

const moment = z.union([instant, z.iso.date()], { error: 'must be an RFC 3339 time, or a date such as 2026-01-31' });

/** The parameters of figures of a period, to spread into a `z.strictObject`. */
export const periodQuery = {
  from: moment.optional().meta({ description: 'The first moment. A date begins in the tenant’s time zone.' }),
  to: moment.optional().meta({ description: 'The first moment that does not belong to the period any more.' }),
};

export const figuresQuery = z.strictObject(periodQuery);
export const leaderboardQuery = z.strictObject({ ...periodQuery, ...pageQuery });

export const intervals = ['day', 'week', 'month'] as const;
export type Interval = (typeof intervals)[number];
/** The most points of one timeseries. */
export const maxPoints = 1_100;

export const timeseriesQuery = z.strictObject({
  interval: z
    .enum(intervals, { error: `must be one of ${intervals.join(', ')}` })
    .meta({ description: `Of each point; a week begins on Monday. There are at most ${maxPoints} points.` }),
  ...periodQuery,
});

/** What clients send of themselves when they come back. */
export const liveHeaders = z.object({
  'Last-Event-ID': z
    .string()
    .optional()
    .meta({ description: 'The `id` of the last event that came: goes on behind it, as far as it is remembered.' }),
});

const count = z.int().nonnegative();
const amounts = z.array(z.object({ currency, amount: z.number() }));
const rate = z.number().min(0).max(1);
const period = z.object({ from: instant.nullable(), to: instant.nullable() });

/** What every answer says of itself. */
const freshness = {
  as_of: instant,
  lag_events: count.meta({ description: 'Events that the whole chain has not worked through yet.' }),
};

export const summaryAnswer = z.object({
  ...freshness,
  time_zone: z.string(),
  period,
  referrals: z.object({
    total: count,
    this_month: count,
    pending: count,
    converted: count,
    rejected: count,
    expired: count,
    reversed: count,
  }),
  conversion_rate: rate,
  revenue: amounts,
  funnel: z.object({ shares: count, clicks: count, signups: count, conversions: count }),
  rewards: z.object({ issued: count, reversed: count }),
});

export const channelsAnswer = z.object({
  ...freshness,
  period,
  data: z.array(
    z.object({ channel, shares: count, clicks: count, referrals: count, converted: count, conversion_rate: rate }),
  ),
});

export const leaderboardAnswer = pageOf(
  z.object({
    rank: z.int().positive().meta({ description: 'Those with as many conversions share it.' }),
    referrer_customer_id: identifier,
    conversions: z.int().positive(),
    revenue: amounts,
  }),
).extend({
  ...freshness,
  period,
  complete: z
    .boolean()
    .optional()
    .meta({
      description:
        'Of a period: whether the page holds all that belong on it. If not, so many referrers are so close to each other ' +
        'that it holds only those whose place is certain, and no page follows it.',
    }),
});

export const timeseriesAnswer = z.object({
  ...freshness,
  time_zone: z.string(),
  period,
  interval: z.enum(intervals),
  data: z.array(
    z.object({
      date: z.iso.date().meta({ description: 'On which the point’s interval begins, in the tenant’s time zone.' }),
      shares: count,
      clicks: count,
      referrals: count,
      converted: count,
      revenue: amounts,
    }),
  ),
});

export const myRankAnswer = z.object({
  ...freshness,
  rank: z
    .int()
    .positive()
    .nullable()
    .meta({ description: 'One more than there are referrers with more conversions. Null without any of one’s own.' }),
  conversions: count,
});

export const rebuildAnswer = z.object({
  state: z.enum(['idle', 'building']),
  generation: z.int().positive().meta({ description: 'Of the figures that are shown: one more after each rebuild.' }),
  last: z
    .object({ finished_at: instant, facts: count })
    .nullable()
    .meta({ description: 'The last one, if there was any.' }),
  progress: z
    .object({
      generation: z.int().positive().meta({ description: 'The one that is shown when this is finished.' }),
      step: z.enum(['facts', 'standings']).meta({
        description: 'First every fact is counted again, then every referrer finds a place among the others.',
      }),
      fraction: rate.meta({ description: 'How much of the facts is counted.' }),
      facts: count,
      started_at: instant,
      estimated_seconds_left: count.nullable().meta({ description: 'Null while nothing is known of it.' }),
    })
    .nullable(),
});
