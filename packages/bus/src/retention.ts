import type { MessageLog } from './message-log.ts';

/** Removes messages that are older than their topic keeps them: now, and then at every interval. */
export function startRetention(
  log: MessageLog,
  options: {
    intervalMs: number;
    now: () => number;
    onSwept: () => void;
    onError: (error: unknown) => void;
  },
): { stop(): Promise<void> } {
  let stopped = false;

  async function sweep(): Promise<void> {
    for (const { partitions, retentionMs } of [...log.topics.values()]) {
      if (retentionMs === null) continue;
      for (const partition of partitions) {
        while (!stopped && (await log.dropExpired(partition, options.now() - retentionMs)));
      }
    }
    options.onSwept();
  }

  let sweeping = sweep().catch(options.onError);
  const timer = setInterval(() => {
    sweeping = sweeping.then(sweep).catch(options.onError);
  }, options.intervalMs).unref();
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await sweeping;
    },
  };
}
