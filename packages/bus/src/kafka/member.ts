import { backoffDelayMs, defaultBackoff, pause } from '@referral/errors';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { busIsClosed, isRebalance, isTransient } from './failures.ts';
import type { Assignment } from './group-offsets.ts';
import type { PartitionOffset } from './options.ts';

export interface MemberOptions {
  /** Makes a consumer that is not connected. Called again after each failure that may heal. */
  readonly createConsumer: () => Consumer;
  /** As on the brokers. They exist. */
  readonly topics: readonly string[];
  /** How many partitions it handles at a time. */
  readonly concurrency: number;
  /** Where to go on with a partition that it has been given. Nothing: at the group's offset in Kafka, or the earliest. */
  readonly position: (topic: string, partition: number) => string | undefined;
  /** It has been given partitions. A rejection ends the session. */
  readonly assigned: (consumer: Consumer, assignment: Assignment) => Promise<void>;
  readonly fetched: (payload: EachBatchPayload) => Promise<void>;
  /** A transaction that was taken back, or the marks of one, lie before this offset: nothing to handle. */
  readonly passed: (consumer: Consumer, position: PartitionOffset) => void;
  /** It had started, has failed and does not come back. */
  readonly onFatal: (error: unknown) => void;
  readonly onRetry: (error: unknown) => void;
}

/**
 * A member of a consumer group that joins again, with a fresh consumer, for as long as what goes wrong may heal. kafkajs's
 * own restart is not used: it can leave a consumer running that was told to stop while it joined.
 */
export class Member {
  /** Resolves when it first has its share of the partitions. Rejects when it never gets there. */
  readonly started: Promise<void>;
  readonly #options: MemberOptions;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #hasStarted = false;
  #failures = 0;
  #start = () => {};
  #refuse: (error: unknown) => void = () => {};

  constructor(options: MemberOptions) {
    this.#options = options;
    this.started = new Promise((resolve, reject) => {
      this.#start = resolve;
      this.#refuse = reject;
    });
    this.#ended = this.#run();
  }

  get stopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Resolves when its handlers have finished and the group knows that it has left. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.#session();
      } catch (error) {
        if (this.stopping) break;
        if (!isTransient(error)) return this.#fail(error);
        this.#options.onRetry(error);
        this.#failures += 1;
        await pause(backoffDelayMs(defaultBackoff, this.#failures), this.#stopping.signal);
      }
    }
    this.#refuse(busIsClosed());
  }

  #fail(error: unknown): void {
    if (this.#hasStarted) this.#options.onFatal(error);
    else this.#refuse(error);
  }

  /** The life of one kafkajs consumer. Resolves when it was stopped, rejects when it failed. */
  async #session(): Promise<void> {
    const { createConsumer, topics, concurrency, fetched, passed } = this.#options;
    const consumer = createConsumer();
    let [stop, fail]: [() => void, (error: unknown) => void] = [() => {}, () => {}];
    const end = new Promise<void>((resolve, reject) => {
      [stop, fail] = [resolve, reject];
    });
    // A failure may come before anybody waits for the end.
    end.catch(() => {});
    this.#stopping.signal.addEventListener('abort', stop, { once: true });

    let assignment: Assignment | undefined;
    let running = false;
    const welcome = () => {
      if (assignment) this.#welcome(consumer, assignment).catch(fail);
    };
    consumer.on(consumer.events.CRASH, ({ payload }) => fail(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      assignment = payload.memberAssignment;
      this.#seek(consumer, assignment);
      if (running) welcome();
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
      if (batchSize === 0) passed(consumer, { topic, partition, offset: String(BigInt(lastOffset) + 1n) });
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: concurrency,
        eachBatch: fetched,
      });
      // Before, it cannot commit.
      running = true;
      welcome();
      await end;
    } finally {
      this.#stopping.signal.removeEventListener('abort', stop);
      await consumer.disconnect().catch(this.#options.onRetry);
    }
  }

  async #welcome(consumer: Consumer, assignment: Assignment): Promise<void> {
    try {
      await this.#options.assigned(consumer, assignment);
    } catch (error) {
      // The next assignment is on its way.
      if (isRebalance(error)) return;
      throw error;
    }
    this.#failures = 0;
    this.#hasStarted = true;
    this.#start();
  }

  /** In the turn in which the partitions are assigned: nothing is fetched before. */
  #seek(consumer: Consumer, assignment: Assignment): void {
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const offset = this.#options.position(topic, partition);
        if (offset !== undefined) consumer.seek({ topic, partition, offset });
      }
    }
  }
}
