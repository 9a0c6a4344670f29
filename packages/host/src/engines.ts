import { join } from 'node:path';
import type { Bus } from '@referral/bus';
import type { Store } from '@referral/store';
import { ConfigError } from './config.ts';
import type { HostConfig } from './host-config.ts';
import type { Logger } from './logging.ts';

/** What carries the events and what keeps the documents. */
export interface Engines {
  readonly bus: Bus;
  readonly store: Store;
  /** How many partitions a topic gets here. One process shares its work with nobody, and larger batches are cheaper. */
  readonly partitionsPerTopic: number;
  /** Closes both and gives the data directory free. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens the embedded engines in `DATA_DIR` (`store`, `log`), which then belongs to this process alone.
 * @throws OperationalError `DIRECTORY_IN_USE` when another process has it
 * @throws ConfigError when an engine is configured that this version does not have, so that nobody takes it for used
 */
export async function openEngines(config: HostConfig, logger: Logger): Promise<Engines> {
  const { KAFKA_BROKERS, MONGODB_URL, REDIS_URL } = config;
  const lines = Object.entries({ KAFKA_BROKERS, MONGODB_URL, REDIS_URL })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `${name}: this engine is not available in this version; leave it out to use the embedded one`);
  if (lines.length > 0) throw new ConfigError(lines);
  return openEmbedded(config.DATA_DIR, logger);
}

async function openEmbedded(directory: string, logger: Logger): Promise<Engines> {
  // Loaded here: a process that opens no engine does not pay for the native library.
  const [{ lockDirectory, openEmbeddedBus }, { openEmbeddedStore }] = await Promise.all([
    import('@referral/bus'),
    import('@referral/store'),
  ]);
  const opened: (() => unknown)[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    for (let release = opened.pop(); release; release = opened.pop()) await release();
  };
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  try {
    const lock = lockDirectory(directory);
    opened.push(() => lock.release());
    const store = openEmbeddedStore({ directory: join(directory, 'store') });
    opened.push(() => store.close());
    const bus = openEmbeddedBus({
      directory: join(directory, 'log'),
      onError: (error) => logger.error({ err: error }, 'the bus reports a failure'),
    });
    opened.push(() => bus.close());
    return { bus, store, partitionsPerTopic: 1, close };
  } catch (error) {
    await close();
    throw error;
  }
}
