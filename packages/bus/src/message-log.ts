import { assert } from '@referral/errors';
import type { Database, RootDatabase } from 'lmdb';
import type { DeliveredMessage, Message, TopicSpec } from './bus.ts';
import { durably, logNotFound, openEnvironment } from './environment.ts';
import { GroupOffsets } from './group-offsets.ts';
import { decodeFrame, encodeFrame, frameTimestampMs } from './message-frame.ts';
import { assertTopicName } from './topic-name.ts';

export interface Partition {
  readonly topicId: number;
  readonly topic: string;
  readonly index: number;
  /** Offset of the oldest message that is kept. */
  first: number;
  /** Offset that the next message will get. */
  end: number;
}

export interface Topic {
  readonly name: string;
  /** `null`: kept for ever. */
  readonly retentionMs: number | null;
  readonly partitions: readonly Partition[];
}

interface TopicRecord {
  readonly id: number;
  readonly retentionMs: number | null;
  readonly partitions: { first: number; end: number }[];
}

type MessageKey = [topicId: number, partition: number, offset: number];

const maxReadBytes = 8 * 1024 * 1024;
const maxRemovalsPerCommit = 1_000;

/**
 * Topics, their messages and the offsets of groups in one LMDB environment. One process writes; others may read.
 * What is read is durable: a commit becomes visible when it is on disk, never before.
 */
export class MessageLog {
  /** What is known of the topics; changes when a commit is done, or on `refresh`. */
  readonly topics = new Map<string, Topic>();
  readonly offsets: GroupOffsets;
  readonly #env: RootDatabase;
  readonly #records: Database<TopicRecord, string>;
  readonly #messages: Database<Buffer, MessageKey>;
  readonly #defaultPartitions: number;
  readonly #now: () => number;
  #turn = 0;

  /** @throws OperationalError `LOG_NOT_FOUND` (read only and nothing there yet), `BUS_UNAVAILABLE` */
  constructor(options: { directory: string; readOnly: boolean; defaultPartitions: number; now: () => number }) {
    this.#defaultPartitions = options.defaultPartitions;
    this.#now = options.now;
    this.#env = openEnvironment(options.directory, options.readOnly);
    this.#records = this.#env.openDB({ name: 'topics', encoding: 'json' });
    // With this encoding, unlike with the "fast" reads, each value comes in a buffer of its own.
    this.#messages = this.#env.openDB({ name: 'messages', encoding: 'binary' });
    const offsets = this.#env.openDB<number, [string, number, number]>({ name: 'offsets', encoding: 'json' });
    // Read only, a database that the writer has not made yet comes back as undefined.
    if (!this.#records || !this.#messages || !offsets) throw logNotFound(options.directory);
    this.offsets = new GroupOffsets(offsets);
    this.refresh();
  }

  /** Learns what another process has written. */
  refresh(): void {
    this.#env.resetReadTxn();
    for (const { key, value } of this.#records.getRange()) this.#learn(key, value);
    this.offsets.load(this.topics.values());
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    if (specs.every(({ name }) => this.topics.has(name))) return;
    for (const { name, partitions } of specs) {
      assertTopicName(name);
      assert(Number.isInteger(partitions) && partitions > 0, `topic ${name} cannot have ${partitions} partitions`);
    }
    await this.#write((records) => {
      for (const { name, partitions, retention } of specs) {
        records.getOrCreate(name, partitions, retention === 'compact' ? null : retention.ms);
      }
    });
  }

