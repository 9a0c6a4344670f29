import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import express from 'express';
import request from 'supertest';
import { answerProblem } from './problem-handler.ts';
import { clientKey, createMemoryRateLimits, limitClients } from './rate-limits.ts';

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

describe('rate limits', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('a client passes until its minute is used up, and again in the next; another client is not affected', async () => {
    const limits = createMemoryRateLimits({ perMinute: 2, missesPerHour: 1 });
    const consume = (key: string) => limits.consume('client', key);
    expect(await consume('a')).toEqual({ allowed: true, limit: 2, remaining: 1, resetSeconds: 60 });
    jest.advanceTimersByTime(20_000);
    expect(await consume('a')).toEqual({ allowed: true, limit: 2, remaining: 0, resetSeconds: 40 });
    expect(await consume('a')).toEqual({ allowed: false, limit: 2, remaining: 0, resetSeconds: 40 });
    expect((await consume('b')).allowed).toBe(true);
    jest.advanceTimersByTime(40_000);
    expect((await consume('a')).allowed).toBe(true);
  });

  test('misses are counted for an hour, apart from clients', async () => {
    const limits = createMemoryRateLimits({ perMinute: 1, missesPerHour: 1 });
    await limits.consume('client', 'acme');
    expect(await limits.consume('tenant_misses', 'acme')).toMatchObject({ allowed: true, resetSeconds: 3_600 });
    jest.advanceTimersByTime(3_599_000);
    expect((await limits.consume('tenant_misses', 'acme')).allowed).toBe(false);
    jest.advanceTimersByTime(1_000);
    expect((await limits.consume('tenant_misses', 'acme')).allowed).toBe(true);
  });

  test('looking does not count', async () => {
    const limits = createMemoryRateLimits({ perMinute: 1, missesPerHour: 1 });
    const fresh = { allowed: true, limit: 1, remaining: 1, resetSeconds: 3_600 };
    expect(await limits.peek('tenant_misses', 'acme')).toEqual(fresh);
    expect(await limits.peek('tenant_misses', 'acme')).toEqual(fresh);
    await limits.consume('tenant_misses', 'acme');
    expect(await limits.peek('tenant_misses', 'acme')).toEqual({ ...fresh, allowed: false, remaining: 0 });
  });
});

test('a flood of new clients is let pass and takes no more memory the longer it lasts', async () => {
  const limits = createMemoryRateLimits({ perMinute: 1, missesPerHour: 1 });
  let refused = 0;
  const heapAfterClients = async (from: number, to: number) => {
    for (let n = from; n < to; n += 1) {
      if (!(await limits.consume('client', `2001:db8:0:${n}::/64`)).allowed) refused += 1;
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const full = await heapAfterClients(0, 100_000);
  expect(await heapAfterClients(100_000, 1_000_000)).toBeLessThan(full + 20_000_000);
  expect(refused).toBe(0);
  // Without this the limits could be collected, and any memory of theirs with them.
  expect((await limits.consume('client', '2001:db8:0:999999::/64')).allowed).toBe(false);
});

describe('who counts as one client', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ])('%s counts as %s: with IPv6 one client has 2^64 addresses', (ip, key) => {
    expect(clientKey(ip)).toBe(key);
  });

  test('what is no address takes no more room than one', () => {
    expect(clientKey('x'.repeat(10_000))).toHaveLength(45);
  });

  async function appBehind(trustedProxies: number) {
    const app = express().set('trust proxy', trustedProxies);
    app.use(limitClients(createMemoryRateLimits({ perMinute: 2, missesPerHour: 1 })));
    app.get('/', (_req, res) => {
      res.json({});
    });
    return app.use(answerProblem);
  }

  test('every answer tells what is left; beyond it is 429 with Retry-After', async () => {
    const app = await appBehind(0);
    const { headers } = await request(app).get('/');
    expect(headers).toMatchObject({
      'ratelimit-policy': '"client";q=2;w=60',
      ratelimit: '"client";r=1;t=60',
      'ratelimit-limit': '2',
      'ratelimit-remaining': '1',
      'ratelimit-reset': '60',
    });
    await request(app).get('/');
    const refused = await request(app).get('/');
    expect(refused.status).toBe(429);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.headers['ratelimit-remaining']).toBe('0');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('nobody becomes a new client by claiming another address, unless a trusted proxy says so', async () => {
    const lastOfThree = async (trustedProxies: number) => {
      const app = await appBehind(trustedProxies);
      const statuses: number[] = [];
      for (const ip of ['198.51.100.1', '198.51.100.2', '198.51.100.3']) {
        statuses.push((await request(app).get('/').set('X-Forwarded-For', ip)).status);
      }
      return statuses.at(-1);
    };
    expect(await lastOfThree(0)).toBe(429);
    expect(await lastOfThree(1)).toBe(200);
  });
});
