import { isIP } from 'node:net';
import { OperationalError } from '@referral/errors';
import { Redis, type RedisOptions } from 'ioredis';
import { RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import { ConfigError } from './config.ts';
import {
  createMemoryCounter,
  type LimitCounter,
  type LimitName,
  type LimitSizes,
  limitsOn,
  type RateLimits,
  windowSeconds,
} from './rate-limits.ts';

export interface RedisRateLimitsOptions extends LimitSizes {
  /** `redis[s]://[[user]:password@]host[:port][/database]` */
  readonly url: string;
  /** Every key begins with it, so that installations can share a Redis. */
  readonly keyPrefix: string;
  /** For how long an answer of Redis is waited for. Default 100. */
  readonly timeoutMs?: number;
  /** Told once when Redis fails, not again until it has answered. The error names neither keys nor credentials. */
  readonly onError: (error: OperationalError) => void;
  /** Redis answers again. */
  readonly onRecovered: () => void;
}

export interface RedisRateLimits extends RateLimits {
  /** Since it was opened: what Redis was asked, each in one round trip, and what was counted in this process instead. */
  stats(): { readonly roundTrips: number; readonly countedHere: number };
  close(): Promise<void>;
}

const defaultTimeoutMs = 100;
const connectTimeoutMs = 1_000;
const reconnectMs = 1_000;

/**
 * Counts in Redis, for all processes that use it with the same prefix: one round trip for each call. While Redis is away
 * each process counts for itself, so each grants the whole limit. Redis is given up at the first failure and tried again
 * every second, so at most the calls of one moment wait for it. Waits about a second for Redis and opens without it.
 * @throws ConfigError when the url is not one of Redis
 */
export async function openRedisRateLimits(options: RedisRateLimitsOptions): Promise<RedisRateLimits> {
  const redis = new Redis({ ...addressOf(options.url), ...impatience(options.timeoutMs ?? defaultTimeoutMs) });
  const health = reportChanges(options);
  redis.on('error', (error) => health.failed(error));
  redis.on('close', () => health.failed(new Error('the connection is closed')));
  const counter = createRedisCounter(redis, options, health);
  // That it fails is told by the events; it goes on trying.
  await redis.connect().catch(() => undefined);
  return {
    ...limitsOn(counter, options),
    stats: counter.stats,
    async close() {
      health.end();
      redis.disconnect();
    },
  };
}

function createRedisCounter(redis: Redis, { keyPrefix, ...sizes }: RedisRateLimitsOptions, health: Health) {
  const limiterOf = (limit: LimitName, points: number) =>
    new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `${keyPrefix}limits:${limit}`,
      points,
      duration: windowSeconds[limit],
    });
  const limiters: Readonly<Record<LimitName, RateLimiterRedis>> = {
    client: limiterOf('client', sizes.perMinute),
    tenant_misses: limiterOf('tenant_misses', sizes.missesPerHour),
  };
  // Not the limiter's own insurance: that hides the failure, which must end the connection, and keeps any number of keys.
  const here = createMemoryCounter();
  const stats = { roundTrips: 0, countedHere: 0 };

  let usable = false;
  redis.on('ready', () => {
    usable = true;
  });
  redis.on('close', () => {
    usable = false;
  });
  const fromRedis = async (limit: LimitName, ask: () => Promise<RateLimiterRes | null>) => {
    if (!usable) return undefined;
    stats.roundTrips += 1;
    try {
      const result = await ask();
      health.answered();
      if (!result) return { count: 0, msLeft: windowSeconds[limit] * 1_000 };
      return { count: result.consumedPoints, msLeft: result.msBeforeNext };
    } catch (error) {
      health.failed(error);
      // Nobody waits for a Redis that fails: the next connection counts as ready only when it answers in time.
      if (usable) redis.disconnect(true);
      usable = false;
      return undefined;
    }
  };
  const orHere = <T>(counted: T | undefined, countHere: () => Promise<T>) => {
    if (counted) return counted;
    stats.countedHere += 1;
    return countHere();
  };
  return {
    // `penalty` counts like `consume`, but a count beyond the limit is a result, too.
    add: async (limit, key) =>
      orHere(await fromRedis(limit, () => limiters[limit].penalty(key)), () => here.add(limit, key)),
    read: async (limit, key) =>
      orHere(await fromRedis(limit, () => limiters[limit].get(key)), () => here.read(limit, key)),
    stats: () => ({ ...stats }),
  } satisfies LimitCounter & Pick<RedisRateLimits, 'stats'>;
}

interface Health {
  failed(error: unknown): void;
  answered(): void;
  /** Tells nothing from now on. */
  end(): void;
}

function reportChanges({ onError, onRecovered }: RedisRateLimitsOptions): Health {
  let failing = false;
  let ended = false;
  return {
    failed(error) {
      if (failing || ended) return;
      failing = true;
      onError(new OperationalError('RATE_LIMITS_NOT_SHARED', `Redis does not answer: ${reasonOf(error)}`));
    },
    answered() {
      if (!failing || ended) return;
      failing = false;
      onRecovered();
    },
    end() {
      ended = true;
    },
  };
}

/** Without the error itself, which holds the command: the password, or a client's address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // A refusal may repeat what it refuses. Its first word is its code.
  if (error.name === 'ReplyError') return error.message.split(' ', 1).join();
  return error.message;
}

/** Nothing is queued, sent again or waited for. */
function impatience(timeoutMs: number) {
  return {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    commandTimeout: timeoutMs,
    disconnectTimeout: 1,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => reconnectMs,
    disableClientInfo: true,
  } satisfies RedisOptions;
}

/** Read here, because the client takes parts of a password that is not encoded for a host and names them in its errors. */
function addressOf(text: string) {
  try {
    const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
    const database = /^\/?(\d{0,4})$/.exec(pathname);
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    if (/^rediss?:$/.test(protocol) && host !== '' && database && search === '' && hash === '') {
      return {
        host,
        port: Number(port || 6379),
        db: Number(database[1]),
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
        ...(protocol === 'rediss:' && { tls: isIP(host) ? {} : { servername: host } }),
      } satisfies RedisOptions;
    }
  } catch {
    // Told below: the error of URL repeats the text.
  }
  throw new ConfigError([
    'REDIS_URL: expected redis[s]://[[user]:password@]host[:port][/database], with special characters of the password percent-encoded',
  ]);
}
