/**
 * An infrastructure failure that a retry may heal: an engine is away, a request timed out.
 * Everything else that is thrown is a programmer error and is never retried. An expected refusal is a value, not an error.
 */
export class OperationalError extends Error {
  override readonly name = 'OperationalError';
  readonly code: string;

  /** @param code stable and upper-case, e.g. `STORE_UNAVAILABLE`; @param cause the failure as the engine told it */
  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export function isOperational(error: unknown): error is OperationalError {
  return error instanceof OperationalError;
}

/** An invariant of the program does not hold. Stays on in production: the message at fault is dead-lettered. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

export interface Backoff {
  /** Delay before the first retry, in milliseconds. */
  readonly firstDelayMs: number;
  /** No delay is longer, in milliseconds. */
  readonly maxDelayMs: number;
}

export const defaultBackoff: Backoff = { firstDelayMs: 50, maxDelayMs: 5_000 };

/** Delay before retry number `attempt` (from 1), doubling up to the bound, in milliseconds. */
export function backoffDelayMs({ firstDelayMs, maxDelayMs }: Backoff, attempt: number): number {
  return Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 30));
}

/** Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/**
 * Runs `work` until it succeeds, for as long as it fails operationally. Any other error is thrown as it is;
 * once `signal` has aborted, so is the operational one.
 */
export async function retryOperational<T>(
  work: () => Promise<T>,
  options: {
    backoff?: Backoff;
    signal?: AbortSignal;
    onRetry?: (error: OperationalError, attempt: number) => void;
  } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isOperational(error) || options.signal?.aborted) throw error;
      options.onRetry?.(error, attempt);
      await pause(backoffDelayMs(options.backoff ?? defaultBackoff, attempt), options.signal);
    }
  }
}
