import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import type { Bus, DeliveredMessage, Message } from '../src/bus.ts';
import { type KafkaBusOptions, openKafkaBus } from '../src/kafka/index.ts';
import { type SwallowingProxy, startSwallowingProxy } from './swallowing-proxy.ts';

/** Part of the brokers under a prefix of its own, so that tests do not see each other. */
export interface KafkaUnderTest {
  readonly prefix: string;
  readonly admin: Admin;
  readonly fatal: readonly unknown[];
  /** What a bus did not tell a caller. */
  readonly errors: readonly unknown[];
  open(options?: Partial<KafkaBusOptions>): Bus;
  /** Stands before the first broker. */
  openProxy(): Promise<SwallowingProxy>;
  /** Moves the beginning of the log of a topic of one partition, as retention does. */
  deleteBefore(topic: string, offset: string): Promise<void>;
  /** Closes what was opened; removes its topics and groups. */
  close(): Promise<void>;
}

/** Fast enough for tests; brokers refuse a shorter session. */
const timing = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 200, maxWaitMs: 100 };

export async function kafkaUnderTest(brokers: readonly string[]): Promise<KafkaUnderTest> {
  const prefix = `test-${randomUUID()}.`;
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const opened: Bus[] = [];
  const proxies: SwallowingProxy[] = [];
  const fatal: unknown[] = [];
  const errors: unknown[] = [];
  return {
    prefix,
    admin,
    fatal,
    errors,
    open(options = {}) {
      const bus = openKafkaBus({
        brokers,
        topicPrefix: prefix,
        onFatal: (error) => fatal.push(error),
        onError: (error) => errors.push(error),
        ...options,
        timing: { ...timing, ...options.timing },
      });
      opened.push(bus);
      return bus;
    },
    async openProxy() {
      const proxy = await startSwallowingProxy(brokers[0] ?? '');
      proxies.push(proxy);
      return proxy;
    },
    async deleteBefore(topic, offset) {
      // Deleting asks nobody where the topic is; this does.
      await admin.fetchTopicOffsets(`${prefix}${topic}`);
      await admin.deleteTopicRecords({ topic: `${prefix}${topic}`, partitions: [{ partition: 0, offset }] });
    },
    async close() {
      for (const proxy of proxies) proxy.comeBack();
      await Promise.all(opened.map((bus) => bus.close()));
      await Promise.all(proxies.map((proxy) => proxy.close()));
      const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter(startsWith(prefix));
      if (groups.length > 0) await admin.deleteGroups(groups);
      const topics = (await admin.listTopics()).filter(startsWith(prefix));
      if (topics.length > 0) await admin.deleteTopics({ topics });
      await admin.disconnect();
    },
  };
}

/** Messages whose texts are the numbers from `from` on. */
export function numbered(
  topic: string,
  count: number,
  options: { key?: string | null; from?: number } = {},
): Message[] {
  const { key = 'key', from = 0 } = options;
  return Array.from({ length: count }, (_, i) => ({ topic, key, value: Buffer.from(String(from + i)), headers: {} }));
}

export function numbers(messages: readonly Message[]): number[] {
  return messages.map(({ value }) => Number(Buffer.from(value).toString()));
}

/** Everything that a new group gets. */
export async function readAll(bus: Bus, topic: string): Promise<DeliveredMessage[]> {
  const received: DeliveredMessage[] = [];
  const group = `reader-${randomUUID()}`;
  const handleBatch = async ({ messages }: { messages: readonly DeliveredMessage[] }) =>
    void received.push(...messages);
  const subscription = await bus.consume({ group, topics: [topic], handleBatch });
  await bus.caughtUp([group]);
  await subscription.stop();
  return received;
}

function startsWith(prefix: string): (name: string) => boolean {
  return (name) => name.startsWith(prefix);
}
