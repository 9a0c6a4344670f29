import type { RequestHandler } from 'express';
import type { HostConfig } from './host-config.ts';
import type { Logger } from './logging.ts';
import { problems } from './problems.ts';
import { type Counted, createWindowCounter } from './window-counter.ts';

/** `client`: public calls of one client per minute. `tenant_misses`: codes tried in vain in one tenant per hour. */
export type LimitName = 'client' | 'tenant_misses';

export interface LimitState {
  /** Of `consume`: this one may pass. Of `peek`: the next one may. */
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** Counts in fixed windows that begin with the first use of a key. Answers in any case, within 300 ms. */
export interface RateLimits {
  consume(limit: LimitName, key: string): Promise<LimitState>;
  /** What `consume` would find, without counting. */
  peek(limit: LimitName, key: string): Promise<LimitState>;
}

export interface LimitSizes {
  readonly perMinute: number;
  readonly missesPerHour: number;
}

/** Where the counts are kept. */
export interface LimitCounter {
  add(limit: LimitName, key: string): Promise<Counted>;
  read(limit: LimitName, key: string): Promise<Counted>;
}

export const windowSeconds: Readonly<Record<LimitName, number>> = { client: 60, tenant_misses: 3_600 };

/** Of each limit: some 20 MB at most, and far more clients than one process answers in a minute. */
const maxKeysInMemory = 100_000;

/** What is longer is no address, and would only take room. */
const maxAddressLength = 45;

/** The limits of this process: shared with others through Redis where `REDIS_URL` is set, else its own. */
export async function openRateLimits(
  config: Pick<HostConfig, 'REDIS_URL' | 'TOPIC_PREFIX' | 'RATE_LIMIT_PER_MINUTE' | 'RATE_LIMIT_MISSES_PER_HOUR'>,
  logger: Logger,
): Promise<RateLimits & { close(): Promise<void> }> {
  const sizes = { perMinute: config.RATE_LIMIT_PER_MINUTE, missesPerHour: config.RATE_LIMIT_MISSES_PER_HOUR };
  if (!config.REDIS_URL) return { ...createMemoryRateLimits(sizes), close: async () => {} };
  // Loaded here: a process without Redis does not pay for its client.
  const { openRedisRateLimits } = await import('./redis-rate-limits.ts');
  return openRedisRateLimits({
    ...sizes,
    url: config.REDIS_URL,
    keyPrefix: `${config.TOPIC_PREFIX}referral:`,
    onError: (error) => logger.warn({ err: error }, 'rate limits are counted in this process'),
    onRecovered: () => logger.info('rate limits are shared through Redis again'),
  });
}

/** Counts in this process: each process grants the whole limit. Beyond 100,000 keys of a limit it forgets the oldest. */
export function createMemoryRateLimits(sizes: LimitSizes): RateLimits {
  return limitsOn(createMemoryCounter(), sizes);
}

export function createMemoryCounter(): LimitCounter {
  const counterOf = (limit: LimitName) =>
    createWindowCounter({ windowMs: windowSeconds[limit] * 1_000, maxKeys: maxKeysInMemory });
  const counters = { client: counterOf('client'), tenant_misses: counterOf('tenant_misses') };
  return {
    add: async (limit, key) => counters[limit].add(key),
    read: async (limit, key) => counters[limit].read(key),
  };
}

export function limitsOn(counter: LimitCounter, { perMinute, missesPerHour }: LimitSizes): RateLimits {
  const sizes: Readonly<Record<LimitName, number>> = { client: perMinute, tenant_misses: missesPerHour };
  const stateOf = (limit: number, { count, msLeft }: Counted, allowed: boolean): LimitState => ({
    allowed,
    limit,
    remaining: Math.max(0, limit - count),
    resetSeconds: Math.max(0, Math.ceil(msLeft / 1_000)),
  });
  return {
    async consume(name, key) {
      const counted = await counter.add(name, key);
      return stateOf(sizes[name], counted, counted.count <= sizes[name]);
    },
    async peek(name, key) {
      const counted = await counter.read(name, key);
      return stateOf(sizes[name], counted, counted.count < sizes[name]);
    },
  };
}

/** Counts each request against its client and tells how much is left; 429 when nothing is. For public calls. */
export function limitClients(rateLimits: RateLimits): RequestHandler {
  return async (req, res, next) => {
    const { allowed, limit, remaining, resetSeconds } = await rateLimits.consume('client', clientKey(req.ip ?? ''));
    res.setHeader('RateLimit-Policy', `"client";q=${limit};w=${windowSeconds.client}`);
    res.setHeader('RateLimit', `"client";r=${remaining};t=${resetSeconds}`);
    res.setHeader('RateLimit-Limit', limit);
    res.setHeader('RateLimit-Remaining', remaining);
    res.setHeader('RateLimit-Reset', resetSeconds);
    if (!allowed) throw problems.tooManyRequests(resetSeconds);
    next();
  };
}

/** An IPv6 client owns its whole /64, so that is what is counted; otherwise each of its addresses would be a new client. */
export function clientKey(address: string): string {
  const ip = address.slice(0, maxAddressLength);
  const [, mappedIpv4] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip) ?? [];
  if (mappedIpv4) return mappedIpv4;
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.split('::');
  const groups = head === '' ? [] : head.split(':');
  const tailGroups = tail ? tail.split(':') : [];
  const omitted = tail === undefined ? 0 : 8 - groups.length - tailGroups.length;
  const all = [...groups, ...Array.from({ length: Math.max(0, omitted) }, () => '0'), ...tailGroups];
  return `${all.slice(0, 4).join(':')}::/64`.toLowerCase();
}
