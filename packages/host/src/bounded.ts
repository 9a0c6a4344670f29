import { OperationalError } from '@referral/errors';

/**
 * Waits for `work`, but no longer than `ms` milliseconds. The work itself is not cancelled.
 * @throws OperationalError `TIMED_OUT`
 */
export async function bounded<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeOut = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new OperationalError('TIMED_OUT', `${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, timeOut]);
  } finally {
    clearTimeout(timer);
  }
}
