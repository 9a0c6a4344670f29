import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bus } from '@referral/bus';
import { figuresQuery, leaderboardQuery, timeseriesQuery } from '@referral/contracts';
import { assert } from '@referral/errors';
import {
  type Clock,
  parseQuery,
  principalOf,
  problems,
  requireToken,
  type TokenVerifier,
  tenantOf,
} from '@referral/host';
import type { Store } from '@referral/store';
import { type Response, Router } from 'express';
import { tenants } from './collections.ts';
import type { Period } from './domain/buckets.ts';
import { channelRows, summaryOf } from './domain/figures.ts';
import { exportReferrals } from './export.ts';
import type { Generations } from './generations.ts';
import { createLag } from './lag.ts';
import { readLeaderboard } from './leaderboard.ts';
import type { Streams } from './live/streams.ts';
import { knownZone, monthAround, readPeriod } from './period.ts';
import { readPeriodLeaderboard } from './period-leaderboard.ts';
import { readFigures } from './readings.ts';
import { describeRebuild, startRebuild } from './rebuild.ts';
import { readRank } from './standings.ts';
import { readTimeseries } from './timeseries.ts';

interface RouterDeps {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  readonly verifier: TokenVerifier;
  readonly generations: Generations;
  readonly streams: Streams;
}

/** Figures of the caller's tenant. One that nothing is known of yet has zeros. */
export function createRouter({ bus, store, clock, verifier, generations, streams }: RouterDeps): Router {
  const router = Router();
  const admin = requireToken({ verifier }, 'admin');
  const customer = requireToken({ verifier }, 'customer');
  const lag = createLag(bus);
  const zoneOf = async (tenantId: string) => knownZone((await store.get(tenants, tenantId))?.body.time_zone);
  /** How fresh an answer is that is read from now on. */
  const freshness = async () => {
    const as_of = toInstant(clock.now());
    return { as_of, lag_events: await lag() };
  };

  router.get('/api/loyalty/referrals/summary', admin, async (req, res) => {
    const query = parseQuery(figuresQuery, req);
    const tenantId = tenantOf(res);
    const timeZone = await zoneOf(tenantId);
    const period = readPeriod(query, timeZone);
    const thisMonth = monthAround(clock.now(), timeZone);
    const fresh = await freshness();
    const figures = await generations.read((at) => readFigures(at, tenantId, [period, thisMonth]));
    res.json({ ...fresh, time_zone: timeZone, period: toApiPeriod(period), ...summaryOf(figures) });
  });

  router.get('/api/loyalty/referrals/channels', admin, async (req, res) => {
    const query = parseQuery(figuresQuery, req);
    const tenantId = tenantOf(res);
    const period = readPeriod(query, await zoneOf(tenantId));
    const fresh = await freshness();
    const figures = await generations.read((at) => readFigures(at, tenantId, [period]));
    res.json({ ...fresh, period: toApiPeriod(period), data: figures.flatMap(channelRows) });
  });

  router.get('/api/loyalty/referrals/timeseries', admin, async (req, res) => {
    const { interval, ...query } = parseQuery(timeseriesQuery, req);
    const tenantId = tenantOf(res);
    const timeZone = await zoneOf(tenantId);
    const period = readPeriod(query, timeZone);
    const fresh = await freshness();
    const request = { tenantId, interval, period, timeZone, now: clock.now() };
    const data = await generations.read((at) => readTimeseries(at, request));
    res.json({ ...fresh, time_zone: timeZone, period: toApiPeriod(period), interval, data });
  });

  router.get('/api/loyalty/referrals/leaderboard', admin, async (req, res) => {
    const { limit, cursor, ...query } = parseQuery(leaderboardQuery, req);
    const tenantId = tenantOf(res);
    const period = readPeriod(query, await zoneOf(tenantId));
    const fresh = await freshness();
    const isOfAllTime = period.from === null && period.to === null;
    const { rows, nextCursor, ...certainty } = await generations.read((at) =>
      isOfAllTime
        ? readLeaderboard(at, tenantId, { limit, cursor })
        : readPeriodLeaderboard(at, tenantId, period, { limit, cursor }),
    );
    res.json({ ...fresh, period: toApiPeriod(period), ...certainty, data: rows, next_cursor: nextCursor });
  });

  router.get('/api/loyalty/referrals/my-rank', customer, async (_req, res) => {
    const { customerId } = principalOf(res);
    assert(customerId !== undefined, 'the token of a customer names the customer');
    const fresh = await freshness();
    const rank = await generations.read((at) => readRank(at, tenantOf(res), customerId));
    res.json({ ...fresh, ...rank });
  });

  router.get('/api/loyalty/referrals/export.csv', admin, async (req, res) => {
    const query = parseQuery(figuresQuery, req);
    const tenantId = tenantOf(res);
    const period = readPeriod(query, await zoneOf(tenantId));
    const { as_of, lag_events } = await freshness();
    const pages = exportReferrals(generations, tenantId, period);
    // What fails now is answered as a problem; later, all that is left is to break the connection off.
    const first = await pages.next();
    res.set({
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="referrals-${as_of.slice(0, 10)}.csv"`,
      'X-As-Of': as_of,
      'X-Lag-Events': String(lag_events),
    });
    await sendText(first.done ? [] : withFirst(first.value, pages), res);
  });

  router.get('/api/loyalty/referrals/live', admin, async (req, res) => {
    await streams.open(tenantOf(res), req.get('last-event-id'), res, () => {
      // nginx would keep events until it has a buffer full of them.
      res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
      res.flushHeaders();
    });
  });

  router.post('/api/analytics/rebuild', admin, async (_req, res) => {
    requirePlatform(res);
    res.status(202).json(describeRebuild(await startRebuild({ store, clock }), clock.now()));
  });

  router.get('/api/analytics/rebuild', admin, async (_req, res) => {
    requirePlatform(res);
    res.json(describeRebuild((await generations.control()).body, clock.now()));
  });

  return router;
}

/** Figures of all tenants are nobody's but the platform's. */
function requirePlatform(res: Response): void {
  if (principalOf(res).scopes.includes('platform')) return;
  throw problems.forbidden('This needs an admin token with scope platform.');
}

async function* withFirst(first: string, others: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* others;
}

/** As fast as the reader takes it. One that goes away before the end is nobody's fault. */
async function sendText(text: Iterable<string> | AsyncIterable<string>, res: Response): Promise<void> {
  try {
    await pipeline(Readable.from(text), res);
  } catch (error) {
    if (!isLeaving(error)) throw error;
  }
}

function isLeaving(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function toApiPeriod({ from, to }: Period) {
  return { from: from === null ? null : toInstant(from), to: to === null ? null : toInstant(to) };
}

function toInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}
