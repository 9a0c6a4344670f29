import { assert, type OperationalError, pause, retryOperational } from '@referral/errors';
import type { Bus, ConsumeOptions, Lag, Message, Subscription, TailOptions, TopicSpec } from '../bus.ts';
import { warn } from '../process-warning.ts';
import { BrokerAdmin, type LogRange } from './admin.ts';
import { BatchHandler } from './batch-handler.ts';
import { type Clients, createClients } from './clients.ts';
import { busIsClosed, causes } from './failures.ts';
import { CommittedOffsets, type GroupOffsets, keyOf, StoredOffsets } from './group-offsets.ts';
import { PositionOutsideLog } from './kafkajs-guards.ts';
import { Member } from './member.ts';
import { Names } from './names.ts';
import { assertInsideLog, offsetOutsideLog } from './offset-range.ts';
import { defaultTiming, type KafkaBusOptions, type KafkaTiming } from './options.ts';
import { Publisher } from './publisher.ts';
import { startTail } from './tail.ts';
import { Topics } from './topics.ts';

/** How many partitions a member handles at a time: what one fetch brings, so that their handlers can join. */
const concurrency = 32;

/** How often `caughtUp` asks. */
const pollMs = 50;

/**
 * Topics on Apache Kafka. Connects when it is first used. `ensureTopics`, `consume` and `tail` wait for the brokers as long as
 * it takes; everything else fails with `BUS_UNAVAILABLE` while they are away. An empty value is Kafka's null.
 *
 * `consume` rejects with `OffsetOutsideLog` when the group has an offset that the log does not have (any more).
 */
export function openKafkaBus(options: KafkaBusOptions): Bus {
  return new KafkaBus(options);
}

