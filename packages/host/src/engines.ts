import { join } from 'node:path';
import type { Bus } from '@referral/bus';
import type { OffsetStore } from '@referral/bus/kafka';
import type { Store } from '@referral/store';
import { ConfigError } from './config.ts';
import type { HostConfig } from './host-config.ts';
import type { Logger } from './logging.ts';
import { openStoredOffsets } from './stored-offsets.ts';

/** The same message of Kafka's client is not worth a second line for this long. */
const repeatAfterMs = 60_000;
const maxKinds = 1_000;

/** What carries the events and what keeps the documents. */
export interface Engines {
  readonly bus: Bus;
  readonly store: Store;
  /** How many partitions a topic gets here. One process shares its work with nobody, and larger batches are cheaper. */
  readonly partitionsPerTopic: number;
  /** Closes both and gives the data directory free. Safe to call twice. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Of this process, as the engines see it. */
  readonly name: string;
  readonly logger: Logger;
  /** Told of what this process cannot go on after, e.g. a consumer that died. */
  readonly onFatal: (error: unknown) => void;
  /** Several processes share the work, so an engine that serves one process only is refused. */
  readonly shared?: boolean;
}

/**
 * Opens the engines that the configuration names: Kafka for `KAFKA_BROKERS`, MongoDB for `MONGODB_URL`. For what it does not
 * name, the embedded ones in `DATA_DIR` (`log`, `store`), which then belongs to this process alone. On Kafka with the embedded store the
 * groups' offsets are kept in that store, so that a folder that was lost or restored catches up from the topics.
 * Kafka may be away: calls fail operationally until it is there. MongoDB must answer once.
 *
 * @throws OperationalError `STORE_UNAVAILABLE` when MongoDB is away, `DIRECTORY_IN_USE` when another process has the data
 * directory
 * @throws ConfigError when `shared` engines are not named, or only some of Kafka's credentials are given
 */
export async function openEngines(config: HostConfig, options: EngineOptions): Promise<Engines> {
  const { KAFKA_BROKERS, MONGODB_URL, DATA_DIR } = config;
  if (options.shared) refuseEmbedded(config);
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
    if (!KAFKA_BROKERS || !MONGODB_URL) {
      const { lockDirectory } = await import('@referral/bus');
      const lock = lockDirectory(DATA_DIR);
      opened.push(() => lock.release());
    }
    const store = MONGODB_URL ? await openMongodb(MONGODB_URL) : await openEmbeddedStoreIn(DATA_DIR);
    opened.push(() => store.close());
    const offsets = KAFKA_BROKERS && !MONGODB_URL ? { offsets: await openStoredOffsets(store) } : {};
    const bus = KAFKA_BROKERS
      ? await openKafka(config, { ...options, ...offsets })
      : await openEmbeddedBusIn(DATA_DIR, options.logger);
    opened.push(() => bus.close());
    return { bus, store, partitionsPerTopic: KAFKA_BROKERS ? config.TOPIC_PARTITIONS : 1, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface KafkaOptions extends Pick<EngineOptions, 'name' | 'logger' | 'onFatal'> {
  readonly offsets?: OffsetStore;
}

/** The bus on the Kafka that the configuration names. */
export async function openKafka(config: HostConfig, { name, logger, onFatal, offsets }: KafkaOptions): Promise<Bus> {
  // Loaded here, like every engine: a process pays only for those that it uses.
  const { openKafkaBus } = await import('@referral/bus/kafka');
  return openKafkaBus({
    brokers: config.KAFKA_BROKERS ?? [],
    clientId: name,
    topicPrefix: config.TOPIC_PREFIX,
    partitions: config.TOPIC_PARTITIONS,
    timing: { sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS },
    ...kafkaSecurity(config),
    ...(offsets ? { offsets } : {}),
    onFatal,
    onError: (error) => logger.error({ err: error }, 'Kafka reports a failure'),
    log: sparingly((message) => logger.warn({ client: 'kafka' }, message)),
  });
}

/** The client tells of every attempt that failed, several times a second. What comes of it is an error of its own. */
function sparingly(warn: (message: string) => void): (level: string, message: string) => void {
  const toldAt = new Map<string, number>();
  return (level, message) => {
    if (level !== 'error' && level !== 'warn') return;
    const kind = message.replace(/\d+/g, '#');
    if ((toldAt.get(kind) ?? Number.NEGATIVE_INFINITY) > performance.now() - repeatAfterMs) return;
    if (toldAt.size >= maxKinds) toldAt.clear();
    toldAt.set(kind, performance.now());
    warn(message);
  };
}

function kafkaSecurity(config: HostConfig) {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config;
  const sasl = mechanism && username && password ? { sasl: { mechanism, username, password } } : {};
  if (!('sasl' in sasl) && (mechanism || username || password)) {
    throw new ConfigError([
      'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: expected all three or none',
    ]);
  }
  return { ...sasl, ssl: config.KAFKA_SSL };
}

async function openMongodb(url: string): Promise<Store> {
  const { openMongoStore } = await import('@referral/store/mongodb');
  return openMongoStore({ url });
}

async function openEmbeddedStoreIn(directory: string): Promise<Store> {
  const { openEmbeddedStore } = await import('@referral/store');
  return openEmbeddedStore({ directory: join(directory, 'store') });
}

async function openEmbeddedBusIn(directory: string, logger: Logger): Promise<Bus> {
  const { openEmbeddedBus } = await import('@referral/bus');
  return openEmbeddedBus({
    directory: join(directory, 'log'),
    onError: (error) => logger.error({ err: error }, 'the bus reports a failure'),
  });
}

function refuseEmbedded({ KAFKA_BROKERS, MONGODB_URL }: HostConfig): void {
  const lines = Object.entries({ KAFKA_BROKERS, MONGODB_URL })
    .filter(([, value]) => value === undefined)
    .map(
      ([name]) => `${name}: required by a service that runs alone; the embedded engine serves one process (npm start)`,
    );
  if (lines.length > 0) throw new ConfigError(lines);
}
