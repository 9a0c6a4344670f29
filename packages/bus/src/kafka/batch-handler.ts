import { backoffDelayMs, defaultBackoff } from '@referral/errors';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { Batch, ConsumeOptions } from '../bus.ts';
import { JoinedCalls } from '../joined-calls.ts';
import { isKafkajsError } from './failures.ts';
import { type Assignment, type Commit, type GroupOffsets, keyOf } from './group-offsets.ts';
import { fromKafka } from './messages.ts';
import type { PartitionOffset } from './options.ts';

const defaultMaxBatchSize = 1_000;

/** How long what has been handled waits for what is still being handled, to be acknowledged with it. */
const gatherMs = 50;

export interface BatchHandlerDeps {
  readonly options: ConsumeOptions;
  /** A topic's name here, from its name on the brokers. */
  readonly nameOf: (topicOnBroker: string) => string;
  readonly offsets: GroupOffsets;
  readonly heartbeatIntervalMs: number;
  /** The subscription takes no further batch. */
  readonly isStopping: () => boolean;
  /** Told of what `onError` of the subscription does not take. */
  readonly onError: (error: unknown) => void;
}

interface Acknowledgement {
  readonly position: PartitionOffset;
  readonly commit: Commit;
  /** It counts only where this member has acknowledged nothing of the partition: else it would take that back. */
  readonly isBeginning?: true;
}

/** Hands what one member fetches to `handleBatch`, and acknowledges what has been handled. */
export class BatchHandler {
  readonly #deps: BatchHandlerDeps;
  readonly #acknowledgements: JoinedCalls<Acknowledgement>;
  /** Partitions that this member has acknowledged something of. */
  readonly #begun = new Set<string>();
  /** Of partitions whose batch was rejected: how often in a row. */
  readonly #failures = new Map<string, number>();
  readonly #pauses = new Set<NodeJS.Timeout>();
  #handling = 0;
  #allHandled = () => {};

  constructor(deps: BatchHandlerDeps) {
    this.#deps = deps;
    this.#acknowledgements = new JoinedCalls(
      (together) => this.#acknowledgeTogether(together),
      (waiting) => waiting.length,
      { gathered: () => this.#gathered() },
    );
  }

  /**
   * Gives the group an offset where it has none, so that it counts as behind from the first message. Resolves when the
   * group has one everywhere: the first batch may have been handled by now, and its acknowledgement be under way.
   */
  async assigned(consumer: Consumer, assignment: Assignment): Promise<void> {
    const positions = await this.#deps.offsets.toBegin(assignment);
    const commit = commitOf(consumer);
    await Promise.all(positions.map((position) => this.#acknowledgements.add({ position, commit, isBeginning: true })));
  }

  /** Whatever `handleBatch` throws stays in here: kafkajs would take a TypeError for its own and end the consumer. */
  async fetched(payload: EachBatchPayload): Promise<void> {
    const { heartbeatIntervalMs } = this.#deps;
    // kafkajs sends none while this function runs. Where one fails, its own next one fails too, and it joins again.
    const beat = () => void payload.heartbeat().catch(() => {});
    const heart = setInterval(beat, heartbeatIntervalMs / 2);
    try {
      for (const batch of this.#batchesOf(payload)) {
        if (this.#deps.isStopping() || !payload.isRunning() || payload.isStale()) return;
        if (!(await this.#handle(batch, payload))) return;
        await payload.heartbeat();
      }
    } finally {
      clearInterval(heart);
    }
  }

  passed(consumer: Consumer, position: PartitionOffset): void {
    this.#acknowledgements.add({ position, commit: commitOf(consumer) }).catch(this.#deps.onError);
  }

  stop(): void {
    for (const timer of this.#pauses) clearTimeout(timer);
  }

  *#batchesOf({ batch: { topic, partition, messages } }: EachBatchPayload): Generator<Batch> {
    const { options, nameOf } = this.#deps;
    const size = options.maxBatchSize ?? defaultMaxBatchSize;
    const name = nameOf(topic);
    for (let from = 0; from < messages.length; from += size) {
      const delivered = messages.slice(from, from + size).map((message) => fromKafka(name, partition, message));
      yield { topic: name, partition, messages: delivered };
    }
  }

  /** Whether the batch was handled and acknowledged. */
  async #handle(batch: Batch, payload: EachBatchPayload): Promise<boolean> {
    const { topic, partition } = payload.batch;
    const last = lastOffsetOf(batch, payload);
    const position = { topic, partition, offset: String(last + 1n) };
    this.#handling += 1;
    try {
      await this.#deps.options.handleBatch(batch);
    } catch (error) {
      this.#comeAgain(error, batch, payload);
      return false;
    } finally {
      this.#handling -= 1;
      if (this.#handling === 0) this.#allHandled();
    }
    try {
      await this.#acknowledgements.add({ position, commit: (offsets) => payload.commitOffsetsIfNecessary(offsets) });
    } catch (error) {
      if (isKafkajsError(error)) throw error;
      this.#comeAgain(error, batch, payload);
      return false;
    }
    this.#failures.delete(keyOf(position));
    return resolve(payload, last);
  }

  /** kafkajs fetches again when everything is acknowledged that one fetch brought: it is in no hurry before. */
  async #gathered(): Promise<void> {
    if (this.#handling === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, gatherMs);
      this.#allHandled = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The partition rests for a while, and is fetched from where it stands. The others go on. */
  #comeAgain(error: unknown, batch: Batch, payload: EachBatchPayload): void {
    this.#report(error, batch);
    const key = keyOf(payload.batch);
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const resume = payload.pause();
    const timer = setTimeout(
      () => {
        this.#pauses.delete(timer);
        resume();
      },
      backoffDelayMs(defaultBackoff, failures),
    );
    this.#pauses.add(timer);
  }

  /** Of each partition the newest, which was added last, in the name of whoever asked last. */
  async #acknowledgeTogether(together: readonly Acknowledgement[]): Promise<void> {
    const newest = new Map<string, PartitionOffset>();
    for (const { position, isBeginning } of together) {
      const key = keyOf(position);
      if (!isBeginning || !(this.#begun.has(key) || newest.has(key))) newest.set(key, position);
    }
    const last = together.at(-1);
    if (!last || newest.size === 0) return;
    await this.#deps.offsets.acknowledge([...newest.values()], last.commit);
    for (const key of newest.keys()) this.#begun.add(key);
  }

  #report(error: unknown, batch: Batch): void {
    const { options, onError } = this.#deps;
    try {
      if (options.onError) options.onError(error, batch);
      else onError(error);
    } catch (thrown) {
      // A listener that throws must not end the consumer.
      onError(thrown);
    }
  }
}

/** Behind the last message of a fetch there may be marks of transactions, which nobody handles. */
function lastOffsetOf({ messages }: Batch, { batch }: EachBatchPayload): bigint {
  const last = messages.at(-1)?.offset;
  return BigInt(last === undefined || last === batch.messages.at(-1)?.offset ? batch.lastOffset() : last);
}

function commitOf(consumer: Consumer): Commit {
  return ({ topics }) =>
    consumer.commitOffsets(
      topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, ...partition }))),
    );
}

/** Whether this member goes on with the fetch. It was acknowledged either way. */
function resolve(payload: EachBatchPayload, last: bigint): boolean {
  try {
    payload.resolveOffset(String(last));
    return true;
  } catch (error) {
    // kafkajs forgets the topics that the group has given to other members meanwhile, and trips over it.
    if (error instanceof TypeError) return false;
    throw error;
  }
}
