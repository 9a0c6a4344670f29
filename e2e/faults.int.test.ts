import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '@referral/errors';
import {
  createLocalKafka,
  createLocalMongodb,
  createLocalRedis,
  describeOnEngines,
  kafkaTool,
  type LocalEngine,
} from '@referral/local-engines';
import { apiKeys, type SwallowingProxy, startSwallowingProxy } from '../packages/bus/test/swallowing-proxy.ts';
import { expectSound } from './audit.ts';
import { allOf } from './cdnow.ts';
import { createDistributed, type DistributedPlatform } from './distributed-platform.ts';
import { createLoad, type Load } from './load.ts';
import { run } from './platform.ts';

/**
 * Value is given out exactly once, whatever crashes: real processes on real engines, killed where they stand while real
 * purchases run through them. `FAULTS=full` for the full counts; a tenth of them otherwise.
 */
const full = process.env.FAULTS === 'full';
const rounds = full
  ? { services: 100, kafka: 10, mongodb: 10, redis: 10, swallowed: 200 }
  : { services: 10, kafka: 1, mongodb: 1, redis: 1, swallowed: 20 };

describeOnEngines(['local'], 'after', () => {
  jest.setTimeout(full ? 45 * 60_000 : 10 * 60_000);
  let folder: string;
  let kafka: LocalEngine;
  /** Between all services and Kafka. */
  let proxy: SwallowingProxy;
  let mongodb: LocalEngine;
  let redis: LocalEngine;
  let platform: DistributedPlatform;
  let load: Load;

  // New engines for every kind of fault: the stand-in for MongoDB never gets smaller, and slower with every load.
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'referral-faults-'));
    kafka = await createLocalKafka({ directory: join(folder, 'kafka') });
    mongodb = await createLocalMongodb({ directory: join(folder, 'mongodb') });
    redis = await createLocalRedis({ directory: join(folder, 'redis') });
    await Promise.all([kafka, mongodb, redis].map((engine) => engine.start()));
    proxy = await startSwallowingProxy(kafka.address);
    platform = await createDistributed(
      { KAFKA_BROKERS: proxy.broker, MONGODB_URL: mongodb.address, REDIS_URL: redis.address },
      { replicas: { attribution: 2, 'reward-issuer': 2 } },
    );
    await platform.start();
    load = createLoad(platform, folder);
  });
  afterEach(async () => {
    await platform.remove();
    await proxy.close();
    await Promise.all([kafka, mongodb, redis].map((engine) => engine.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs the load again and again until `disturb` is done, then holds every run against the raw file. */
  async function underLoad(disturb: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const failed = new AbortController();
    let isDone = false;
    const disturbing = disturb(failed.signal).finally(() => {
      isDone = true;
    });
    const tenants: string[] = [];
    try {
      do tenants.push(await load.run());
      while (!isDone);
    } finally {
      // A fault that outlives its test would be the next one's.
      failed.abort();
      await disturbing;
    }
    // First, because it waits for outboxes too: what HTTP decided may still be on its way to a topic.
    await expectSound(platform);
    for (const tenant of tenants) await load.expectWhole(tenant);
  }

  /** Between two faults, so that they meet the processes at any point of their work. */
  const aWhile = () => pause(200 + Math.random() * 1_800);

  /** In the middle of a load, each time of another one: an engine that is hardly ever there proves nothing. */
  async function killAndRestart(engine: LocalEngine, times: number): Promise<void> {
    for (let round = 0; round < times; round += 1) {
      await underLoad(async () => {
        await aWhile();
        await engine.kill();
        await aWhile();
        await engine.start();
      });
    }
  }

  test(`${rounds.services} times kill -9 of any service, nothing is lost and nothing is rewarded twice`, async () => {
    await underLoad(async (signal) => {
      for (let round = 0; round < rounds.services && !signal.aborted; round += 1) {
        await aWhile();
        const victim = platform.processes[Math.floor(Math.random() * platform.processes.length)];
        await victim?.process.end('SIGKILL');
        await victim?.process.start();
      }
    });
  });

  test(`${rounds.kafka} times kill -9 of Kafka, the same`, () => killAndRestart(kafka, rounds.kafka));

  test(`${rounds.mongodb} times kill -9 of the MongoDB server, the same`, () =>
    killAndRestart(mongodb, rounds.mongodb));

  test(`${rounds.redis} times kill -9 of Redis, the same`, () => killAndRestart(redis, rounds.redis));

  // A broker has kept what it was sent, and the sender never hears of it: it sends again.
  test(`${rounds.swallowed} replies to a produce request were lost, the same`, async () => {
    const before = proxy.swallowed;
    // Twenty to a load: a platform that hardly ever hears of what it sends gets nowhere, whatever it promises.
    for (let done = 0; done < rounds.swallowed; done += 20) {
      await underLoad(async (signal) => {
        for (let lost = done + 1; lost <= done + 20; lost += 1) {
          proxy.swallow(apiKeys.produce, 1);
          while (proxy.swallowed < before + lost && !signal.aborted) await pause(20);
        }
      });
    }
    expect(proxy.swallowed - before).toBe(rounds.swallowed);
  });

  test('a consumer was stopped for longer than its session and went on, the same', async () => {
    await underLoad(async () => {
      const stopped = platform.processes.find(({ service }) => service === 'attribution');
      await aWhile();
      stopped?.process.signal('SIGSTOP');
      // Its partitions have gone to the other one when the load gets through without it.
      await load.run();
      stopped?.process.signal('SIGCONT');
    });
  });

  test('all topics were replayed from their beginning, the journal is the same', async () => {
    const tenant = await load.run();
    await load.expectWhole(tenant);
    const before = await allOf(platform, '/api/rewards', tenant);
    await platform.interrupt();
    await resetOffsets(kafka.address, platform.topicPrefix);
    await platform.start();
    // A load behind the replay: when it is through, so is the replay.
    await load.expectWhole(await load.run());
    await load.expectWhole(tenant);
    expect(await allOf(platform, '/api/rewards', tenant)).toEqual(before);
    await expectSound(platform);
  });
});

/** Every group back to the beginning of every topic, with Kafka's own tool. */
async function resetOffsets(broker: string, prefix: string): Promise<void> {
  for (const group of ['referral-code', 'attribution', 'reward-issuer', 'analytics']) {
    const args = ['--bootstrap-server', broker, '--group', `${prefix}${group}`, '--reset-offsets', '--to-earliest'];
    const tool = await kafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
      ...args,
      '--all-topics',
      '--execute',
    ]);
    const { code, stdout } = await run(...tool).finished;
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.not.stringContaining('Error') });
  }
}
