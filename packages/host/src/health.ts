import type { RequestHandler } from 'express';
import { bounded } from './bounded.ts';
import type { Logger } from './logging.ts';

export interface ReadinessCheck {
  readonly name: string;
  /** Resolves when what it stands for can serve; a check that takes longer than 2 s has failed. */
  check(): Promise<void>;
}

const checkTimeoutMs = 2_000;

/** Answers `{status, checks: {name: ok | failed}}`, with 503 when one fails. Why it failed is in the log only. */
export function answerReadiness(checks: readonly ReadinessCheck[], logger: Logger): RequestHandler {
  return async (_req, res) => {
    const results = await Promise.all(
      checks.map(async ({ name, check }): Promise<[string, 'ok' | 'failed']> => {
        try {
          await bounded(`the check of ${name}`, checkTimeoutMs, check());
          return [name, 'ok'];
        } catch (error) {
          logger.warn({ err: error, check: name }, 'not ready');
          return [name, 'failed'];
        }
      }),
    );
    const ready = results.every(([, result]) => result === 'ok');
    res
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'unavailable', checks: Object.fromEntries(results) });
  };
}
