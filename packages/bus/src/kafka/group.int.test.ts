import { pause } from '@referral/errors';
import { describeOnEngines } from '@referral/local-engines';
import { Kafka, logLevel } from 'kafkajs';
import { gate } from '../../test/gate.ts';
import { type KafkaUnderTest, kafkaUnderTest, numbered, numbers, readAll } from '../../test/kafka-under-test.ts';
import type { Bus, DeliveredMessage } from '../bus.ts';
import type { OffsetStore, PartitionOffset } from './options.ts';

const week = { ms: 7 * 24 * 3_600_000 };

describeOnEngines(['kafka'], 'a group on kafka', ({ kafkaBrokers }) => {
  let kafka: KafkaUnderTest;

  beforeEach(async () => {
    kafka = await kafkaUnderTest(kafkaBrokers);
  });

  afterEach(() => kafka.close());

  it('outlives a TypeError of a handler, which the client library would take for its own', async () => {
    const bus = kafka.open();
    await bus.publish(numbered('topic', 10));
    const received: DeliveredMessage[] = [];
    let failures = 0;
    await bus.consume({
      group: 'group',
      topics: ['topic'],
      handleBatch: async ({ messages }) => {
        if (failures < 2) {
          failures += 1;
          throw new TypeError('a bug');
        }
        received.push(...messages);
      },
      onError: () => {
        throw new TypeError('a bug in a listener');
      },
    });
    await bus.caughtUp(['group']);
    expect(numbers(received)).toEqual(Array.from({ length: 10 }, (_, i) => i));
    expect(kafka.errors.map(String)).toEqual(Array.from({ length: 2 }, () => 'TypeError: a bug in a listener'));
    expect(kafka.fatal).toEqual([]);
  });

  it('goes on with other partitions while one is rejected again and again', async () => {
    const bus = kafka.open();
    await bus.ensureTopics([
      { name: 'stuck', partitions: 1, retention: week },
      { name: 'fine', partitions: 1, retention: week },
    ]);
    const rejections: string[] = [];
    const received: number[] = [];
    let wake = () => {};
    await bus.consume({
      group: 'group',
      topics: ['stuck', 'fine'],
      handleBatch: async ({ topic, messages }) => {
        if (topic === 'stuck') {
          rejections.push(messages.map(({ offset }) => offset).join());
          throw new Error('not yet');
        }
        received.push(...numbers(messages));
        wake();
      },
    });
    await bus.publish(numbered('stuck', 3));
    for (let i = 0; i < 20; i += 1) {
      const arrived = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await bus.publish(numbered('fine', 1, { from: i }));
      await arrived;
    }
    expect(received).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(rejections.length).toBeGreaterThan(1);
    // Its pauses grow, and nobody waits for them.
    expect(rejections.length).toBeLessThan(10);
    expect(new Set(rejections)).toEqual(new Set(['0,1,2']));
    expect(await bus.lag(['group'])).toContainEqual({ group: 'group', topic: 'stuck', messages: 3 });
  });

  it('stays a member while a handler takes longer than its session: nothing comes twice', async () => {
    const requests: string[] = [];
    const bus = kafka.open({ onRequest: (name) => requests.push(name) });
    await bus.publish(numbered('topic', 1));
    const joins = () => requests.filter((name) => name === 'SyncGroup').length;
    let deliveries = 0;
    await bus.consume({
      group: 'group',
      topics: ['topic'],
      handleBatch: async () => {
        deliveries += 1;
        // The broker's shortest session is six seconds: a handler that outlasts it must really last that long.
        await pause(7_500);
      },
    });
    await bus.caughtUp(['group']);
    expect(deliveries).toBe(1);
    expect(joins()).toBe(1);
  });

  it('commits once per batch at most', async () => {
    const requests: string[] = [];
    const bus = kafka.open({ onRequest: (name) => requests.push(name) });
    await bus.ensureTopics([{ name: 'topic', partitions: 1, retention: week }]);
    await bus.publish(numbered('topic', 2_500));
    const sizes: number[] = [];
    await bus.consume({
      group: 'group',
      topics: ['topic'],
      handleBatch: async ({ messages }) => void sizes.push(messages.length),
    });
    await bus.caughtUp(['group']);
    expect(sizes).toEqual([1_000, 1_000, 500]);
    expect(requests.filter((name) => name === 'OffsetCommit').length).toBeLessThanOrEqual(sizes.length + 1);
  });

  it('starts before its broker, and comes back after it was away', async () => {
    const proxy = await kafka.openProxy();
    const logged = listener();
    const bus = kafka.open({ brokers: [proxy.broker], log: (_, message) => logged.take(message) });
    const direct = kafka.open();
    const received: DeliveredMessage[] = [];
    proxy.goAway();
    const consuming = bus.consume({
      group: 'group',
      topics: ['topic'],
      handleBatch: async ({ messages }) => void received.push(...messages),
    });
    await direct.publish(numbered('topic', 5));
    await logged.heard('asking for the offsets');
    proxy.comeBack();
    await consuming;
    await direct.caughtUp(['group']);
    proxy.goAway();
    // The client library has given its consumer up.
    await logged.heard('Crash');
    proxy.comeBack();
    await direct.publish(numbered('topic', 5, { from: 5 }));
    await direct.caughtUp(['group']);
    expect(new Set(numbers(received))).toEqual(new Set(Array.from({ length: 10 }, (_, i) => i)));
    expect(kafka.fatal).toEqual([]);
  });

  it('passes what a foreign publisher took back: a transaction that was aborted is nothing to wait for', async () => {
    const bus = kafka.open();
    await bus.ensureTopics([{ name: 'topic', partitions: 1, retention: week }]);
    const foreign = new Kafka({ brokers: [...kafkaBrokers], logLevel: logLevel.NOTHING }).producer({
      transactionalId: `${kafka.prefix}foreign`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await foreign.connect();
    const received: DeliveredMessage[] = [];
    await bus.consume({
      group: 'group',
      topics: ['topic'],
      handleBatch: async ({ messages }) => void received.push(...messages),
    });
    const topic = `${kafka.prefix}topic`;
    for (const [outcome, end] of [
      ['commit', '2'],
      ['abort', '4'],
    ] as const) {
      const transaction = await foreign.transaction();
      await transaction.send({ topic, messages: [{ key: 'key', value: outcome }] });
      await transaction[outcome]();
      // The broker answers before the mark of the outcome is in the log, which ends before the transaction until then.
      while ((await kafka.admin.fetchTopicOffsets(topic))[0]?.high !== end);
      await bus.caughtUp(['group']);
    }
    await foreign.disconnect();
    expect(received.map(({ value }) => Buffer.from(value).toString())).toEqual(['commit']);
    expect(await bus.lag(['group'])).toEqual([{ group: 'group', topic: 'topic', messages: 0 }]);
  });

  it('that only watches leaves nothing behind on the broker', async () => {
    const bus = kafka.open();
    await bus.publish(numbered('topic', 1));
    const arrived = gate();
    const tail = await bus.tail({ topics: ['topic'], from: 'earliest', onMessages: arrived.open });
    await arrived.opened;
    const groups = async () =>
      (await kafka.admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(kafka.prefix));
    expect(await groups()).toHaveLength(1);
    await tail.stop();
    expect(await groups()).toEqual([]);
  });

  describe('whose offset lies outside of the log', () => {
    const group = 'group';
    const topic = 'topic';

    async function tenMessages() {
      const bus = kafka.open();
      await bus.ensureTopics([{ name: topic, partitions: 1, retention: week }]);
      await bus.publish(numbered(topic, 10));
      return bus;
    }

    /** Leaves the group as a member does that has handled so many messages. */
    async function acknowledge(bus: Bus, count: number): Promise<void> {
      const behind = gate();
      const subscription = await bus.consume({
        group,
        topics: [topic],
        maxBatchSize: count,
        handleBatch: async ({ messages }) => {
          if (messages[0]?.offset === '0') return;
          behind.open();
          throw new Error('not yet');
        },
      });
      if (count < 10) await behind.opened;
      else await bus.caughtUp([group]);
      await subscription.stop();
    }

    const handleBatch = async () => {};

    it.each([
      { where: 'before its beginning', offset: '3', stand: (bus: Bus) => acknowledge(bus, 3) },
      {
        where: 'beyond its end',
        offset: '11',
        stand: () =>
          kafka.admin.setOffsets({
            groupId: `${kafka.prefix}${group}`,
            topic: `${kafka.prefix}${topic}`,
            partitions: [{ partition: 0, offset: '11' }],
          }),
      },
    ])('is refused at the start: $where', async ({ offset, stand }) => {
      const bus = await tenMessages();
      await stand(bus);
      await kafka.deleteBefore(topic, '4');
      const refused = await bus.consume({ group, topics: [topic], handleBatch }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: 'OffsetOutsideLog' });
      expect(String(refused)).toMatch(
        new RegExp(`group ${group} .* offset ${offset} of ${kafka.prefix}${topic} partition 0, .* holds 4 to 10`),
      );
      expect(String(refused)).toContain('--reset-offsets --to-earliest');
    });

    it.each([{ count: 4 }, { count: 10 }])('does not count its two ends as outside: $count', async ({ count }) => {
      const bus = await tenMessages();
      await acknowledge(bus, count);
      await kafka.deleteBefore(topic, '4');
      await bus.consume({ group, topics: [topic], handleBatch });
      await bus.caughtUp([group]);
      expect(kafka.fatal).toEqual([]);
    });

    it('is fatal at runtime, where the client library would skip in silence', async () => {
      const told = gate();
      const fatal: unknown[] = [];
      const onFatal = (error: unknown) => {
        fatal.push(error);
        told.open();
      };
      await tenMessages();
      const bus = kafka.open({ onFatal });
      const deleted = gate();
      const seen: string[][] = [];
      await bus.consume({
        group,
        topics: [topic],
        handleBatch: async ({ messages }) => {
          seen.push(messages.map(({ offset }) => offset));
          await deleted.opened;
          throw new Error('not yet');
        },
      });
      await kafka.deleteBefore(topic, '6');
      deleted.open();
      await told.opened;
      expect(fatal).toMatchObject([{ name: 'OffsetOutsideLog' }]);
      expect(String(fatal[0])).toMatch(/offset 0 of .* partition 0, .* holds 6 to 10/);
      expect(seen.filter(([first]) => first !== '0')).toEqual([]);
      const [committed] = await kafka.admin.fetchOffsets({ groupId: `${kafka.prefix}${group}` });
      expect(committed?.partitions).toMatchObject([{ offset: '0' }]);
    });
  });

  it('bears its prefix and its client on the broker, and nowhere here', async () => {
    const bus = kafka.open({ clientId: 'accounts' });
    const topics: string[] = [];
    await bus.publish(numbered('topic', 1));
    await bus.consume({ group: 'group', topics: ['topic'], handleBatch: async ({ topic }) => void topics.push(topic) });
    await bus.caughtUp(['group']);
    const { groups } = await kafka.admin.describeGroups([`${kafka.prefix}group`]);
    expect(groups.flatMap(({ members }) => members.map(({ clientId }) => clientId))).toEqual(['accounts']);
    expect(await kafka.admin.listTopics()).toContain(`${kafka.prefix}topic`);
    expect(topics).toEqual(['topic']);
  });

  it.each([
    { what: 'its session', options: { timing: { sessionTimeoutMs: 1_000 } }, reason: /session timeout/ },
    {
      what: 'its credentials',
      options: { sasl: { mechanism: 'scram-sha-256', username: 'user', password: 'secret' } as const },
      reason: /sasl/i,
    },
  ])('is told at once when the brokers refuse $what', async ({ options, reason }) => {
    await kafka.open().ensureTopics([{ name: 'topic', partitions: 1, retention: week }]);
    const bus = kafka.open(options);
    await expect(bus.consume({ group: 'group', topics: ['topic'], handleBatch: async () => {} })).rejects.toThrow(
      reason,
    );
  });

  describe('with its offsets in a store', () => {
    class MemoryStore implements OffsetStore {
      readonly kept = new Map<string, PartitionOffset>();
      async load(): Promise<PartitionOffset[]> {
        return [...this.kept.values()];
      }
      async save(_: string, offsets: readonly PartitionOffset[]): Promise<void> {
        for (const each of offsets) this.kept.set(`${each.topic}/${each.partition}`, each);
      }
    }

    async function consumeAll(offsets: OffsetStore): Promise<number[]> {
      const bus = kafka.open({ offsets });
      const received: DeliveredMessage[] = [];
      await bus.consume({
        group: 'group',
        topics: ['topic'],
        handleBatch: async ({ messages }) => void received.push(...messages),
      });
      await bus.caughtUp(['group']);
      expect(await bus.lag(['group'])).toEqual([{ group: 'group', topic: 'topic', messages: 0 }]);
      await bus.close();
      return numbers(received).sort((a, b) => a - b);
    }

    it('goes on where the store stands, and catches up from an older copy of it', async () => {
      const bus = kafka.open();
      await bus.ensureTopics([{ name: 'topic', partitions: 1, retention: week }]);
      await bus.publish(numbered('topic', 5));
      const store = new MemoryStore();
      expect(await consumeAll(store)).toEqual([0, 1, 2, 3, 4]);
      const copy = new MemoryStore();
      await copy.save('group', await store.load());
      await bus.publish(numbered('topic', 5, { from: 5 }));
      expect(await consumeAll(store)).toEqual([5, 6, 7, 8, 9]);
      expect(await consumeAll(store)).toEqual([]);
      expect(await consumeAll(copy)).toEqual([5, 6, 7, 8, 9]);
      expect(await consumeAll(new MemoryStore())).toEqual(Array.from({ length: 10 }, (_, i) => i));
      expect([...store.kept.values()]).toEqual([{ topic: 'topic', partition: 0, offset: '10' }]);
      expect(await kafka.admin.fetchOffsets({ groupId: `${kafka.prefix}group` })).toEqual([]);
    });

    it('delivers again what could not be stored', async () => {
      const bus = kafka.open();
      await bus.ensureTopics([{ name: 'topic', partitions: 1, retention: week }]);
      const store = new MemoryStore();
      await consumeAll(store);
      let failures = 0;
      const failing: OffsetStore = {
        load: () => store.load(),
        async save(group, offsets) {
          failures += 1;
          if (failures <= 2) throw new TypeError('the store has a bug');
          await store.save(group, offsets);
        },
      };
      await bus.publish(numbered('topic', 3));
      expect(await consumeAll(failing)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
      expect(kafka.fatal).toEqual([]);
    });

    it('refuses a store that is older than what the topics still hold', async () => {
      const bus = kafka.open();
      await bus.ensureTopics([{ name: 'topic', partitions: 1, retention: week }]);
      await bus.publish(numbered('topic', 5));
      await kafka.deleteBefore('topic', '3');
      const store = new MemoryStore();
      await store.save('group', [{ topic: 'topic', partition: 0, offset: '2' }]);
      await expect(consumeAll(store)).rejects.toThrow(/offset 2 of .* holds 3 to 5.* stored offset of group group/);
      expect(numbers(await readAll(bus, 'topic'))).toEqual([3, 4]);
    });
  });
});

/** Lets a test wait for something to be said, from now on. */
function listener() {
  let heard = (_: string) => {};
  return {
    take: (message: string) => heard(message),
    heard: (part: string) =>
      new Promise<void>((resolve) => {
        heard = (message) => {
          if (message.includes(part)) resolve();
        };
      }),
  };
}
