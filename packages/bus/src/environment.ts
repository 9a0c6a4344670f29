import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AssertionFailure, OperationalError } from '@referral/errors';
import { open, type RootDatabase } from 'lmdb';

/** @throws OperationalError `LOG_NOT_FOUND` (read only and nothing there yet), `BUS_UNAVAILABLE` */
export function openEnvironment(directory: string, readOnly: boolean): RootDatabase {
  if (readOnly && !existsSync(join(directory, 'data.mdb'))) throw logNotFound(directory);
  try {
    if (!readOnly) mkdirSync(directory, { recursive: true });
    return open({
      path: directory,
      noSubdir: false,
      readOnly,
      // A commit resolves and becomes visible when it is on disk, and a failed sync rejects it.
      overlappingSync: false,
      // With it, a failed commit (a full disk) leaves a rejected promise that nobody can handle.
      eventTurnBatching: false,
    });
  } catch (error) {
    throw new OperationalError('BUS_UNAVAILABLE', `the message log in ${directory} could not be opened`, error);
  }
}

/** Resolves when a commit is done. @throws OperationalError `BUS_UNAVAILABLE`, with the engine's reason as its cause */
export async function durably<T>(commit: Promise<T>): Promise<T> {
  try {
    return await commit;
  } catch (error) {
    if (error instanceof AssertionFailure) throw error;
    // The reason is a promise that rejects beside the failed commit; left alone it would end the process.
    const reason = typeof error === 'object' && error !== null && 'commitError' in error ? error.commitError : error;
    const cause = await Promise.resolve(reason).catch((rejected: unknown) => rejected);
    throw new OperationalError('BUS_UNAVAILABLE', 'the message log could not be written', cause);
  }
}

export function logNotFound(directory: string): OperationalError {
  return new OperationalError('LOG_NOT_FOUND', `there is no message log in ${directory} yet`);
}
