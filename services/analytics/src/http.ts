import type { Bus } from '@referral/bus';
import { figuresQuery, leaderboardQuery } from '@referral/contracts';
import { type Clock, parseQuery, requireToken, type TokenVerifier, tenantOf } from '@referral/host';
import type { Store } from '@referral/store';
import { Router } from 'express';
import { tenants } from './collections.ts';
import { channelRows, summaryOf } from './domain/figures.ts';
import { createLag } from './lag.ts';
import { readLeaderboard } from './leaderboard.ts';
import { knownZone, monthAround, type Period, readPeriod } from './period.ts';
import { readFigures } from './readings.ts';

interface RouterDeps {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  readonly verifier: TokenVerifier;
}

/** Figures of the caller's tenant. One that nothing is known of yet has zeros. */
export function createRouter({ bus, store, clock, verifier }: RouterDeps): Router {
  const router = Router();
  const admin = requireToken({ verifier }, 'admin');
  const lag = createLag(bus);
  const zoneOf = async (tenantId: string) => knownZone((await store.get(tenants, tenantId))?.body.time_zone);

  router.get('/api/loyalty/referrals/summary', admin, async (req, res) => {
    const query = parseQuery(figuresQuery, req);
    const tenantId = tenantOf(res);
    const timeZone = await zoneOf(tenantId);
    const period = readPeriod(query, timeZone);
    const now = clock.now();
    const [lag_events, figures, thisMonth] = await Promise.all([
      lag(),
      readFigures(store, tenantId, period),
      readFigures(store, tenantId, monthAround(now, timeZone)),
    ]);
    res.json({
      as_of: toInstant(now),
      lag_events,
      time_zone: timeZone,
      period: toApiPeriod(period),
      ...summaryOf(figures, thisMonth),
    });
  });

  router.get('/api/loyalty/referrals/channels', admin, async (req, res) => {
    const query = parseQuery(figuresQuery, req);
    const tenantId = tenantOf(res);
    const period = readPeriod(query, await zoneOf(tenantId));
    const figures = await readFigures(store, tenantId, period);
    res.json({ as_of: toInstant(clock.now()), period: toApiPeriod(period), data: channelRows(figures) });
  });

  router.get('/api/loyalty/referrals/leaderboard', admin, async (req, res) => {
    const { rows, nextCursor } = await readLeaderboard(store, tenantOf(res), parseQuery(leaderboardQuery, req));
    res.json({ as_of: toInstant(clock.now()), data: rows, next_cursor: nextCursor });
  });

  return router;
}

function toApiPeriod({ from, to }: Period) {
  return { from: from === null ? null : toInstant(from), to: to === null ? null : toInstant(to) };
}

function toInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}