  /** Creates topics that are missing with the default of partitions, kept for ever. */
  async ensureNamedTopics(names: readonly string[]): Promise<void> {
    await this.ensureTopics(
      names.map((name) => ({ name, partitions: this.#defaultPartitions, retention: 'compact' as const })),
    );
  }

  /** All in one commit, in call order. */
  async append(messages: readonly Message[]): Promise<void> {
    for (const topic of new Set(messages.map((message) => message.topic))) assertTopicName(topic);
    const timestampMs = this.#now();
    const frames = messages.map((message) => ({ ...message, stored: encodeFrame(message, timestampMs) }));
    await this.#write((records) => {
      for (const { topic, key, stored } of frames) {
        const { id, partitions } = records.getOrCreate(topic, this.#defaultPartitions, null);
        const index = this.#partitionOf(key, partitions.length);
        const extent = partitions[index];
        assert(extent, `topic ${topic} has no partition ${index}`);
        void this.#messages.put([id, index, extent.end], stored);
        extent.end += 1;
      }
    });
  }

  /** The next messages from an offset on; 8 MB at most, except for a single message that is larger. */
  read({ topicId, topic, index, end }: Partition, from: number, maxMessages: number): DeliveredMessage[] {
    const messages: DeliveredMessage[] = [];
    let bytes = 0;
    const range = { start: [topicId, index, from], end: [topicId, index, end], limit: maxMessages };
    for (const { key, value } of this.#messages.getRange(range)) {
      bytes += value.length;
      if (bytes > maxReadBytes && messages.length > 0) break;
      messages.push({ topic, partition: index, offset: String(key[2]), ...decodeFrame(value) });
    }
    return messages;
  }

  /** Removes a bounded number of messages taken before `cutoffMs`. Resolves to whether there may be more. */
  async dropExpired({ topicId, topic, index, first, end }: Partition, cutoffMs: number): Promise<boolean> {
    const expired: MessageKey[] = [];
    const range = { start: [topicId, index, first], end: [topicId, index, end], limit: maxRemovalsPerCommit };
    for (const { key, value } of this.#messages.getRange(range)) {
      if (frameTimestampMs(value) >= cutoffMs) break;
      expired.push(key);
    }
    if (expired.length === 0) return false;
    await this.#write((records) => {
      for (const key of expired) void this.#messages.remove(key);
      const extent = records.getOrCreate(topic, this.#defaultPartitions, null).partitions[index];
      if (extent) extent.first = first + expired.length;
    });
    return expired.length === maxRemovalsPerCommit;
  }

  /** Waits for commits under way. */
  async close(): Promise<void> {
    await this.#env.close();
  }

  /** Runs `change` in one commit; the topics that it touched are stored with it, and known once it is on disk. */
  async #write(change: (records: TouchedTopics) => void): Promise<void> {
    const touched = await durably(
      this.#env.transaction(() => {
        const records = new TouchedTopics(this.#records);
        change(records);
        return records.save();
      }),
    );
    for (const [name, record] of touched) this.#learn(name, record);
  }

  #learn(name: string, record: TopicRecord): void {
    const known = this.topics.get(name);
    const partitions = known?.partitions ?? record.partitions.map((_, index) => newPartition(name, record.id, index));
    for (const partition of partitions) {
      const extent = record.partitions[partition.index];
      // Two commits may be learnt in any order; extents only grow.
      partition.first = Math.max(partition.first, extent?.first ?? 0);
      partition.end = Math.max(partition.end, extent?.end ?? 0);
    }
    if (!known) this.topics.set(name, { name, retentionMs: record.retentionMs, partitions });
  }

  #partitionOf(key: string | null, partitions: number): number {
    if (partitions === 1) return 0;
    if (key !== null) return stableHash(key) % partitions;
    this.#turn += 1;
    return this.#turn % partitions;
  }
}

/** The records that one transaction reads and changes. Lives inside that transaction. */
class TouchedTopics {
  readonly #stored: Database<TopicRecord, string>;
  readonly #touched = new Map<string, TopicRecord>();

  constructor(stored: Database<TopicRecord, string>) {
    this.#stored = stored;
  }

  getOrCreate(name: string, partitions: number, retentionMs: number | null): TopicRecord {
    const known = this.#touched.get(name);
    if (known) return known;
    let record = this.#stored.get(name);
    if (!record) {
      const extents = Array.from({ length: partitions }, () => ({ first: 0, end: 0 }));
      record = { id: this.#stored.getKeysCount(), retentionMs, partitions: extents };
      // Stored at once: the next topic of this transaction takes its id from the count.
      void this.#stored.put(name, record);
    }
    this.#touched.set(name, record);
    return record;
  }

  save(): ReadonlyMap<string, TopicRecord> {
    for (const [name, record] of this.#touched) void this.#stored.put(name, record);
    return this.#touched;
  }
}

function newPartition(topic: string, topicId: number, index: number): Partition {
  return { topicId, topic, index, first: 0, end: 0 };
}

/** FNV-1a over UTF-16 code units. Never changes: it decides where the messages of a key are. */
function stableHash(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
