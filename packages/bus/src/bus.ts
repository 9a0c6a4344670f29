/**
 * The messaging port. Its comments are the contract; `bus.contract.ts` holds every engine to it.
 * An engine moves bytes: what they mean is decided by the code on top (`subscribe`, and the contracts package).
 */

export interface Message {
  readonly topic: string;
  /** Messages of one key keep their order within a topic. `null`: any partition. */
  readonly key: string | null;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export interface DeliveredMessage extends Message {
  readonly partition: number;
  /** Position in its partition, from 0, as a decimal string (Kafka's are 64 bits wide). */
  readonly offset: string;
  /** When the engine took it, in milliseconds since the epoch. */
  readonly timestampMs: number;
}

/** Messages of one partition of one topic, in order, never empty. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly DeliveredMessage[];
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** How long messages are kept, in milliseconds; `compact` keeps the newest message of each key for ever. */
  readonly retention: { readonly ms: number } | 'compact';
}

/** How many messages of a topic a group has not acknowledged yet. */
export interface Lag {
  readonly group: string;
  readonly topic: string;
  readonly messages: number;
}

export interface Subscription {
  /** Takes no further batch, waits for the one under way, releases everything. Safe to call twice. */
  stop(): Promise<void>;
}

export interface ConsumeOptions {
  /** Members of one group share the partitions; each group sees every message. */
  readonly group: string;
  /** Topics that do not exist yet are created empty, with the engine's default of partitions. */
  readonly topics: readonly string[];
  /**
   * Resolves when the batch's effects are durable; only then does the group's offset move. When it rejects, the same
   * messages come again after a back-off, for as long as it takes: at least once, never skipped.
   */
  readonly handleBatch: (batch: Batch) => Promise<void>;
  /** The most messages in one batch. Default 1,000. */
  readonly maxBatchSize?: number;
  /** Told of every rejection of `handleBatch`, for logs and metrics. */
  readonly onError?: (error: unknown, batch: Batch) => void;
}

export interface TailOptions {
  readonly topics: readonly string[];
  readonly from: 'earliest' | 'latest';
  /** Called in order per partition; keeps no offset and belongs to no group. */
  readonly onMessages: (messages: readonly DeliveredMessage[]) => void;
  /** Called once: everything that the topics held when this began has been delivered. */
  readonly onCaughtUp?: () => void;
}

export interface Bus {
  /** Creates what is missing; leaves what exists alone. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;
  /**
   * Resolves when every message is durable (on disk, or acknowledged by all in-sync replicas). On failure none, some or
   * all may have been kept: the caller repeats, the ids inside remove the duplicates.
   * @throws OperationalError `BUS_UNAVAILABLE`
   */
  publish(messages: readonly Message[]): Promise<void>;
  /** Starts delivering to a group, from its offset or, when it has none, from the earliest message. */
  consume(options: ConsumeOptions): Promise<Subscription>;
  /** Watches topics without a group, e.g. for a terminal. Resolves when it is listening. */
  tail(options: TailOptions): Promise<Subscription>;
  /** One row per group and topic that the group has ever consumed. */
  lag(groups: readonly string[]): Promise<Lag[]>;
  /** Resolves when these groups have acknowledged everything that was published before they caught up. */
  caughtUp(groups: readonly string[]): Promise<void>;
  /** Stops every subscription and releases the engine. Safe to call twice. */
  close(): Promise<void>;
}
