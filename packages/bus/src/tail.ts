import { setImmediate } from 'node:timers/promises';
import type { Subscription, TailOptions } from './bus.ts';
import type { MessageLog, Partition } from './message-log.ts';
import type { Signal } from './signal.ts';

const maxBatchSize = 1_000;

/** Watches topics from now on; those that do not exist yet are picked up when they do. */
export function startTail(
  { topics, from, onMessages, onCaughtUp }: TailOptions,
  deps: {
    readonly log: MessageLog;
    readonly work: Signal;
    readonly onError: (error: unknown) => void;
    /** How often to look for what another process wrote. Absent: this process writes, and tells through `work`. */
    readonly pollMs?: number;
  },
): Subscription {
  const { log, work, pollMs } = deps;
  const positions = new Map<Partition, number>();
  let stopped = false;

  function partitions(): Partition[] {
    return topics.flatMap((topic) => log.topics.get(topic)?.partitions ?? []);
  }

  function deliver(partition: Partition): boolean {
    const position = positions.get(partition) ?? partition.first;
    if (position >= partition.end) return false;
    const messages = log.read(partition, position, maxBatchSize);
    const last = messages.at(-1);
    positions.set(partition, last ? Number(last.offset) + 1 : partition.end);
    try {
      if (last) onMessages(messages);
    } catch (error) {
      deps.onError(error);
    }
    return true;
  }

  async function run(): Promise<void> {
    const ends = partitions().map((partition) => ({ partition, end: partition.end }));
    const isBehind = () => ends.some(({ partition, end }) => (positions.get(partition) ?? partition.first) < end);
    let hasCaughtUp = false;
    while (!stopped) {
      if (!hasCaughtUp && !isBehind()) {
        hasCaughtUp = true;
        onCaughtUp?.();
      }
      let delivered = false;
      for (const partition of partitions()) {
        if (stopped || !deliver(partition)) continue;
        delivered = true;
        await setImmediate();
      }
      if (delivered || stopped) continue;
      await work.wait(pollMs);
      if (pollMs !== undefined && !stopped) log.refresh();
    }
  }

  if (pollMs !== undefined) log.refresh();
  if (from === 'latest') for (const partition of partitions()) positions.set(partition, partition.end);
  const ended = run().catch(deps.onError);
  return {
    async stop() {
      stopped = true;
      work.notify();
      await ended;
    },
  };
}
