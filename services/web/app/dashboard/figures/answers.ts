import type {
  channelsAnswer,
  leaderboardAnswer,
  referralsAnswer,
  summaryAnswer,
  timeseriesAnswer,
} from '@referral/contracts';
import type { z } from 'zod';

/** What the figures are made of, as the API answers it. */

export type Summary = z.infer<typeof summaryAnswer>;
export type Channels = z.infer<typeof channelsAnswer>;
export type Leaderboard = z.infer<typeof leaderboardAnswer>;
export type Referrals = z.infer<typeof referralsAnswer>;

export type Timeseries = z.infer<typeof timeseriesAnswer>;

/** Figures change while one looks at them. */
export const refreshMs = 15_000;
