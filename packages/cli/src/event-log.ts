import { join } from 'node:path';
import type { Bus } from '@referral/bus';
import { isOperational } from '@referral/errors';
import { createLogger, type HostConfig, type KafkaOptions, openKafka } from '@referral/host';
import { CommandError } from './terminal.ts';

/**
 * The topics of the platform, to watch: those of the Kafka that the environment names, else the embedded log in `DATA_DIR`.
 * @throws CommandError when there is no embedded log yet
 */
export async function openEventLog(config: HostConfig): Promise<Bus> {
  if (config.KAFKA_BROKERS) return openKafkaOfCommand(config);
  // Loaded here: a command that watches nothing does not pay for the native library.
  const { openEmbeddedBus } = await import('@referral/bus');
  try {
    return openEmbeddedBus({ directory: join(config.DATA_DIR, 'log'), readOnly: true });
  } catch (error) {
    if (!isOperational(error) || error.code !== 'LOG_NOT_FOUND') throw error;
    throw new CommandError(`There is no event log in ${config.DATA_DIR} yet. Start the platform with: npm start`);
  }
}

/** The bus on the Kafka that the environment names. */
export function openKafkaOfCommand(config: HostConfig): Promise<Bus> {
  return openKafka(config, kafkaOfCommand());
}

/** Kafka as a command uses it: what goes wrong on the way is told on stderr, and ends the command when it must. */
export function kafkaOfCommand(): KafkaOptions {
  return {
    name: 'referral-cli',
    logger: createLogger({ name: 'referral', level: 'error', destination: process.stderr }),
    onFatal: (error) => {
      throw error;
    },
  };
}
