import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type OperationalError, pause } from '@referral/errors';
import {
  createLocalRedis,
  describeOnEngines,
  freePort,
  type LocalEngine,
  openTcpProxy,
  type TcpProxy,
} from '@referral/local-engines';
import express from 'express';
import { Redis } from 'ioredis';
import request from 'supertest';
import { type LimitName, limitClients, type RateLimits } from './rate-limits.ts';
import { openRedisRateLimits, type RedisRateLimits, type RedisRateLimitsOptions } from './redis-rate-limits.ts';

const longestAnswerMs = 300;
const limitNames: LimitName[] = ['client', 'tenant_misses'];

let opened: RedisRateLimits[] = [];
let errors: OperationalError[] = [];
let recoveries = 0;

beforeEach(() => {
  [opened, errors, recoveries] = [[], [], 0];
});
afterEach(async () => {
  await Promise.all(opened.map((limits) => limits.close()));
});

async function open(options: Pick<RedisRateLimitsOptions, 'url'> & Partial<RedisRateLimitsOptions>) {
  const limits = await openRedisRateLimits({
    perMinute: 20,
    missesPerHour: 20,
    keyPrefix: `test-${randomUUID()}:`,
    onError: (error) => errors.push(error),
    onRecovered: () => {
      recoveries += 1;
    },
    ...options,
  });
  opened.push(limits);
  return limits;
}

async function passed(replicas: readonly RateLimits[], limit: LimitName, key: string, callsEach: number) {
  const calls = replicas.flatMap((limits) => Array.from({ length: callsEach }, () => limits.consume(limit, key)));
  return (await Promise.all(calls)).filter(({ allowed }) => allowed).length;
}

/** Milliseconds that the slowest of these answers took. */
async function slowest(calls: readonly (() => Promise<unknown>)[]): Promise<number> {
  const took = calls.map(async (call) => {
    const from = performance.now();
    await call();
    return performance.now() - from;
  });
  return Math.max(...(await Promise.all(took)));
}

const oneOfEach = (limits: RateLimits) =>
  limitNames.flatMap((limit) => [() => limits.consume(limit, 'a'), () => limits.peek(limit, 'a')]);

/** As a service does: it goes on answering, and at some point Redis does the counting again. */
async function untilShared(limits: RateLimits): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (recoveries === 0) {
    if (performance.now() > deadline) throw new Error('Redis is back and not used again');
    await limits.peek('client', 'probe');
    await pause(20);
  }
}

