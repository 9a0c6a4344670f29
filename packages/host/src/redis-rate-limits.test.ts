import { inspect } from 'node:util';
import { freePort } from '@referral/local-engines';
import { runTypescript } from '../test/run-typescript.ts';
import { ConfigError } from './config.ts';
import { openRedisRateLimits } from './redis-rate-limits.ts';

/** Opens limits as a process does, uses them, closes them, and tells what came of it. */
const use = `
  const { createLogger } = host('logging.ts');
  const { openRateLimits } = host('rate-limits.ts');
  const config = { REDIS_URL: process.env.REDIS_URL, TOPIC_PREFIX: '', RATE_LIMIT_PER_MINUTE: 1, RATE_LIMIT_MISSES_PER_HOUR: 1 };
  (async () => {
    const limits = await openRateLimits(config, createLogger({ level: 'trace', name: 'test' }));
    const passed = [];
    for (let n = 0; n < 2; n += 1) passed.push((await limits.consume('client', '203.0.113.7')).allowed);
    await limits.close();
    const loaded = Object.keys(require.cache).filter((file) => /node_modules.(ioredis|rate-limiter-flexible)./.test(file));
    console.log('passed', ...passed, loaded.length > 0 ? 'with the client' : 'without the client');
  })();
`;

test('a process without Redis does not load its client', async () => {
  const { code, stdout, stderr } = await runTypescript(use).ended;
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'passed true false without the client\n', stderr: '' });
});

test('a process starts without the Redis that it is told to use, limits, says why once, and can end', async () => {
  const url = `redis://user:hunter2@127.0.0.1:${await freePort()}`;
  const { code, stdout, stderr } = await runTypescript(use, { REDIS_URL: url }).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('passed true false with the client\n');
  expect(stdout.match(/ECONNREFUSED/g)?.length).toBeGreaterThan(0);
  expect(stdout.match(/"level":"warn"/g)).toHaveLength(1);
  expect(stdout).not.toContain('hunter2');
});

test.each([
  'redis://:hunter2/x@cache:6379',
  'redis://user:12/hunter2@cache:6379',
  'redis://user:12#hunter2@cache',
  'redis://user:12?hunter2@cache',
  'redis://:hunter2%@cache',
  'redis://:hunter2@',
  'redis://:hunter2@cache/first',
  'redis://:hunter2@cache/0?family=6',
  'http://:hunter2@cache',
])('%s is refused, and what may be a password is not repeated', async (url) => {
  const limits = { url, perMinute: 1, missesPerHour: 1, keyPrefix: '', onError: () => {}, onRecovered: () => {} };
  const error: unknown = await openRedisRateLimits(limits).catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(ConfigError);
  expect(inspect(error)).toContain('REDIS_URL: expected redis');
  expect(inspect(error, { showHidden: true })).not.toContain('hunter2');
});
