import { join } from 'node:path';
import type { Engines } from '@referral/audit';
import type { Bus } from '@referral/bus';
import { isOperational } from '@referral/errors';
import { type HostConfig, openKafka } from '@referral/host';
import type { StoreReader } from '@referral/store';
import { z } from 'zod';
import { kafkaOfCommand, openEventLog } from './event-log.ts';
import { CommandError } from './terminal.ts';

/**
 * What is stored, to read from beside the services: Kafka and MongoDB where the environment names them, else the log and
 * the store in `DATA_DIR`.
 * @throws CommandError when there is nothing stored yet
 */
export async function openAuditEngines(config: HostConfig): Promise<Engines> {
  const store = await openStoreReader(config);
  try {
    const bus = await openBus(config, store);
    return {
      store,
      bus,
      async close() {
        await bus.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openStoreReader({ MONGODB_URL, DATA_DIR }: HostConfig): Promise<StoreReader> {
  if (MONGODB_URL) {
    const { openMongoReader } = await import('@referral/store/mongodb');
    return openMongoReader({ url: MONGODB_URL });
  }
  const { openEmbeddedReader } = await import('@referral/store');
  try {
    return openEmbeddedReader({ directory: join(DATA_DIR, 'store') });
  } catch (error) {
    if (!isOperational(error) || error.code !== 'STORE_NOT_FOUND') throw error;
    throw new CommandError(`Nothing is stored in ${DATA_DIR} yet. Start the platform with: npm start`);
  }
}

/** On Kafka with the embedded store, that store is where the groups' offsets are. */
async function openBus(config: HostConfig, store: StoreReader): Promise<Bus> {
  if (!config.KAFKA_BROKERS || config.MONGODB_URL) return openEventLog(config);
  return openKafka(config, {
    ...kafkaOfCommand(),
    offsets: {
      load: (group) => storedOffsets(store, group),
      save: () => Promise.reject(new Error('an audit acknowledges nothing')),
    },
  });
}

const offsetsOfGroup = z.object({
  offsets: z.array(z.object({ topic: z.string(), partition: z.number(), offset: z.string() })),
});

async function storedOffsets(store: StoreReader, group: string) {
  for await (const { id, body } of store.documents('host.consumer-offsets')) {
    if (id === group) return offsetsOfGroup.parse(body).offsets;
  }
  return [];
}
