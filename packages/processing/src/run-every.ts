export interface Repeating {
  /** No further run; waits for the one under way. */
  stop(): Promise<void>;
}

/** Runs `work` every `periodMs` milliseconds, never two at a time; what it throws is told and does not end it. */
export function runEvery(periodMs: number, work: () => Promise<void>, onError: (error: unknown) => void): Repeating {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= work()
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  }, periodMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
