import type { Admin } from 'kafkajs';
import { operationally } from './failures.ts';
import type { PartitionOffset } from './options.ts';

/** Where the log of a partition begins, and the offset that its next message gets. */
export interface LogRange {
  readonly topic: string;
  readonly partition: number;
  readonly low: bigint;
  readonly high: bigint;
}

/** Asks brokers. Connects when it is first asked, and afresh after a failure. All names are those on the brokers. */
export class BrokerAdmin {
  readonly #create: () => Admin;
  #connected: Promise<Admin> | undefined;

  constructor(create: () => Admin) {
    this.#create = create;
  }

  /** @throws OperationalError `BUS_UNAVAILABLE` when a retry may heal it, kafkajs's error otherwise */
  async use<T>(what: string, work: (admin: Admin) => Promise<T>): Promise<T> {
    return operationally(what, async () => {
      this.#connected ??= this.#connect();
      const connected = this.#connected;
      try {
        return await work(await connected);
      } catch (error) {
        if (this.#connected === connected) this.#connected = undefined;
        await disconnect(connected);
        throw error;
      }
    });
  }

  /** The ranges of all partitions of topics; of topics that do not exist, none. */
  async ranges(topics: readonly string[]): Promise<LogRange[]> {
    return this.use('asking for the ends of topics', async (admin) => {
      const existing = new Set(await admin.listTopics());
      const ranges = await Promise.all(
        topics
          .filter((topic) => existing.has(topic))
          .map(async (topic) => {
            const partitions = await admin.fetchTopicOffsets(topic);
            return partitions.map(({ partition, low, high }) => ({
              topic,
              partition,
              low: BigInt(low),
              high: BigInt(high),
            }));
          }),
      );
      return ranges.flat();
    });
  }

  /** What a group has committed. */
  async committed(groupId: string): Promise<PartitionOffset[]> {
    const topics = await this.use(`asking for the offsets of ${groupId}`, (admin) => admin.fetchOffsets({ groupId }));
    return topics
      .flatMap(({ topic, partitions }) => partitions.map(({ partition, offset }) => ({ topic, partition, offset })))
      .filter(({ offset }) => offset !== '-1');
  }

  async close(): Promise<void> {
    if (this.#connected) await disconnect(this.#connected);
  }

  async #connect(): Promise<Admin> {
    const admin = this.#create();
    await admin.connect();
    return admin;
  }
}

/** A client that failed, or never connected, has nothing to say on its way out. */
async function disconnect(connected: Promise<Admin>): Promise<void> {
  await connected.then((admin) => admin.disconnect()).catch(() => {});
}
