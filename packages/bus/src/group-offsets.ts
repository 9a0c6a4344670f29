import type { Database } from 'lmdb';
import { durably } from './environment.ts';
import type { Partition, Topic } from './message-log.ts';

type OffsetKey = [group: string, topicId: number, partition: number];

/** For each group and partition, the offset of the first message that the group has not acknowledged. */
export class GroupOffsets {
  readonly #stored: Database<number, OffsetKey>;
  readonly #known = new Map<string, Map<Partition, number>>();

  constructor(stored: Database<number, OffsetKey>) {
    this.#stored = stored;
  }

  load(topics: Iterable<Topic>): void {
    const partitions = new Map<string, Partition>();
    for (const topic of topics) {
      for (const partition of topic.partitions) partitions.set(`${partition.topicId}/${partition.index}`, partition);
    }
    for (const { key, value } of this.#stored.getRange()) {
      const [group, topicId, index] = key;
      const partition = partitions.get(`${topicId}/${index}`);
      if (partition) this.#of(group).set(partition, value);
    }
  }

  /** The partitions that a group has ever consumed, with its offsets. */
  of(group: string): ReadonlyMap<Partition, number> {
    return this.#known.get(group) ?? new Map();
  }

  /** Known at once; resolves when it is on disk. */
  async set(group: string, partition: Partition, offset: number): Promise<void> {
    this.#of(group).set(partition, offset);
    await durably(this.#stored.put([group, partition.topicId, partition.index], offset));
  }

  #of(group: string): Map<Partition, number> {
    const known = this.#known.get(group) ?? new Map<Partition, number>();
    this.#known.set(group, known);
    return known;
  }
}

/** How many of a partition's messages lie before a group that has acknowledged up to `offset`. */
export function messagesBehind(partition: Partition, offset: number): number {
  return Math.max(0, partition.end - Math.max(offset, partition.first));
}
