import type { RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { problems } from './problems.ts';

/** `client`: public calls of one client per minute. `tenant_misses`: codes tried in vain in one tenant per hour. */
export type LimitName = 'client' | 'tenant_misses';

export interface LimitState {
  /** Of `consume`: this one may pass. Of `peek`: the next one may. */
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** Counts in fixed windows that begin with the first use of a key. */
export interface RateLimits {
  consume(limit: LimitName, key: string): Promise<LimitState>;
  /** What `consume` would find, without counting. */
  peek(limit: LimitName, key: string): Promise<LimitState>;
}

const windowSeconds: Readonly<Record<LimitName, number>> = { client: 60, tenant_misses: 3_600 };

/** Counts in this process: each process grants the whole limit. */
export function createMemoryRateLimits(options: { perMinute: number; missesPerHour: number }): RateLimits {
  const limiters: Readonly<Record<LimitName, RateLimiterMemory>> = {
    client: new RateLimiterMemory({ points: options.perMinute, duration: windowSeconds.client }),
    tenant_misses: new RateLimiterMemory({ points: options.missesPerHour, duration: windowSeconds.tenant_misses }),
  };
  return {
    async consume(name, key) {
      const limit = limiters[name].points;
      const counted = await limiters[name].consume(key).catch((refusal: unknown) => {
        if (refusal instanceof RateLimiterRes) return refusal;
        throw refusal;
      });
      return stateOf(limit, counted, counted.consumedPoints <= limit);
    },
    async peek(name, key) {
      const limit = limiters[name].points;
      const counted = await limiters[name].get(key);
      if (!counted) return { allowed: true, limit, remaining: limit, resetSeconds: windowSeconds[name] };
      return stateOf(limit, counted, counted.consumedPoints < limit);
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
export function clientKey(ip: string): string {
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

function stateOf(limit: number, counted: RateLimiterRes, allowed: boolean): LimitState {
  const resetSeconds = Math.max(0, Math.ceil(counted.msBeforeNext / 1_000));
  return { allowed, limit, remaining: Math.max(0, limit - counted.consumedPoints), resetSeconds };
}
