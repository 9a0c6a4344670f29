import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../test/child.ts';
import { gate } from '../test/gate.ts';
import { describeBus } from './bus.contract.ts';
import type { Batch, Bus, DeliveredMessage, Message } from './bus.ts';
import { type EmbeddedBusOptions, openEmbeddedBus } from './embedded-bus.ts';

for (const partitions of [1, 3]) {
  describeBus(`embedded bus with ${partitions} default partition(s)`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bus-'));
    let bus = openEmbeddedBus({ directory, partitions });
    return {
      bus,
      async reopen() {
        await bus.close();
        bus = openEmbeddedBus({ directory, partitions });
        return bus;
      },
      async close() {
        await bus.close();
        await rm(directory, { recursive: true });
      },
    };
  });
}

describe('embedded bus', () => {
  let directory: string;
  const opened: Bus[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bus-'));
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
    await rm(directory, { recursive: true });
  });

  function open(options: Partial<EmbeddedBusOptions> = {}): Bus {
    const bus = openEmbeddedBus({ directory, ...options });
    opened.push(bus);
    return bus;
  }

  async function readAll(bus: Bus, topic: string): Promise<DeliveredMessage[]> {
    const received: DeliveredMessage[] = [];
    const group = `reader of ${topic}`;
    const subscription = await bus.consume({
      group,
      topics: [topic],
      handleBatch: async ({ messages }) => void received.push(...messages),
    });
    await bus.caughtUp([group]);
    await subscription.stop();
    return received;
  }

  describe('publish', () => {
    it('appends in the order of the calls, also when none is awaited', async () => {
      const bus = open();
      await Promise.all(Array.from({ length: 200 }, (_, i) => bus.publish(numbered('topic', i, 1))));
      expect(numbers(await readAll(bus, 'topic'))).toEqual(range(0, 200));
    });

    it('finishes what was begun before a close', async () => {
      const bus = open();
      const publishes = range(0, 20).map((i) => bus.publish(numbered('topic', i, 1)));
      await bus.close();
      await Promise.all(publishes);
      expect(numbers(await readAll(open(), 'topic'))).toEqual(range(0, 20));
    });

    it('refuses names that Kafka would refuse, so that a topic works on both engines', async () => {
      const bus = open();
      for (const topic of ['', 'a/b', 'ä', 'x'.repeat(250)]) {
        await expect(bus.publish(numbered(topic, 0, 1))).rejects.toThrow('is not a topic name');
      }
    });

    it.each(range(1, 6))('has lost nothing that it acknowledged when its process is killed, round %i', async () => {
      const acknowledged: number[] = [];
      for (const first of [0, 1_000_000]) {
        const child = startChild('publish-until-killed.ts', directory, 'topic', String(first));
        const enough = first + randomInt(1, 1_500);
        await child.printed((line) => Number(line) >= enough);
        await child.kill();
        acknowledged.push(Math.max(...child.lines.map(Number)));
      }
      const messages = await readAll(open(), 'topic');
      expect(messages.map(({ offset }) => Number(offset))).toEqual(range(0, messages.length));
      const kept = messages.map(({ value }) => Number(Buffer.from(value).toString().split(' ')[0]));
      const [before, after] = [kept.filter((n) => n < 1_000_000), kept.filter((n) => n >= 1_000_000)];
      expect(before).toEqual(range(0, before.length));
      expect(after).toEqual(range(1_000_000, 1_000_000 + after.length));
      expect(before.length).toBeGreaterThan(acknowledged[0] ?? Number.NaN);
      expect(1_000_000 + after.length).toBeGreaterThan(acknowledged[1] ?? Number.NaN);
    });
  });

  describe('consume', () => {
    it('lets other partitions go on while one fails', async () => {
      const bus = open();
      await bus.publish([...numbered('failing', 0, 1), ...numbered('healthy', 0, 1)]);
      const healthy: number[] = [];
      let failures = 0;
      await new Promise<void>((resolve) => {
        void bus.consume({
          group: 'group',
          topics: ['failing', 'healthy'],
          handleBatch: async ({ topic, messages }) => {
            if (topic === 'failing') {
              failures += 1;
              throw new Error('away');
            }
            healthy.push(...numbers(messages));
            if (healthy.length === 100) resolve();
            else await bus.publish(numbered('healthy', healthy.length, 1));
          },
          onError: () => {},
        });
      });
      expect(healthy).toEqual(range(0, 100));
      // The delay doubles from 50 ms on: while it lasts, the others pass.
      expect(failures).toBeLessThan(20);
    });

    it('stops at once, without waiting for a back-off to end', async () => {
      const bus = open();
      await bus.publish(numbered('topic', 0, 1));
      let rejections = 0;
      const subscription = await new Promise<{ stop(): Promise<void> }>((resolve) => {
        const consuming = bus.consume({
          group: 'group',
          topics: ['topic'],
          handleBatch: async () => {
            throw new Error('away');
          },
          onError: () => {
            rejections += 1;
            // The delay has doubled from 50 ms: it is 800 ms now.
            if (rejections === 5) resolve(consuming);
          },
        });
      });
      const before = performance.now();
      await subscription.stop();
      expect(performance.now() - before).toBeLessThan(600);
    });

    it('bounds the bytes of a batch, and lets a larger message through alone', async () => {
      const bus = open();
      const megabytes = (size: number): Message => ({
        topic: 'topic',
        key: 'key',
        value: Buffer.alloc(size * 1024 * 1024),
        headers: {},
      });
      await bus.publish([...Array.from({ length: 20 }, () => megabytes(1)), megabytes(9), megabytes(1)]);
      const batches: Batch[] = [];
      await bus.consume({ group: 'group', topics: ['topic'], handleBatch: async (batch) => void batches.push(batch) });
      await bus.caughtUp(['group']);
      expect(batches.map(({ messages }) => messages.length)).toEqual([7, 7, 6, 1, 1]);
    });

    it.each([10, 5_000, 100_000])('hands out %i bytes that stay what they are while the log goes on', async (size) => {
      const bus = open();
      const filled = (fill: number): Message => ({
        topic: 'topic',
        key: '',
        value: Buffer.alloc(size, fill),
        headers: {},
      });
      await bus.publish(range(0, 50).map(filled));
      const received = await readAll(bus, 'topic');
      for (const i of range(1, 5)) await bus.publish(range(0, 50).map((n) => filled(n + i)));
      await readAll(bus, 'topic');
      expect(received.map(({ value }) => Buffer.alloc(size, value[0]).equals(value) && value[0])).toEqual(range(0, 50));
    });

    it('passes a partition on only when the batch of its former member is done', async () => {
      const bus = open();
      await bus.publish(numbered('topic', 0, 3));
      const received: [member: string, numbers: number[]][] = [];
      const [started, finish, otherSeen] = [gate(), gate(), gate()];
      const leaving = await bus.consume({
        group: 'group',
        topics: ['topic'],
        maxBatchSize: 2,
        handleBatch: async ({ messages }) => {
          started.open();
          await finish.opened;
          received.push(['leaving', numbers(messages)]);
        },
      });
      await started.opened;
      await bus.consume({
        group: 'group',
        topics: ['topic', 'other'],
        handleBatch: async ({ topic, messages }) => {
          if (topic === 'other') otherSeen.open();
          else received.push(['staying', numbers(messages)]);
        },
      });
      const stopped = leaving.stop();
      await bus.publish([...numbered('topic', 3, 1), ...numbered('other', 0, 1)]);
      await otherSeen.opened;
      expect(received).toEqual([]);
      finish.open();
      await stopped;
      await bus.caughtUp(['group']);
      expect(received).toEqual([
        ['leaving', [0, 1]],
        ['staying', [2, 3]],
      ]);
    });

    it('reports a rejection to the bus when the consumer does not listen for it', async () => {
      const failure = new Error('away');
      const errors: unknown[] = [];
      const bus = open({ onError: (error) => errors.push(error) });
      await bus.publish(numbered('topic', 0, 1));
      let attempts = 0;
      await bus.consume({
        group: 'group',
        topics: ['topic'],
        handleBatch: async () => {
          attempts += 1;
          if (attempts === 1) throw failure;
        },
      });
      await bus.caughtUp(['group']);
      expect(errors).toEqual([failure]);
    });
  });

  it('tells who waits to catch up when the bus closes, instead of leaving them waiting', async () => {
    const bus = open();
    await bus.publish(numbered('topic', 0, 1));
    const subscription = await bus.consume({ group: 'group', topics: ['topic'], handleBatch: async () => {} });
    await bus.caughtUp(['group']);
    await subscription.stop();
    await bus.publish(numbered('topic', 1, 1));
    const waiting = bus.caughtUp(['group']);
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' }), bus.close()]);
  });

  describe('retention', () => {
    const hour = 3_600_000;
    const old = 2_500;

    /** 2,500 messages that are a day old, with a group that has acknowledged `acknowledged`, and 10 that are new. */
    async function prepare(retention: { ms: number } | 'compact', acknowledged: number): Promise<void> {
      let time = Date.now() - 24 * hour;
      const bus = open({ now: () => time });
      await bus.ensureTopics([{ name: 'topic', partitions: 1, retention }]);
      await bus.publish(numbered('topic', 0, acknowledged));
      const subscription = await bus.consume({ group: 'slow', topics: ['topic'], handleBatch: async () => {} });
      await bus.caughtUp(['slow']);
      await subscription.stop();
      await bus.publish(numbered('topic', acknowledged, old - acknowledged));
      time = Date.now();
      await bus.publish(numbered('topic', old, 10));
      await bus.close();
    }

    it('removes what is older than its topic keeps, and leaves the offsets of the rest as they are', async () => {
      await prepare({ ms: hour }, 1);
      const bus = open({ onError: () => {} });
      await lagIs(bus, 10);
      const received = await readAll(bus, 'topic');
      expect(received.map(({ offset }) => Number(offset))).toEqual(range(old, old + 10));
      await bus.publish(numbered('topic', old + 10, 1));
      expect((await readAll(bus, 'topic')).map(({ offset }) => offset)).toEqual([String(old + 10)]);
    });

    it('says so when a group missed messages by it, and goes on with the first that is kept', async () => {
      await prepare({ ms: hour }, 100);
      const errors: unknown[] = [];
      const bus = open({ onError: (error) => errors.push(error) });
      await lagIs(bus, 10);
      const received: DeliveredMessage[] = [];
      await bus.consume({
        group: 'slow',
        topics: ['topic'],
        handleBatch: async ({ messages }) => void received.push(...messages),
      });
      await bus.caughtUp(['slow']);
      expect(numbers(received)).toEqual(range(old, old + 10));
      expect(errors).toEqual([expect.objectContaining({ code: 'MESSAGES_EXPIRED' })]);
      expect(String(errors[0])).toContain('group slow missed messages 100 to 2499 of topic/0');
    });

    it('goes on while the bus is open', async () => {
      let time = Date.now();
      const bus = open({ now: () => time, retentionIntervalMs: 5, onError: () => {} });
      await bus.ensureTopics([{ name: 'topic', partitions: 1, retention: { ms: hour } }]);
      const subscription = await bus.consume({ group: 'slow', topics: ['topic'], handleBatch: async () => {} });
      await subscription.stop();
      await bus.publish(numbered('topic', 0, 3));
      time += 2 * hour;
      await lagIs(bus, 0);
      await bus.caughtUp(['slow']);
    });

    it('keeps every message of a compacted topic', async () => {
      await prepare('compact', 1);
      expect(await readAll(open(), 'topic')).toHaveLength(old + 10);
    });

    async function lagIs(bus: Bus, expected: number): Promise<void> {
      while ((await bus.lag(['slow'])).some(({ messages }) => messages !== expected)) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  });

  describe('read only', () => {
    it('tails what another process writes, and keeps out of its way', async () => {
      const bus = open();
      await bus.publish(numbered('topic', 0, 5));
      const child = startChild('tail-read-only.ts', directory, 'topic');
      try {
        await child.printed((line) => line === 'listening');
        await bus.publish(numbered('topic', 5, 3));
        await child.printed((line) => line === '7');
        await bus.publish(numbered('topic', 8, 2_500));
        await child.printed((line) => line === '2507');
        expect(child.lines).toEqual(['listening', ...range(5, 2_508).map(String)]);
      } finally {
        await child.kill();
      }
    });

    it('sees lag, and waits for groups of the writer to catch up', async () => {
      const writer = open();
      await writer.publish(numbered('topic', 0, 5));
      const subscription = await writer.consume({ group: 'group', topics: ['topic'], handleBatch: async () => {} });
      await writer.caughtUp(['group']);
      await subscription.stop();
      await writer.publish(numbered('topic', 5, 2));
      const reader = open({ readOnly: true });
      expect(await reader.lag(['group'])).toEqual([{ group: 'group', topic: 'topic', messages: 2 }]);
      await writer.consume({ group: 'group', topics: ['topic'], handleBatch: async () => {} });
      await reader.caughtUp(['group']);
      expect(await reader.lag(['group'])).toEqual([{ group: 'group', topic: 'topic', messages: 0 }]);
    });

    it('refuses whatever would write', async () => {
      await open().publish(numbered('topic', 0, 1));
      const bus = open({ readOnly: true });
      const consume = bus.consume({ group: 'group', topics: ['topic'], handleBatch: async () => {} });
      await expect(consume).rejects.toThrow('a bus that was opened read-only cannot consume');
      await expect(bus.publish(numbered('topic', 0, 1))).rejects.toThrow('read-only cannot publish');
      await expect(bus.ensureTopics([])).rejects.toThrow('read-only cannot create topics');
    });

    it('says when there is no log yet, and makes none', () => {
      const missing = join(directory, 'missing');
      expect(() => openEmbeddedBus({ directory: missing, readOnly: true })).toThrow(
        expect.objectContaining({ code: 'LOG_NOT_FOUND', message: expect.stringContaining(missing) }),
      );
      expect(existsSync(missing)).toBe(false);
    });
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function numbered(topic: string, from: number, count: number): Message[] {
  return range(from, from + count).map((i) => ({ topic, key: 'key', value: Buffer.from(String(i)), headers: {} }));
}

function numbers(messages: readonly DeliveredMessage[]): number[] {
  return messages.map(({ value }) => Number(Buffer.from(value).toString()));
}