describeOnEngines(['redis'], 'rate limits in Redis', ({ redisUrl }) => {
  // What is counted here needs an exact Redis, not a fast one.
  const patient = { timeoutMs: 10_000 };
  let redis: Redis;
  let keyPrefix: string;

  beforeEach(() => {
    redis = new Redis(redisUrl);
    keyPrefix = `test-${randomUUID()}:`;
  });
  afterEach(async () => {
    const keys = await redis.keys(`${keyPrefix}*`);
    if (keys.length > 0) await redis.del(keys);
    redis.disconnect();
  });

  test.each(limitNames)('two replicas grant one budget of %s, not one each', async (limit) => {
    const replicas = [
      await open({ url: redisUrl, keyPrefix, ...patient }),
      await open({ url: redisUrl, keyPrefix, ...patient }),
    ];
    expect(await passed(replicas, limit, 'a', 50)).toBe(20);
    expect(await passed(replicas, limit, 'b', 5)).toBe(10);
    for (const replica of replicas) {
      expect(await replica.peek(limit, 'a')).toMatchObject({ allowed: false, limit: 20, remaining: 0 });
      expect(await replica.peek(limit, 'b')).toMatchObject({ allowed: true, remaining: 10 });
      expect(replica.stats().countedHere).toBe(0);
    }
  });

  test('installations with prefixes of their own share a Redis, but no budget', async () => {
    const one = await open({ url: redisUrl, keyPrefix: `${keyPrefix}one:`, ...patient });
    const other = await open({ url: redisUrl, keyPrefix: `${keyPrefix}other:`, ...patient });
    expect(await passed([one], 'client', 'a', 30)).toBe(20);
    expect(await passed([other], 'client', 'a', 30)).toBe(20);
  });

  test('looking does not count and tells the whole budget of who is new', async () => {
    const limits = await open({ url: redisUrl, keyPrefix, perMinute: 1, ...patient });
    const fresh = { allowed: true, limit: 1, remaining: 1, resetSeconds: 60 };
    expect(await limits.peek('client', 'a')).toEqual(fresh);
    expect(await limits.peek('client', 'a')).toEqual(fresh);
    expect(await limits.consume('client', 'a')).toEqual({ ...fresh, remaining: 0 });
  });

  test('Redis holds the class of an address and a count, and forgets both when the window ends', async () => {
    const limits = await open({ url: redisUrl, keyPrefix, ...patient });
    const app = express().set('trust proxy', 1).use(limitClients(limits));
    await request(app).get('/').set('X-Forwarded-For', '2001:db8:1:2:3:4:5:6');
    await limits.consume('tenant_misses', 'acme');
    const [client, misses] = [`${keyPrefix}limits:client:2001:db8:1:2::/64`, `${keyPrefix}limits:tenant_misses:acme`];
    expect((await redis.keys(`${keyPrefix}*`)).sort()).toEqual([client, misses]);
    expect(await redis.mget(client, misses)).toEqual(['1', '1']);
    expect(await Promise.all([redis.ttl(client), redis.ttl(misses)])).toEqual([60, 3_600]);

    await limits.consume('tenant_misses', 'acme');
    await redis.pexpire(misses, 5_000);
    expect(await limits.consume('tenant_misses', 'acme')).toMatchObject({ remaining: 17, resetSeconds: 5 });
    await redis.pexpire(misses, 0);
    expect(await limits.consume('tenant_misses', 'acme')).toMatchObject({ remaining: 19, resetSeconds: 3_600 });
  });

  test('to close it is no failure, and who is still counted then is let pass', async () => {
    const limits = await open({ url: redisUrl, keyPrefix, ...patient });
    const counting = limits.consume('client', 'a');
    await limits.close();
    expect(await counting).toMatchObject({ allowed: true });
    expect(await limits.consume('client', 'a')).toMatchObject({ allowed: true });
    expect(errors).toEqual([]);
  });

  test('each call is one round trip, the first one too', async () => {
    const { hostname: host, port } = new URL(redisUrl);
    const proxy = await openTcpProxy({ host, port: Number(port || 6379) });
    try {
      const limits = await open({ url: `redis://127.0.0.1:${proxy.port}`, keyPrefix, ...patient });
      const before = proxy.sent();
      for (const call of Array.from({ length: 5 }, () => oneOfEach(limits)).flat()) await call();
      expect(proxy.sent() - before).toBe(20);
      expect(limits.stats()).toEqual({ roundTrips: 20, countedHere: 0 });
    } finally {
      await proxy.close();
    }
  });
});

