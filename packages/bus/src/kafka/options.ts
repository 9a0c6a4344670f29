import type { ConnectionOptions } from 'node:tls';

export interface KafkaBusOptions {
  /** `host:port` of one broker or more; they need not be up yet. */
  readonly brokers: readonly string[];
  /** What brokers call this client in their logs and quotas. Default `referral`. */
  readonly clientId?: string;
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  /** Stands before the names of topics and groups on the brokers. Nobody on this side of the port sees it. */
  readonly topicPrefix?: string;
  /** Of topics that only `publish` and `consume` name; they keep their messages for ever. Default 3. */
  readonly partitions?: number;
  /** Keeps the groups' offsets instead of Kafka. */
  readonly offsets?: OffsetStore;
  /**
   * A subscription has ended and does not come back by itself: a group's offset lies outside of the log, the brokers
   * refuse the client. Whoever is told ends the process, or it would live on without consuming.
   */
  readonly onFatal: (error: unknown) => void;
  /**
   * Told of what no caller waits for: a listener that threw, a rejection of a handler that came without an `onError` of
   * its own. Default: a process warning.
   */
  readonly onError?: (error: unknown) => void;
  /** What the client library has to say. Default: nobody hears it. */
  readonly log?: (level: LogLevel, message: string) => void;
  /** Told of every request that a broker answered, by Kafka's name for it: `Produce`, `Fetch`, `OffsetCommit` … */
  readonly onRequest?: (apiName: string) => void;
  readonly timing?: Partial<KafkaTiming>;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** The offset of the first message of a partition that a group has not acknowledged, as a decimal string. */
export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/**
 * Keeps offsets beside the effects, so that a restored copy of the effects goes on where it left off. One process reads
 * and writes it. Both functions reject operationally when a retry may heal it.
 */
export interface OffsetStore {
  load(group: string): Promise<readonly PartitionOffset[]>;
  /** Resolves when they are durable. Offsets of partitions that are not named stay. */
  save(group: string, offsets: readonly PartitionOffset[]): Promise<void>;
}

export interface KafkaTiming {
  /** After how long a request counts as lost. Default 10,000. */
  readonly requestTimeoutMs: number;
  /** After how long a send counts as lost. Default 5,000. */
  readonly sendTimeoutMs: number;
  /** How long `publish` repeats what fails before it gives up; a last attempt may take longer. Default 8,000. */
  readonly publishTimeoutMs: number;
  /** After how long without a heartbeat a member is dead to its group. Default 30,000; brokers refuse less than 6,000. */
  readonly sessionTimeoutMs: number;
  /** How long a group waits for a handler under way before its partitions go to another member. Default 60,000. */
  readonly rebalanceTimeoutMs: number;
  /** Also how soon a member learns that its group shares out anew. Default 3,000. */
  readonly heartbeatIntervalMs: number;
  /** How long a broker holds a fetch that finds nothing. Default 500. */
  readonly maxWaitMs: number;
}

export const defaultTiming: KafkaTiming = {
  requestTimeoutMs: 10_000,
  sendTimeoutMs: 5_000,
  publishTimeoutMs: 8_000,
  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 60_000,
  heartbeatIntervalMs: 3_000,
  maxWaitMs: 500,
};
