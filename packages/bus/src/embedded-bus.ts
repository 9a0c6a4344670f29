import { assert, OperationalError } from '@referral/errors';
import type { Bus, ConsumeOptions, Lag, Message, Subscription, TailOptions, TopicSpec } from './bus.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { messagesBehind } from './group-offsets.ts';
import { MessageLog } from './message-log.ts';
import { warn } from './process-warning.ts';
import { startRetention } from './retention.ts';
import { Signal } from './signal.ts';
import { startTail } from './tail.ts';

export interface EmbeddedBusOptions {
  /** Holds nothing but this log; made when it is missing. */
  readonly directory: string;
  /** Of topics that `publish` and `consume` create. Default 1. */
  readonly partitions?: number;
  /** Watches a log that another process writes. `tail`, `lag` and `caughtUp` work, the rest is refused. */
  readonly readOnly?: boolean;
  /**
   * Told of what no caller waits for: a group that missed messages because retention removed them (`MESSAGES_EXPIRED`),
   * an offset or a sweep that could not be written, a listener that threw, a rejection of a handler that came without
   * an `onError` of its own. Default: a process warning.
   */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** How often expired messages are removed. Default ten minutes. */
  readonly retentionIntervalMs?: number;
}

/** How often a read-only bus looks for what the other process wrote. */
const pollMs = 50;

/**
 * A durable log in a directory, for one writing process: opening it takes no lock, so whoever owns the directory calls
 * `lockDirectory` first. Topics that are created without a spec keep their messages for ever. `compact` topics are kept
 * whole: this engine does not compact yet. A subscription that waits does not keep the process alive.
 *
 * @throws OperationalError `LOG_NOT_FOUND` (read only and nothing there yet), `BUS_UNAVAILABLE`
 */
export function openEmbeddedBus(options: EmbeddedBusOptions): Bus {
  return new EmbeddedBus(options);
}

class EmbeddedBus implements Bus {
  readonly #log: MessageLog;
  readonly #readOnly: boolean;
  readonly #onError: (error: unknown) => void;
  readonly #retention: { stop(): Promise<void> } | undefined;
  readonly #groups = new Map<string, ConsumerGroup>();
  readonly #subscriptions = new Set<Subscription>();
  /** Something was published, or partitions changed hands. */
  readonly #work = new Signal();
  /** A group acknowledged something. */
  readonly #progress = new Signal();
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(options: EmbeddedBusOptions) {
    const { directory, partitions = 1, readOnly = false, now = Date.now } = options;
    this.#readOnly = readOnly;
    this.#onError = options.onError ?? warn;
    this.#log = new MessageLog({ directory, readOnly, defaultPartitions: partitions, now });
    if (!readOnly) {
      this.#retention = startRetention(this.#log, {
        intervalMs: options.retentionIntervalMs ?? 10 * 60_000,
        now,
        onSwept: () => this.#progress.notify(),
        onError: this.#onError,
      });
    }
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#checkWritable('create topics');
    await this.#log.ensureTopics(topics);
  }

  async publish(messages: readonly Message[]): Promise<void> {
    this.#checkWritable('publish');
    if (messages.length === 0) return;
    await this.#log.append(messages);
    this.#work.notify();
  }

  async consume(options: ConsumeOptions): Promise<Subscription> {
    this.#checkWritable('consume');
    this.#checkStarting();
    assert((options.maxBatchSize ?? 1) > 0, 'a batch holds at least one message');
    await this.#log.ensureNamedTopics(options.topics);
    const deps = { log: this.#log, work: this.#work, progress: this.#progress, onError: this.#onError };
    const group = this.#groups.get(options.group) ?? new ConsumerGroup(options.group, deps);
    this.#groups.set(options.group, group);
    this.#checkStarting();
    await group.begin(options.topics);
    this.#checkStarting();
    return this.#register(group.join(options));
  }

  async tail(options: TailOptions): Promise<Subscription> {
    this.#checkStarting();
    const deps = { log: this.#log, work: this.#work, onError: this.#onError };
    return this.#register(startTail(options, this.#readOnly ? { ...deps, pollMs } : deps));
  }

  async lag(groups: readonly string[]): Promise<Lag[]> {
    this.#checkOpen();
    return groups.flatMap((group) => this.#lagOf(group));
  }

  async caughtUp(groups: readonly string[]): Promise<void> {
    for (;;) {
      this.#checkStarting();
      if (groups.every((group) => this.#lagOf(group).every(({ messages }) => messages === 0))) return;
      await this.#progress.wait(this.#readOnly ? pollMs : undefined);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#retention?.stop();
    // Handlers under way may still publish.
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    this.#closed = true;
    this.#progress.notify();
    await this.#log.close();
  }

  #register(subscription: Subscription): Subscription {
    this.#subscriptions.add(subscription);
    return {
      stop: async () => {
        await subscription.stop();
        this.#subscriptions.delete(subscription);
      },
    };
  }

  #lagOf(group: string): Lag[] {
    if (this.#readOnly) this.#log.refresh();
    const messages = new Map<string, number>();
    for (const [partition, offset] of this.#log.offsets.of(group)) {
      messages.set(partition.topic, (messages.get(partition.topic) ?? 0) + messagesBehind(partition, offset));
    }
    return [...messages].map(([topic, count]) => ({ group, topic, messages: count }));
  }

  #checkWritable(what: string): void {
    assert(!this.#readOnly, `a bus that was opened read-only cannot ${what}`);
    this.#checkOpen();
  }

  #checkStarting(): void {
    if (this.#closing) throw closedError();
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

function closedError(): OperationalError {
  return new OperationalError('BUS_UNAVAILABLE', 'the bus is closed');
}
