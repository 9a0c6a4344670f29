import { pause } from '@referral/errors';
import type { Admin, ITopicConfig } from 'kafkajs';
import type { TopicSpec } from '../bus.ts';
import type { BrokerAdmin } from './admin.ts';
import { isTransient } from './failures.ts';

/** The most that a message may take, in bytes. Brokers may allow less. */
export const maxMessageBytes = 10_000_000;

/** How long brokers may take until they serve a new topic. */
const readyWithinMs = 10_000;
const pollMs = 50;

/** Creates topics, and remembers which exist. All names are those on the brokers. */
export class Topics {
  readonly #admin: BrokerAdmin;
  readonly #defaultPartitions: number;
  readonly #known = new Set<string>();

  constructor(admin: BrokerAdmin, defaultPartitions: number) {
    this.#admin = admin;
    this.#defaultPartitions = defaultPartitions;
  }

  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    await this.#create(
      specs.map(({ name, partitions, retention }) => ({
        topic: name,
        numPartitions: partitions,
        configEntries: [
          retention === 'compact'
            ? { name: 'cleanup.policy', value: 'compact' }
            : { name: 'retention.ms', value: String(retention.ms) },
        ],
      })),
    );
  }

  /** What nobody has specified keeps everything, and takes whatever fitted elsewhere: most of it are dead letters. */
  async ensureNamed(names: readonly string[]): Promise<void> {
    const missing = [...new Set(names)].filter((name) => !this.#known.has(name));
    if (missing.length === 0) return;
    await this.#create(
      missing.map((topic) => ({
        topic,
        numPartitions: this.#defaultPartitions,
        configEntries: [
          { name: 'retention.ms', value: '-1' },
          { name: 'max.message.bytes', value: String(maxMessageBytes + 100_000) },
        ],
      })),
    );
  }

  /** They may have been deleted: the next `ensureNamed` looks. */
  forget(names: Iterable<string>): void {
    for (const name of names) this.#known.delete(name);
  }

  async #create(wanted: readonly ITopicConfig[]): Promise<void> {
    await this.#admin.use('creating topics', async (admin) => {
      const existing = new Set(await admin.listTopics());
      const missing = wanted.filter(({ topic }) => !existing.has(topic));
      if (missing.length === 0) return;
      // Minus one: as many replicas as the brokers' own default.
      const topics = missing.map((config) => ({ ...config, replicationFactor: -1 }));
      await admin.createTopics({ topics, waitForLeaders: false }).catch(explain);
      await Promise.all(missing.map(({ topic }) => ready(admin, topic)));
    });
    for (const { topic } of wanted) this.#known.add(topic);
  }
}

/**
 * Resolves when the leaders of all partitions answer. kafkajs's own waiting asks another broker; a publish would find
 * some partitions ready, others not, and be repeated on all.
 */
async function ready(admin: Admin, topic: string): Promise<void> {
  for (const deadline = performance.now() + readyWithinMs; ; await pause(pollMs)) {
    try {
      await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (!isTransient(error) || performance.now() > deadline) throw error;
    }
  }
}

/** kafkajs keeps the reasons beside its message. */
function explain(error: unknown): never {
  if (!(error instanceof Error && 'errors' in error && Array.isArray(error.errors))) throw error;
  const reasons = error.errors.map((each: unknown) =>
    each instanceof Error && 'topic' in each ? `${String(each.topic)}: ${each.message}` : String(each),
  );
  throw new Error(`topics could not be created: ${reasons.join('; ')}`, { cause: error });
}
