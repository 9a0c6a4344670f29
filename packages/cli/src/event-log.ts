import { join } from 'node:path';
import type { Bus } from '@referral/bus';
import { isOperational } from '@referral/errors';
import { ConfigError, type HostConfig } from '@referral/host';
import { CommandError } from './terminal.ts';

/**
 * The embedded log in `DATA_DIR`, to watch what the platform's process writes.
 * @throws CommandError when there is none yet
 */
export async function openEventLog({ DATA_DIR, KAFKA_BROKERS }: HostConfig): Promise<Bus> {
  if (KAFKA_BROKERS) {
    throw new ConfigError(['KAFKA_BROKERS: watching events needs the embedded log; leave it out to watch that one']);
  }
  // Loaded here: a command that watches nothing does not pay for the native library.
  const { openEmbeddedBus } = await import('@referral/bus');
  try {
    return openEmbeddedBus({ directory: join(DATA_DIR, 'log'), readOnly: true });
  } catch (error) {
    if (!isOperational(error) || error.code !== 'LOG_NOT_FOUND') throw error;
    throw new CommandError(`There is no event log in ${DATA_DIR} yet. Start the platform with: npm start`);
  }
}