class KafkaBus implements Bus {
  readonly #options: KafkaBusOptions;
  readonly #timing: KafkaTiming;
  readonly #names: Names;
  readonly #clients: Clients;
  readonly #admin: BrokerAdmin;
  readonly #topics: Topics;
  readonly #publisher: Publisher;
  readonly #onError: (error: unknown) => void;
  readonly #offsets = new Map<string, GroupOffsets>();
  readonly #subscriptions = new Set<Subscription>();
  readonly #stopping = new AbortController();
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(options: KafkaBusOptions) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#onError = options.onError ?? warn;
    this.#names = new Names(options.topicPrefix ?? '');
    this.#clients = createClients(options, this.#timing);
    this.#admin = new BrokerAdmin(() => this.#clients.admin());
    this.#topics = new Topics(this.#admin, options.partitions ?? 3);
    this.#publisher = new Publisher(() => this.#clients.producer(), this.#topics, this.#timing);
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    const specs = topics.map((spec) => ({ ...spec, name: this.#names.topicOnBroker(spec.name) }));
    await this.#whenAvailable(() => this.#topics.ensure(specs));
  }

  async publish(messages: readonly Message[]): Promise<void> {
    this.#checkOpen();
    if (messages.length === 0) return;
    const named = messages.map((message) => ({ ...message, topic: this.#names.topicOnBroker(message.topic) }));
    await this.#publisher.publish(named);
  }

  async consume(options: ConsumeOptions): Promise<Subscription> {
    this.#checkStarting();
    assert((options.maxBatchSize ?? 1) > 0, 'a batch holds at least one message');
    const topics = options.topics.map((topic) => this.#names.topicOnBroker(topic));
    const offsets = this.#offsetsOf(options.group);
    await this.#whenAvailable(async () => {
      const ranges = await assertInsideLog(options.group, offsets, () => this.#rangesOf(topics));
      await offsets.beginAt(ranges);
    });
    this.#checkStarting();
    return this.#join(options, topics, offsets);
  }

  async tail(options: TailOptions): Promise<Subscription> {
    this.#checkStarting();
    const topics = options.topics.map((topic) => this.#names.topicOnBroker(topic));
    const ranges = await this.#whenAvailable(() => this.#rangesOf(topics));
    this.#checkStarting();
    const { started, subscription } = startTail(options, ranges, {
      clients: this.#clients,
      admin: this.#admin,
      names: this.#names,
      onError: this.#onError,
      onFatal: this.#options.onFatal,
      onRetry: (error) => this.#log(error),
    });
    return this.#register(started, subscription);
  }

  async lag(groups: readonly string[]): Promise<Lag[]> {
    this.#checkOpen();
    const standings = await Promise.all(
      groups.map(async (group) => ({ group, acknowledged: await this.#offsetsOf(group).acknowledged() })),
    );
    // The ends come last: a group that has acknowledged them had nothing under way, whatever it publishes on.
    const topics = new Set(standings.flatMap(({ acknowledged }) => acknowledged.map(({ topic }) => topic)));
    const ranges = await this.#admin.ranges([...topics]);
    return standings.flatMap(({ group, acknowledged }) => {
      const behind = new Map<string, number>();
      const offsetOf = new Map(acknowledged.map((position) => [keyOf(position), position.offset]));
      const consumed = new Set(acknowledged.map(({ topic }) => topic));
      for (const range of ranges) {
        if (!consumed.has(range.topic)) continue;
        // A partition that was added later has been consumed by nobody yet.
        const offset = offsetOf.get(keyOf(range)) ?? String(range.low);
        behind.set(range.topic, (behind.get(range.topic) ?? 0) + messagesBehind(range, offset));
      }
      return [...behind].map(([topic, messages]) => ({ group, topic: this.#names.here(topic), messages }));
    });
  }

  async caughtUp(groups: readonly string[]): Promise<void> {
    for (;;) {
      this.#checkStarting();
      if ((await this.lag(groups)).every(({ messages }) => messages === 0)) return;
      await pause(pollMs, this.#stopping.signal);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopping.abort();
    // Handlers under way may still publish.
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    this.#closed = true;
    await this.#publisher.close();
    await this.#admin.close();
  }

  #join(options: ConsumeOptions, topics: readonly string[], offsets: GroupOffsets): Promise<Subscription> {
    const handler: BatchHandler = new BatchHandler({
      options,
      nameOf: (topic) => this.#names.here(topic),
      offsets,
      heartbeatIntervalMs: this.#timing.heartbeatIntervalMs,
      isStopping: () => member.stopping,
      onError: this.#onError,
    });
    const groupId = this.#names.groupOnBroker(options.group);
    const member: Member = new Member({
      createConsumer: () => this.#clients.consumer(groupId),
      topics,
      concurrency,
      position: (topic, partition) => offsets.position(topic, partition),
      assigned: (consumer, assignment) => handler.assigned(consumer, assignment),
      fetched: (payload) => handler.fetched(payload),
      passed: (consumer, position) => handler.passed(consumer, position),
      onFatal: (error) => void this.#explain(error, options.group, offsets).then(this.#options.onFatal),
      onRetry: (error) => this.#log(error),
    });
    const stop = async () => {
      handler.stop();
      await member.stop();
      handler.stop();
    };
    return this.#register(member.started, { stop });
  }

  async #register(started: Promise<void>, subscription: Subscription): Promise<Subscription> {
    this.#subscriptions.add(subscription);
    const stop = async () => {
      await subscription.stop();
      this.#subscriptions.delete(subscription);
    };
    try {
      await started;
    } catch (error) {
      await stop();
      throw error;
    }
    return { stop };
  }

  async #rangesOf(topics: readonly string[]): Promise<LogRange[]> {
    await this.#topics.ensureNamed(topics);
    return this.#admin.ranges(topics);
  }

  #offsetsOf(group: string): GroupOffsets {
    const { offsets: store } = this.#options;
    const offsets =
      this.#offsets.get(group) ??
      (store
        ? new StoredOffsets(store, group, this.#names)
        : new CommittedOffsets(this.#admin, this.#names.groupOnBroker(group)));
    this.#offsets.set(group, offsets);
    return offsets;
  }

  #whenAvailable<T>(work: () => Promise<T>): Promise<T> {
    return retryOperational(
      () => {
        this.#checkStarting();
        return work();
      },
      { signal: this.#stopping.signal, onRetry: (error: OperationalError) => this.#log(error) },
    );
  }

  /** A member that stands outside of the log knows where, but not where the log is. */
  async #explain(error: unknown, group: string, offsets: GroupOffsets): Promise<unknown> {
    const outside = causes(error).find((cause) => cause instanceof PositionOutsideLog);
    if (!outside) return error;
    const ranges = await this.#admin.ranges([outside.topic]).catch((): LogRange[] => []);
    return offsetOutsideLog(
      group,
      offsets,
      outside,
      ranges.find((range) => keyOf(range) === keyOf(outside)),
    );
  }

  #log(error: unknown): void {
    this.#options.log?.('warn', error instanceof Error ? error.message : String(error));
  }

  #checkStarting(): void {
    if (this.#closing) throw busIsClosed();
  }

  #checkOpen(): void {
    if (this.#closed) throw busIsClosed();
  }
}

function messagesBehind({ low, high }: LogRange, offset: string): number {
  const from = BigInt(offset) < low ? low : BigInt(offset);
  return high > from ? Number(high - from) : 0;
}
