import type { RequestHandler } from 'express';
import { bounded } from './bounded.ts';
import type { Logger } from './logging.ts';

export interface ReadinessCheck {
  readonly name: string;
  /** Resolves when what it stands for can serve; a check that takes longer than 2 s has failed. */
  check(): Promise<void>;
  /** Once it has succeeded, it has failed only when that was longer ago than this, in milliseconds. Default 0. */
  readonly toleratedMs?: number;
}

const checkTimeoutMs = 2_000;

/**
 * Answers `{status, checks: {name: ok | failed}}`, with 503 when one fails. Why it failed is in the log only.
 * @param elapsedMs a clock that is never set back
 */
export function answerReadiness(
  checks: readonly ReadinessCheck[],
  logger: Logger,
  elapsedMs: () => number = () => performance.now(),
): RequestHandler {
  const succeededAt = new Map<ReadinessCheck, number>();

  const resultOf = async (check: ReadinessCheck): Promise<'ok' | 'failed'> => {
    const { name, toleratedMs = 0 } = check;
    try {
      await bounded(`the check of ${name}`, checkTimeoutMs, check.check());
      succeededAt.set(check, elapsedMs());
      return 'ok';
    } catch (error) {
      const tolerated = elapsedMs() - (succeededAt.get(check) ?? Number.NEGATIVE_INFINITY) < toleratedMs;
      logger.warn({ err: error, check: name }, tolerated ? 'still ready, for a while' : 'not ready');
      return tolerated ? 'ok' : 'failed';
    }
  };
  return async (_req, res) => {
    const results = await Promise.all(checks.map(async (check) => [check.name, await resultOf(check)] as const));
    const ready = results.every(([, result]) => result === 'ok');
    res
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'unavailable', checks: Object.fromEntries(results) });
  };
}
