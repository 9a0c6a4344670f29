import { consumerGroups, topics } from '@referral/contracts';
import { retryOperational } from '@referral/errors';
import type { ConsumptionObserver } from '@referral/processing';
import { type Collection, forwardTo, type Store } from '@referral/store';
import type { Express } from 'express';
import { documentRoutes } from './api-documents.ts';
import { systemClock } from './clock.ts';
import { type Environment, environment, readConfig } from './config.ts';
import { type Engines, openEngines } from './engines.ts';
import type { ReadinessCheck } from './health.ts';
import { type HostConfig, hostConfigSchema, tokenTrustOf } from './host-config.ts';
import { createHttpApp } from './http.ts';
import { listen } from './listen.ts';
import { createLogger, type Logger } from './logging.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { openRateLimits, type RateLimits } from './rate-limits.ts';
import { loadOrCreateSecret } from './secret.ts';
import type { Service, ServiceDefinition, ServiceDeps } from './service.ts';
import { type Lifecycle, runProcess } from './shutdown.ts';
import { createTokenVerifier, type TokenTrust } from './tokens.ts';

/** Read to see whether the store answers; it holds nothing. */
const readinessProbe: Collection<unknown> = { name: 'host.readiness', indexes: [] };

/** A group is away for seconds whenever its coordinator moves, and its consumers come back by themselves. */
const busToleratedMs = 30_000;

export interface RunningServices {
  readonly url: string;
  readonly engines: Engines;
  readonly services: readonly Service[];
  readonly logger: Logger;
  /** Resolves when consumers have caught up, outboxes are empty and periodic work is done. The only wait of tests. */
  settled(): Promise<void>;
}

export interface RunOptions {
  /** Of the process: in logs, metrics and health. */
  readonly name: string;
  readonly services: readonly ServiceDefinition[];
  readonly env: Environment;
  /**
   * Whether this process holds all services: then it may use the embedded engines, and make its own token secret, which it
   * keeps in `DATA_DIR`. Processes that share the work are given all of that.
   */
  readonly alone: boolean;
}

/**
 * Starts services behind one HTTP edge, on the engines that the environment names; what is started is stopped by `lifecycle`.
 * @throws ConfigError with one line per bad variable
 */
export async function startServices(lifecycle: Lifecycle, options: RunOptions): Promise<RunningServices> {
  const { name, services: definitions, env, alone } = options;
  const config = readConfig(hostConfigSchema, env);
  const configured = definitions.map((definition) => ({ definition, config: readConfig(definition.config, env) }));
  const logger = createLogger({ level: config.LOG_LEVEL, name });
  const trust = tokenTrustOf(config, alone ? () => loadOrCreateSecret(config.DATA_DIR) : undefined);
  const patiently = patienceOf(config, lifecycle, logger);
  const onFatal = (error: unknown) => lifecycle.fail(error);
  const engines = await patiently(() => openEngines(config, { name, logger, shared: !alone, onFatal }));
  lifecycle.onStop('engines', () => engines.close());
  const rateLimits = await openRateLimits(config, logger);
  lifecycle.onStop('rate limits', () => rateLimits.close());
  const metrics = createMetrics(name);
  metrics.reportLag(() => engines.bus.lag(consumerGroups));
  const { bus, partitionsPerTopic: partitions } = engines;
  const store = preparedPatiently(engines.store, patiently);
  await store.prepare([readinessProbe]);
  await patiently(() => bus.ensureTopics(topics.map((topic) => ({ ...topic, partitions }))));

  const deps = createDeps(config, { bus, store }, trust, logger, metrics, rateLimits, lifecycle.signal);
  const services = configured.map(({ definition, config: own }) => definition.create(deps, own));
  for (const service of services) {
    await service.start();
    lifecycle.onStop('service', () => service.stop());
  }
  const names = definitions.map((definition) => definition.name);
  const app = createApp(name, services, deps, config, metrics, names);
  const { url, close } = await listen(app, { host: config.HOST, port: config.PORT });
  lifecycle.onStop('http', close);
  return { url, engines, services, logger, settled: () => settle(engines, services) };
}

