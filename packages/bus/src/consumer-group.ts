import { setImmediate } from 'node:timers/promises';
import { backoffDelayMs, defaultBackoff, OperationalError } from '@referral/errors';
import type { Batch, ConsumeOptions, Subscription } from './bus.ts';
import type { MessageLog, Partition } from './message-log.ts';
import type { Signal } from './signal.ts';

export interface GroupDeps {
  readonly log: MessageLog;
  /** There may be something to deliver. */
  readonly work: Signal;
  /** A group has acknowledged something. */
  readonly progress: Signal;
  readonly onError: (error: unknown) => void;
}

/** One partition as one group consumes it. */
interface Share {
  readonly partition: Partition;
  owner: Member | undefined;
  /** A batch is under way. Stays with its share when the owner changes, so that two members never hold one partition. */
  busy: boolean;
  failures: number;
  /** On the clock of `performance.now()`. */
  retryAt: number;
}

interface Member {
  readonly options: ConsumeOptions;
  readonly topics: ReadonlySet<string>;
  shares: readonly Share[];
  /** Where the search for the next batch begins, so that partitions take turns. */
  turn: number;
  stopped: boolean;
}

const defaultMaxBatchSize = 1_000;

/** The members of one group in this process. Each partition belongs to one of them at a time. */
export class ConsumerGroup {
  readonly #name: string;
  readonly #deps: GroupDeps;
  readonly #shares = new Map<Partition, Share>();
  #members: readonly Member[] = [];

  constructor(name: string, deps: GroupDeps) {
    this.#name = name;
    this.#deps = deps;
  }

  /** Gives the group an offset on every partition of topics that exist. Resolves when that is on disk. */
  async begin(topics: readonly string[]): Promise<void> {
    const { log } = this.#deps;
    const partitions = topics.flatMap((topic) => log.topics.get(topic)?.partitions ?? []);
    await Promise.all(
      partitions.map(async (partition) => {
        if (!this.#shares.has(partition)) {
          this.#shares.set(partition, { partition, owner: undefined, busy: false, failures: 0, retryAt: 0 });
        }
        if (!log.offsets.of(this.#name).has(partition)) await log.offsets.set(this.#name, partition, partition.first);
      }),
    );
  }

  /** The group has begun on the member's topics. */
  join(options: ConsumeOptions): Subscription {
    const member: Member = { options, topics: new Set(options.topics), shares: [], turn: 0, stopped: false };
    this.#members = [...this.#members, member];
    this.#assign();
    const ended = this.#run(member);
    return {
      stop: async () => {
        if (!member.stopped) {
          member.stopped = true;
          this.#members = this.#members.filter((other) => other !== member);
          this.#assign();
        }
        await ended;
      },
    };
  }

  #assign(): void {
    let turn = 0;
    for (const share of this.#shares.values()) {
      const candidates = this.#members.filter(({ topics }) => topics.has(share.partition.topic));
      share.owner = candidates[turn % candidates.length];
      if (candidates.length > 0) turn += 1;
    }
    for (const member of this.#members) {
      member.shares = [...this.#shares.values()].filter(({ owner }) => owner === member);
    }
    this.#deps.work.notify();
  }

  async #run(member: Member): Promise<void> {
    while (!member.stopped) {
      const now = performance.now();
      const share = this.#nextReady(member, now);
      if (!share) {
        await this.#deps.work.wait(msUntilRetry(member, now));
        continue;
      }
      share.busy = true;
      await this.#deliver(member, share);
      share.busy = false;
      // Its new owner may have been waiting for it.
      if (share.owner !== member) this.#deps.work.notify();
      // A long backlog leaves other work its turn.
      await setImmediate();
    }
  }

  #nextReady(member: Member, now: number): Share | undefined {
    const { shares, turn } = member;
    for (let i = 0; i < shares.length; i += 1) {
      const at = (turn + i) % shares.length;
      const share = shares[at];
      if (share && !share.busy && share.retryAt <= now && this.#offset(share) < share.partition.end) {
        member.turn = at + 1;
        return share;
      }
    }
    return undefined;
  }

  async #deliver({ options }: Member, share: Share): Promise<void> {
    const { partition } = share;
    let batch: Batch | undefined;
    try {
      const limit = options.maxBatchSize ?? defaultMaxBatchSize;
      const messages = this.#deps.log.read(partition, this.#offset(share), limit);
      const oldest = messages[0] ? Number(messages[0].offset) : partition.first;
      if (oldest > this.#offset(share)) this.#skipExpired(share, oldest);
      if (messages.length === 0) return;
      batch = { topic: partition.topic, partition: partition.index, messages };
      await options.handleBatch(batch);
      share.failures = 0;
      this.#acknowledge(share, oldest + messages.length);
    } catch (error) {
      share.failures += 1;
      share.retryAt = performance.now() + backoffDelayMs(defaultBackoff, share.failures);
      this.#report(error, options, batch);
    }
  }

  #skipExpired(share: Share, oldest: number): void {
    const { topic, index } = share.partition;
    const lost = `messages ${this.#offset(share)} to ${oldest - 1} of ${topic}/${index}`;
    this.#deps.onError(
      new OperationalError('MESSAGES_EXPIRED', `group ${this.#name} missed ${lost}: removed by retention`),
    );
    this.#acknowledge(share, oldest);
  }

  /** Not awaited on disk: when it is lost, the messages come again. */
  #acknowledge({ partition }: Share, offset: number): void {
    this.#deps.log.offsets.set(this.#name, partition, offset).catch(this.#deps.onError);
    this.#deps.progress.notify();
  }

  #offset({ partition }: Share): number {
    return this.#deps.log.offsets.of(this.#name).get(partition) ?? partition.first;
  }

  #report(error: unknown, options: ConsumeOptions, batch: Batch | undefined): void {
    try {
      if (batch && options.onError) options.onError(error, batch);
      else this.#deps.onError(error);
    } catch (thrown) {
      // A listener that throws must not end the loop.
      this.#deps.onError(thrown);
    }
  }
}

function msUntilRetry({ shares }: Member, now: number): number | undefined {
  const retries = shares.map(({ retryAt }) => retryAt).filter((retryAt) => retryAt > now);
  return retries.length === 0 ? undefined : Math.ceil(Math.min(...retries) - now);
}
