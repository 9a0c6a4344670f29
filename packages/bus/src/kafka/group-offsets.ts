import type { Offsets } from 'kafkajs';
import type { BrokerAdmin, LogRange } from './admin.ts';
import type { Names } from './names.ts';
import type { OffsetStore, PartitionOffset } from './options.ts';

/** Partitions that a member has been given, by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

/** Commits to Kafka in the name of a member of the group. */
export type Commit = (offsets: Offsets) => Promise<void>;

/** Where one group stands. All names are those on the brokers. */
export interface GroupOffsets {
  /** One for each partition that the group has ever consumed. */
  acknowledged(): Promise<readonly PartitionOffset[]>;
  /** The group shall begin where these logs do, wherever it has no offset yet. */
  beginAt(ranges: readonly LogRange[]): Promise<void>;
  /** What a member that has been given these partitions must acknowledge to make that so. */
  toBegin(assignment: Assignment): Promise<readonly PartitionOffset[]>;
  /** Where a member goes on. Nothing: Kafka tells it. */
  position(topic: string, partition: number): string | undefined;
  /** Resolves when these are durable. They name each partition once. */
  acknowledge(positions: readonly PartitionOffset[], commit: Commit): Promise<void>;
  /** For the operator of a group that cannot go on, a sentence. */
  howToReset(topic: string, partition: number): string;
}

/** Offsets where Kafka's own tools look for them. */
export class CommittedOffsets implements GroupOffsets {
  readonly #admin: BrokerAdmin;
  readonly #groupId: string;
  readonly #beginnings = new Map<string, PartitionOffset>();

  constructor(admin: BrokerAdmin, groupId: string) {
    this.#admin = admin;
    this.#groupId = groupId;
  }

  acknowledged(): Promise<readonly PartitionOffset[]> {
    return this.#admin.committed(this.#groupId);
  }

  /** Only a member can commit, so this waits until there is one. */
  async beginAt(ranges: readonly LogRange[]): Promise<void> {
    const missing = withoutOffset(startsOf(ranges), await this.acknowledged());
    for (const position of missing) this.#beginnings.set(keyOf(position), position);
  }

  async toBegin(assignment: Assignment): Promise<readonly PartitionOffset[]> {
    const mine = [...this.#beginnings.values()].filter((at) => assignment[at.topic]?.includes(at.partition));
    if (mine.length === 0) return [];
    for (const known of await this.acknowledged()) this.#beginnings.delete(keyOf(known));
    return mine.filter((position) => this.#beginnings.has(keyOf(position)));
  }

  position(): undefined {
    return undefined;
  }

  async acknowledge(positions: readonly PartitionOffset[], commit: Commit): Promise<void> {
    const topics = new Set(positions.map(({ topic }) => topic));
    await commit({
      topics: [...topics].map((topic) => ({
        topic,
        partitions: positions.filter((position) => position.topic === topic),
      })),
    });
  }

  howToReset(topic: string, partition: number): string {
    return (
      "Stop the group's members and reset it, e.g. kafka-consumer-groups.sh --bootstrap-server <broker> " +
      `--group ${this.#groupId} --topic ${topic}:${partition} --reset-offsets --to-earliest --execute.`
    );
  }
}

/** Offsets beside the effects. One process reads and writes them; what it has read, it knows. */
export class StoredOffsets implements GroupOffsets {
  readonly #store: OffsetStore;
  readonly #group: string;
  readonly #names: Names;
  readonly #positions = new Map<string, PartitionOffset>();
  #loaded: Promise<void> | undefined;

  constructor(store: OffsetStore, group: string, names: Names) {
    this.#store = store;
    this.#group = group;
    this.#names = names;
  }

  async acknowledged(): Promise<readonly PartitionOffset[]> {
    this.#loaded ??= this.#load();
    try {
      await this.#loaded;
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
    return [...this.#positions.values()];
  }

  async beginAt(ranges: readonly LogRange[]): Promise<void> {
    await this.acknowledge(withoutOffset(startsOf(ranges), await this.acknowledged()));
  }

  async toBegin(): Promise<readonly PartitionOffset[]> {
    return [];
  }

  position(topic: string, partition: number): string | undefined {
    return this.#positions.get(keyOf({ topic, partition }))?.offset;
  }

  async acknowledge(positions: readonly PartitionOffset[]): Promise<void> {
    if (positions.length === 0) return;
    await this.#store.save(
      this.#group,
      positions.map((position) => ({ ...position, topic: this.#names.here(position.topic) })),
    );
    for (const position of positions) this.#positions.set(keyOf(position), position);
  }

  howToReset(topic: string, partition: number): string {
    const stored = `group ${this.#group} on ${this.#names.here(topic)} partition ${partition}`;
    return `Stop the process and remove the stored offset of ${stored}.`;
  }

  async #load(): Promise<void> {
    for (const { topic, partition, offset } of await this.#store.load(this.#group)) {
      const position = { topic: this.#names.topicOnBroker(topic), partition, offset };
      this.#positions.set(keyOf(position), position);
    }
  }
}

export function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

function startsOf(ranges: readonly LogRange[]): PartitionOffset[] {
  return ranges.map(({ topic, partition, low }) => ({ topic, partition, offset: String(low) }));
}

function withoutOffset(
  positions: readonly PartitionOffset[],
  known: readonly PartitionOffset[],
): readonly PartitionOffset[] {
  const keys = new Set(known.map(keyOf));
  return positions.filter((position) => !keys.has(keyOf(position)));
}
