import { pause } from '@referral/errors';
import { z } from 'zod';
import { callApi } from './api-client.ts';
import type { Patience } from './patience.ts';
import type { Caller } from './publish.ts';
import { CommandError } from './terminal.ts';

const summary = z.object({
  as_of: z.string().nullable(),
  lag_events: z.int(),
  referrals: z.object({ total: z.int(), pending: z.int(), converted: z.int() }),
  conversion_rate: z.number().nullable(),
  revenue: z.array(z.object({ currency: z.string(), amount: z.number() })),
});
type Summary = z.output<typeof summary>;

const waitMs = 10 * 60_000;
const pollMs = 500;

/**
 * Waits until the figures include everything that was published, also through a restart of the platform.
 * @param caller with an admin token
 * @returns the totals, in one line
 */
export async function waitForAnalytics({ url, token }: Caller, patience: Patience): Promise<string> {
  const deadline = performance.now() + waitMs;
  const path = '/api/loyalty/referrals/summary';
  const ask = () => patience.attempt((signal) => callApi(url, { path, token, answer: summary, signal }));
  let before = await ask();
  // Twice in a row: an event may just have left one stage and not yet be counted at the next.
  for (;;) {
    await pause(pollMs);
    const now = await ask();
    if (before.lag_events === 0 && now.lag_events === 0) return describeTotals(now);
    if (performance.now() >= deadline) {
      throw new CommandError(`Analytics is still ${now.lag_events} events behind after ${waitMs / 60_000} minutes.`);
    }
    before = now;
  }
}

function describeTotals({ as_of, referrals, conversion_rate, revenue }: Summary): string {
  return [
    `referrals ${referrals.total}`,
    `converted ${referrals.converted}`,
    `pending ${referrals.pending}`,
    `conversion rate ${conversion_rate ?? 'none'}`,
    ...revenue.map(({ currency, amount }) => `revenue ${amount} ${currency}`),
    `as of ${as_of ?? 'now'}`,
  ].join(', ');
}
