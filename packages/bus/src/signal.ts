/**
 * Wakes loops that wait for something to happen. A caller that checks its condition and calls `wait` in the same turn
 * misses nothing.
 */
export class Signal {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `notify`, or after `ms` milliseconds. Waiting without `ms` does not keep the process alive. */
  wait(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(wake, ms);
      this.#waiting.add(wake);
    });
  }

  notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