describeOnEngines(['redis', 'local'], 'a Redis that fails', () => {
  let directory: string;
  let redis: LocalEngine;
  let port: number;
  let url: string;

  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    if (redis.pid !== undefined) process.kill(redis.pid, name);
  };
  const command = async (...[name, ...args]: [string, ...string[]]) => {
    const client = new Redis(port, '127.0.0.1');
    await client.call(name, ...args);
    client.disconnect();
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'rate-limits-'));
    port = await freePort();
    redis = await createLocalRedis({ directory, port });
    url = redis.address;
  });
  afterEach(async () => {
    await redis.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  /** That Redis is gone: nobody waits for long, the limits still hold, and it is said once. */
  async function expectLimitsOfItsOwn(limits: RedisRateLimits): Promise<void> {
    const calls = Array.from({ length: 10 }, () => oneOfEach(limits)).flat();
    expect(await slowest(calls)).toBeLessThan(longestAnswerMs);
    // Given up after the first: one after another they take no longer than one that waits, and nothing is sent.
    const { roundTrips } = limits.stats();
    expect(await slowest([() => inTurn(calls)])).toBeLessThan(longestAnswerMs);
    expect(limits.stats().roundTrips).toBe(roundTrips);
    for (const limit of limitNames) expect(await passed([limits], limit, 'b', 50)).toBe(20);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: 'RATE_LIMITS_NOT_SHARED' });
  }

  /** That Redis counts again: what one replica consumes the other one sees. */
  async function expectShared(limits: RedisRateLimits, keyPrefix: string): Promise<void> {
    await untilShared(limits);
    expect(recoveries).toBe(1);
    const other = await open({ url, keyPrefix, timeoutMs: 10_000 });
    for (const limit of limitNames) {
      await limits.consume(limit, 'c');
      expect(await other.peek(limit, 'c')).toMatchObject({ remaining: 19 });
    }
  }

  const inTurn = async (calls: readonly (() => Promise<unknown>)[]) => {
    for (const call of calls) await call();
  };

  test('it is away at the start: limits open without it and share it as soon as it comes', async () => {
    const keyPrefix = 'p:';
    const opening = performance.now();
    const limits = await open({ url, keyPrefix });
    expect(performance.now() - opening).toBeLessThan(2_000);
    await expectLimitsOfItsOwn(limits);
    await redis.start();
    await expectShared(limits, keyPrefix);
  });

  test('it is killed: the limits hold in each process, until it is back', async () => {
    const keyPrefix = 'p:';
    await redis.start();
    const limits = await open({ url, keyPrefix });
    await limits.consume('client', 'before');
    await redis.kill();
    await expectLimitsOfItsOwn(limits);
    await redis.start();
    await expectShared(limits, keyPrefix);
  });

  test('it stands still: one answer waits for it, not each', async () => {
    const keyPrefix = 'p:';
    await redis.start();
    const limits = await open({ url, keyPrefix });
    await limits.consume('client', 'before');
    signal('SIGSTOP');
    await expectLimitsOfItsOwn(limits);
    signal('SIGCONT');
    await expectShared(limits, keyPrefix);
  });

  test('it stands still at the start: limits open without it', async () => {
    await redis.start();
    signal('SIGSTOP');
    const opening = performance.now();
    const limits = await open({ url, keyPrefix: 'p:' });
    expect(performance.now() - opening).toBeLessThan(2_000);
    await expectLimitsOfItsOwn(limits);
    signal('SIGCONT');
    await expectShared(limits, 'p:');
  });

  describe('slowly', () => {
    let proxy: TcpProxy;
    beforeEach(async () => {
      await redis.start();
      proxy = await openTcpProxy({ host: '127.0.0.1', port });
    });
    afterEach(() => proxy.close());

    test('it answers too late: it counts as away until it answers in time', async () => {
      const limits = await open({ url: `redis://127.0.0.1:${proxy.port}`, keyPrefix: 'p:' });
      await limits.consume('client', 'before');
      proxy.delay(1_000);
      await expectLimitsOfItsOwn(limits);
      proxy.delay(0);
      await expectShared(limits, 'p:');
    });
  });

  test('it is flushed, or loses its scripts: budgets begin anew, and nothing fails', async () => {
    await redis.start();
    const limits = await open({ url, keyPrefix: 'p:', timeoutMs: 10_000 });
    expect(await passed([limits], 'client', 'a', 30)).toBe(20);
    await command('FLUSHALL');
    expect(await passed([limits], 'client', 'a', 30)).toBe(20);
    await command('SCRIPT', 'FLUSH');
    expect(await limits.consume('client', 'b')).toMatchObject({ remaining: 19 });
    expect({ errors, ...limits.stats() }).toMatchObject({ errors: [], countedHere: 0 });
  });

  test('it refuses to count: the limits hold, and that is said once, not at each try', async () => {
    await redis.start();
    const limits = await open({ url, keyPrefix: 'p:' });
    await command('CONFIG', 'SET', 'maxmemory', '1');
    await expectLimitsOfItsOwn(limits);
    expect(errors[0]?.message).toContain('OOM');
  });

  test('it refuses the password: neither that nor the address of a client is in the error', async () => {
    await redis.start();
    const limits = await open({ url: `redis://someone:hunter2@127.0.0.1:${port}`, keyPrefix: 'p:' });
    await limits.consume('client', '203.0.113.7');
    expect(errors[0]?.message).toContain('WRONGPASS');
    expect(inspect(errors, { depth: 10, showHidden: true })).not.toMatch(/hunter2|203\.0\.113\.7/);
  });
});
