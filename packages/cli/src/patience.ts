import { type Backoff, isOperational, retryOperational } from '@referral/errors';
import { CommandError } from './terminal.ts';

/** Outlives a restart of the platform: what fails because it is away is tried again. */
export interface Patience {
  /**
   * @param work the signal aborts when there is no point in going on
   * @throws CommandError when nothing has succeeded for too long; else whatever `work` throws that a retry does not heal
   */
  attempt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Aborts what is still under way. */
  end(): void;
}

export interface PatienceOptions {
  /** How long nothing may succeed. Default: two minutes. */
  readonly stalledMs?: number;
  readonly backoff?: Backoff;
}

/** @param tell is told why, when a time of waiting begins */
export function createPatience(tell: (why: string) => void, options: PatienceOptions = {}): Patience {
  const { stalledMs = 120_000, backoff = { firstDelayMs: 100, maxDelayMs: 3_000 } } = options;
  const controller = new AbortController();
  const { signal } = controller;
  let isStalled = false;
  let isWaiting = false;
  const timer = setTimeout(() => {
    isStalled = true;
    controller.abort();
  }, stalledMs);

  return {
    async attempt(work) {
      try {
        const result = await retryOperational(() => work(signal), {
          backoff,
          signal,
          onRetry: (error) => {
            if (!isWaiting) tell(error.message);
            isWaiting = true;
          },
        });
        isWaiting = false;
        timer.refresh();
        return result;
      } catch (error) {
        if (!isStalled || !isOperational(error)) throw error;
        throw new CommandError(`Given up after ${stalledMs / 1_000} s without progress: the platform does not answer.`);
      }
    },
    end() {
      clearTimeout(timer);
      controller.abort();
    },
  };
}