/** A process that runs one service. */
export function runService(definition: ServiceDefinition): Promise<void> {
  return runProcess(definition.name, async (lifecycle) => {
    const { url, logger } = await startServices(lifecycle, {
      name: definition.name,
      services: [definition],
      env: environment,
      alone: false,
    });
    logger.info({ url }, 'listening');
  });
}

type Patiently = <T>(work: () => Promise<T>) => Promise<T>;

/** Engines elsewhere may come up later than we do: in which order is nobody's business. An embedded one is there or fails. */
function patienceOf({ KAFKA_BROKERS, MONGODB_URL }: HostConfig, { signal }: Lifecycle, logger: Logger): Patiently {
  return (work) => {
    if (!KAFKA_BROKERS && !MONGODB_URL) return work();
    return retryOperational(work, {
      signal,
      onRetry: (error) => {
        if (error.code === 'DIRECTORY_IN_USE') throw error;
        logger.warn({ err: error }, 'waiting for an engine');
      },
    });
  };
}

/**
 * Services prepare their collections in their start, which cannot be repeated, and the store may have gone again while the
 * bus was waited for.
 */
function preparedPatiently(store: Store, patiently: Patiently): Store {
  return {
    ...forwardTo(store),
    prepare: (collections) => patiently(() => store.prepare(collections)),
  };
}

function createDeps(
  config: HostConfig,
  { bus, store }: Pick<Engines, 'bus' | 'store'>,
  trust: TokenTrust,
  logger: Logger,
  metrics: Metrics,
  rateLimits: RateLimits,
  stopping: AbortSignal,
): ServiceDeps {
  return {
    bus,
    store,
    clock: systemClock,
    logger,
    verifier: createTokenVerifier(trust),
    rateLimits,
    observer: observerOf(logger, metrics),
    publicUrl: config.PUBLIC_URL ?? `http://localhost:${config.PORT}`,
    latenessMs: config.LATENESS_HOURS * 3_600_000,
    stopping,
  };
}

function observerOf(logger: Logger, metrics: Metrics): ConsumptionObserver {
  return {
    consumed: (group, topic, count) => metrics.eventsConsumed.inc({ group, topic }, count),
    deadLettered: (group, topic, cause) => {
      metrics.eventsDeadLettered.inc({ group, topic });
      logger.error({ group, topic, err: cause }, 'an event went to the dead letters');
    },
    retried: (group, topic, error) => {
      metrics.consumerRetries.inc({ group, topic });
      logger.warn({ group, topic, err: error }, 'a batch comes again');
    },
  };
}

function createApp(
  name: string,
  services: readonly Service[],
  { logger, store, bus, publicUrl }: ServiceDeps,
  config: HostConfig,
  metrics: Metrics,
  names: readonly string[],
): Express {
  const readiness: ReadinessCheck[] = [
    { name: 'store', check: () => store.get(readinessProbe, 'probe').then(() => undefined) },
    // Its own groups only: what is wrong with another's says nothing of whether this process can serve.
    { name: 'bus', check: () => bus.lag(names).then(() => undefined), toleratedMs: busToleratedMs },
  ];
  return createHttpApp({
    name,
    routers: [documentRoutes({ services: names, publicUrl }), ...services.map(({ router }) => router)],
    logger,
    metrics,
    readiness,
    trustProxy: config.TRUST_PROXY,
    bodyLimits: services.flatMap(({ bodyLimits }) => bodyLimits ?? []),
  });
}

/**
 * Resolves when the consumers of these services have caught up, their outboxes are empty and their periodic work is done.
 * Work of one kind may bring about the other, so both are done until a round finds nothing left.
 */
export async function settle({ bus }: Pick<Engines, 'bus'>, services: readonly Service[]): Promise<void> {
  for (;;) {
    await Promise.all(services.map((service) => service.settle()));
    await bus.caughtUp(consumerGroups);
    const lag = await bus.lag(consumerGroups);
    if (lag.every(({ messages }) => messages === 0)) return;
  }
}
