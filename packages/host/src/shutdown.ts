import { bounded } from './bounded.ts';
import { ConfigError, exitCodeOfBadConfig } from './config.ts';
import { createLogger, type Logger, logLevels } from './logging.ts';

/** What a process has started and must stop again. */
export interface Lifecycle {
  /**
   * Runs when the process stops, last registered first, for at most 10 s, and 15 s for all steps together: one that comes
   * after those is called, but not waited for.
   */
  onStop(name: string, stop: () => Promise<void> | void): void;
  /** Aborts as soon as the process is told to stop. */
  readonly signal: AbortSignal;
  /** The process cannot go on after this: it stops what it can and ends with 1. */
  fail(error: unknown): void;
}

export interface StoppableLifecycle extends Lifecycle {
  /**
   * Aborts the signal, waits for a start that is still under way, then stops everything. A start that takes longer than
   * 1 s may be waiting for an engine that is away, which only closing ends: then what it has opened so far is stopped
   * first, and what it opens still when it has ended.
   * @returns whether all of it stopped
   */
  stop(starting?: Promise<void>): Promise<boolean>;
}

const stepTimeoutMs = 10_000;
const allTimeoutMs = 15_000;
const startPatienceMs = 1_000;
/** npm passes on the signal that the terminal has sent to the whole process group: one Ctrl-C arrives twice. */
const sameSignalMs = 250;

/**
 * Runs a process to its end. SIGINT or SIGTERM stops it with 0 (1 when something would not stop), a second one ends it at
 * once with 130. A `start` that throws ends it with 78 when the configuration is wrong, else with 1, and so does an error
 * that nobody has caught. Resolves when `start` has.
 */
export async function runProcess(name: string, start: (lifecycle: Lifecycle) => Promise<void>): Promise<void> {
  const level = logLevels.find((known) => known === process.env.LOG_LEVEL) ?? 'info';
  const logger = createLogger({ name, level });
  const lifecycle = createLifecycle(logger, { onFail: (error) => onFault(error, 'cannot go on') });
  let exitCode = 0;
  let ending: Promise<never> | undefined;
  let signalledAt: number | undefined;

  const end = async (): Promise<never> => {
    const stopped = await lifecycle.stop(starting);
    process.exit(stopped ? exitCode : Math.max(exitCode, 1));
  };
  const onSignal = () => {
    const now = performance.now();
    if (signalledAt !== undefined && now - signalledAt > sameSignalMs) process.exit(130);
    signalledAt ??= now;
    ending ??= end();
  };
  const onFault = (error: unknown, what: string) => {
    logger.fatal({ err: error }, what);
    exitCode = 1;
    ending ??= end();
  };
  const onUncaught = (error: unknown) => onFault(error, 'an error that nobody has caught');
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);

  const starting = (async () => start(lifecycle))();
  try {
    await starting;
  } catch (error) {
    logger.debug({ err: error }, 'could not start');
    if (!lifecycle.signal.aborted) {
      exitCode = tellWhyNotStarted(name, error);
      ending ??= end();
    }
  }
  await ending;
}

export interface LifecycleOptions {
  /** What a single step may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** What all steps may take together. */
  readonly allTimeoutMs?: number;
  /** How long a start under way is waited for before anything is stopped. */
  readonly startPatienceMs?: number;
  readonly onFail?: (error: unknown) => void;
}

export function createLifecycle(logger: Logger, options: LifecycleOptions = {}): StoppableLifecycle {
  const limits = { timeoutMs: stepTimeoutMs, allTimeoutMs, startPatienceMs, ...options };
  const controller = new AbortController();
  const steps: { name: string; stop: () => unknown }[] = [];
  let stopping: Promise<boolean> | undefined;

  const stopOne = async (name: string, stop: () => unknown, deadline: number): Promise<boolean> => {
    const leftMs = Math.max(0, Math.ceil(deadline - performance.now()));
    try {
      await bounded(`stopping ${name}`, Math.min(limits.timeoutMs, leftMs), Promise.resolve().then(stop));
      return true;
    } catch (error) {
      logger.error({ err: error, step: name }, 'did not stop');
      return false;
    }
  };
  const stopRegistered = async (deadline: number): Promise<boolean> => {
    let stopped = true;
    for (let step = steps.pop(); step; step = steps.pop()) {
      const oneStopped = await stopOne(step.name, step.stop, deadline);
      stopped &&= oneStopped;
    }
    return stopped;
  };
  const stopAll = async (starting?: Promise<void>): Promise<boolean> => {
    const deadline = performance.now() + limits.allTimeoutMs;
    controller.abort();
    const started = Promise.allSettled([starting]);
    await bounded('the start', limits.startPatienceMs, started).catch((error: unknown) =>
      logger.info({ err: error }, 'stops before the start has ended'),
    );
    const outcomes = [
      await stopRegistered(deadline),
      await stopOne('start', () => started, deadline),
      await stopRegistered(deadline),
    ];
    return outcomes.every(Boolean);
  };
  return {
    signal: controller.signal,
    fail: (error) => options.onFail?.(error),
    onStop(name, stop) {
      steps.push({ name, stop });
    },
    stop(starting) {
      stopping ??= stopAll(starting);
      return stopping;
    },
  };
}

/** @returns the exit code */
function tellWhyNotStarted(name: string, error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.lines.join('\n')}\n`);
    return exitCodeOfBadConfig;
  }
  process.stderr.write(`${name} could not start: ${describe(error)}\n`);
  return 1;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.message || ('code' in error ? String(error.code) : error.name);
  return text.replace(/\s*\n\s*/g, ' ');
}
