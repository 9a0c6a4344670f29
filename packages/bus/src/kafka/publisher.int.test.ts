import { AssertionFailure } from '@referral/errors';
import { describeOnEngines } from '@referral/local-engines';
import { type KafkaUnderTest, kafkaUnderTest, numbered, numbers, readAll } from '../../test/kafka-under-test.ts';
import { apiKeys } from '../../test/swallowing-proxy.ts';

const week = { ms: 7 * 24 * 3_600_000 };
const unavailable = { name: 'OperationalError', code: 'BUS_UNAVAILABLE' };

describeOnEngines(['kafka'], 'publishing to kafka', ({ kafkaBrokers }) => {
  let kafka: KafkaUnderTest;

  beforeEach(async () => {
    kafka = await kafkaUnderTest(kafkaBrokers);
  });

  afterEach(() => kafka.close());

  it('joins callers into few requests, in the order in which they came', async () => {
    const requests: string[] = [];
    const bus = kafka.open({ onRequest: (name) => requests.push(name) });
    await bus.ensureTopics([{ name: 'topic', partitions: 1, retention: week }]);
    await Promise.all(Array.from({ length: 200 }, (_, i) => bus.publish(numbered('topic', 1, { from: i }))));
    expect(sends(requests)).toBeGreaterThan(0);
    expect(sends(requests)).toBeLessThanOrEqual(5);
    expect(numbers(await readAll(bus, 'topic'))).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  it('loses nothing when replies to sends are lost: messages come twice at worst', async () => {
    const proxy = await kafka.openProxy();
    const bus = kafka.open({ brokers: [proxy.broker], timing: { requestTimeoutMs: 300 } });
    await bus.ensureTopics([{ name: 'topic', partitions: 3, retention: week }]);
    const publishes: Promise<void>[] = [];
    for (let round = 0; round < 8; round += 1) {
      proxy.swallow(apiKeys.produce, 1);
      for (let i = 0; i < 10; i += 1) {
        publishes.push(bus.publish(numbered('topic', 1, { key: `key-${i}`, from: round * 10 + i })));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await publishes.at(-1);
    }
    await Promise.all(publishes);
    expect(proxy.swallowed).toBe(8);
    const received = numbers(await readAll(kafka.open(), 'topic'));
    expect(new Set(received)).toEqual(new Set(Array.from({ length: 80 }, (_, i) => i)));
  });

  it('fails as unavailable while the broker is away, and works again when it is back', async () => {
    const proxy = await kafka.openProxy();
    const bus = kafka.open({ brokers: [proxy.broker], timing: { publishTimeoutMs: 500 } });
    await bus.publish(numbered('topic', 1));
    proxy.goAway();
    await expect(bus.publish(numbered('topic', 1, { from: 1 }))).rejects.toMatchObject(unavailable);
    const begun = performance.now();
    await expect(bus.publish(numbered('topic', 1, { from: 2 }))).rejects.toMatchObject(unavailable);
    expect(performance.now() - begun).toBeLessThan(5_000);
    await expect(bus.publish(numbered('unknown', 1))).rejects.toMatchObject(unavailable);
    await expect(bus.lag(['group'])).rejects.toMatchObject(unavailable);
    proxy.comeBack();
    await bus.publish(numbered('topic', 1, { from: 3 }));
    expect(numbers(await readAll(bus, 'topic'))).toEqual([0, 3]);
  });

  // Each of them would wait for a failure of its own otherwise, and HTTP callers with it.
  it('tells all who wait at once when the broker stands still, and works again when it goes on', async () => {
    const proxy = await kafka.openProxy();
    const timing = { sendTimeoutMs: 400, requestTimeoutMs: 400, publishTimeoutMs: 400 };
    const bus = kafka.open({ brokers: [proxy.broker], timing });
    await bus.publish(numbered('topic', 1));
    proxy.standStill();
    const begun = performance.now();
    const large = { topic: 'topic', key: 'key', value: Buffer.alloc(800_000), headers: {} };
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => bus.publish([large])));
    expect(outcomes).toEqual(Array(20).fill({ status: 'rejected', reason: expect.objectContaining(unavailable) }));
    expect(performance.now() - begun).toBeLessThan(5_000);
    proxy.comeBack();
    await bus.publish(numbered('topic', 1, { from: 1 }));
    expect((await readAll(kafka.open(), 'topic')).filter(({ value }) => value.length < 10)).toHaveLength(2);
  });

  it('bridges a broker that is away for less than its patience', async () => {
    const proxy = await kafka.openProxy();
    const bus = kafka.open({ brokers: [proxy.broker] });
    await bus.publish(numbered('topic', 1));
    proxy.goAway();
    const published = bus.publish(numbered('topic', 1, { from: 1 }));
    setTimeout(() => proxy.comeBack(), 300);
    await published;
    expect(numbers(await readAll(bus, 'topic'))).toEqual([0, 1]);
  });

  it('refuses what the broker finds too large, once and for good, and keeps what others sent with it', async () => {
    const requests: string[] = [];
    const bus = kafka.open({ onRequest: (name) => requests.push(name) });
    await bus.ensureTopics([{ name: 'topic', partitions: 1, retention: week }]);
    const tooLarge = { topic: 'topic', key: 'key', value: Buffer.alloc(2_000_000), headers: {} };
    const [before, large, mixed, after] = await Promise.allSettled([
      bus.publish(numbered('topic', 5)),
      bus.publish([tooLarge]),
      bus.publish([...numbered('topic', 5, { from: 5 }), tooLarge]),
      bus.publish(numbered('topic', 5, { from: 10 })),
    ]);
    expect([before?.status, after?.status]).toEqual(['fulfilled', 'fulfilled']);
    for (const refused of [large, mixed]) {
      expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(AssertionFailure) });
    }
    expect(sends(requests)).toBeLessThan(10);
    expect(numbers(await readAll(bus, 'topic'))).toEqual(Array.from({ length: 15 }, (_, i) => i));
    const beyondAll = { ...tooLarge, value: Buffer.alloc(10_000_001) };
    await expect(bus.publish([beyondAll])).rejects.toThrow(AssertionFailure);
  });

  it('finds the one message at fault among many in the same send', async () => {
    const bus = kafka.open();
    await bus.ensureTopics([{ name: 'compacted', partitions: 1, retention: 'compact' }]);
    const publishes = Array.from({ length: 20 }, (_, i) =>
      // A compacted topic takes no message without a key.
      bus.publish(numbered('compacted', 1, { key: i === 7 ? null : `key-${i}`, from: i })),
    );
    const outcomes = await Promise.allSettled(publishes);
    expect(outcomes.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([7]);
    expect(outcomes[7]).toMatchObject({ reason: expect.any(AssertionFailure) });
    expect(numbers(await readAll(bus, 'compacted'))).toEqual(
      Array.from({ length: 20 }, (_, i) => i).filter((i) => i !== 7),
    );
  });

  it('takes dead letters that are larger than a broker allows by default', async () => {
    const bus = kafka.open();
    await bus.publish([{ topic: 'topic.group.dlq', key: null, value: Buffer.alloc(2_000_000, 1), headers: {} }]);
    expect((await readAll(bus, 'topic.group.dlq')).map(({ value }) => value.length)).toEqual([2_000_000]);
  });

  it('makes topics as they are specified, and keeps what nobody specified for ever', async () => {
    const bus = kafka.open({ partitions: 2 });
    await bus.ensureTopics([
      { name: 'kept', partitions: 5, retention: { ms: 3_600_000 } },
      { name: 'compacted', partitions: 1, retention: 'compact' },
    ]);
    await bus.publish(numbered('named', 1));
    const names = ['kept', 'compacted', 'named'].map((name) => `${kafka.prefix}${name}`);
    const { topics } = await kafka.admin.fetchTopicMetadata({ topics: names });
    const partitions = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    expect(names.map((name) => partitions.get(name))).toEqual([5, 1, 2]);
    const { resources } = await kafka.admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: 2, name, configNames: ['retention.ms', 'cleanup.policy'] })),
    });
    const settings = new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName.slice(kafka.prefix.length),
        Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
    expect(settings.get('kept')).toMatchObject({ 'retention.ms': '3600000', 'cleanup.policy': 'delete' });
    expect(settings.get('compacted')).toMatchObject({ 'cleanup.policy': 'compact' });
    expect(settings.get('named')).toMatchObject({ 'retention.ms': '-1', 'cleanup.policy': 'delete' });
  });

  it('finishes what was begun before a close', async () => {
    const bus = kafka.open();
    const publishes = Array.from({ length: 20 }, (_, i) => bus.publish(numbered('topic', 1, { from: i })));
    await bus.close();
    await Promise.all(publishes);
    expect(await readAll(kafka.open(), 'topic')).toHaveLength(20);
  });
});

function sends(requests: readonly string[]): number {
  return requests.filter((name) => name === 'Produce').length;
}
