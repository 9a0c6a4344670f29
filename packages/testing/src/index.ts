import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, type DeliveredMessage, openEmbeddedBus } from '@referral/bus';
import { type CloudEvent, consumerGroups, decodeEvent, type EncodedEvent, topics } from '@referral/contracts';
import {
  type Clock,
  createHttpApp,
  createLogger,
  createMemoryRateLimits,
  createMetrics,
  createTokenVerifier,
  issueToken,
  type Service,
  type ServiceDefinition,
  systemClock,
  type TokenContent,
} from '@referral/host';
import { openEmbeddedStore, type Store } from '@referral/store';
import type { Express } from 'express';
import request from 'supertest';

export type Caller = ReturnType<typeof request.agent>;

export interface InstallationOptions {
  readonly services: readonly ServiceDefinition[];
  readonly clock?: Clock;
  /** Of every topic on the embedded bus. */
  readonly partitions?: number;
  /** May stand between the services and their engines, e.g. to make one fail. */
  readonly aroundBus?: (bus: Bus) => Bus;
  readonly aroundStore?: (store: Store) => Store;
  readonly env?: Readonly<Record<string, string>>;
}

/** Services on the real embedded engines, in a folder of their own. */
export interface Installation {
  readonly bus: Bus;
  readonly store: Store;
  readonly app: Express;
  /** Calls with a token. */
  as(content: TokenContent): Promise<Caller>;
  /** Calls without one. */
  readonly anybody: Caller;
  publish(events: readonly EncodedEvent[]): Promise<void>;
  /** Every event of a topic as often as it was published, in order within a partition. */
  published(topic: string): Promise<CloudEvent[]>;
  messages(topic: string): Promise<DeliveredMessage[]>;
  /** Consumers have caught up and nothing waits in an outbox. */
  settled(): Promise<void>;
  /** Ends the services and starts others on the same engines, which remember nothing else. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const secret = 'a secret that only tests know, long enough for HS256';
const latenessMs = 24 * 3_600_000;
const unlimited = 1_000_000;

export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const { clock = systemClock, partitions = 1, aroundBus = same, aroundStore = same } = options;
  const directory = await mkdtemp(join(tmpdir(), 'referral-'));
  const bus = openEmbeddedBus({ directory: join(directory, 'log'), partitions });
  const store = openEmbeddedStore({ directory: join(directory, 'store') });
  const logger = createLogger({ level: 'silent', name: 'test' });
  await bus.ensureTopics(topics.map((topic) => ({ ...topic, partitions })));

  const create = (): Service[] =>
    options.services.map((definition) =>
      definition.create(
        {
          bus: aroundBus(bus),
          store: aroundStore(store),
          clock,
          logger,
          verifier: createTokenVerifier({ secret }, clock),
          rateLimits: createMemoryRateLimits({ perMinute: unlimited, missesPerHour: unlimited }),
          observer: { consumed: ignore, deadLettered: ignore, retried: ignore },
          publicUrl: 'https://refer.example.com',
          latenessMs,
        },
        definition.config.parse(options.env ?? {}),
      ),
    );
  const createApp = (services: readonly Service[]) =>
    createHttpApp({
      name: 'test',
      routers: services.map(({ router }) => router),
      logger,
      metrics: createMetrics('test'),
      readiness: [],
      trustProxy: 0,
      bodyLimits: services.flatMap(({ bodyLimits }) => bodyLimits ?? []),
    });

  let services = create();
  let app = createApp(services);
  for (const service of services) await service.start();

  let readers = 0;
  const messages = async (topic: string) => {
    const read: DeliveredMessage[] = [];
    readers += 1;
    const group = `reader-${readers}`;
    const subscription = await bus.consume({
      group,
      topics: [topic],
      handleBatch: async (batch) => {
        read.push(...batch.messages);
      },
    });
    await bus.caughtUp([group]);
    await subscription.stop();
    return read;
  };
  return {
    bus,
    store,
    get app() {
      return app;
    },
    async as(content) {
      return request.agent(app).set('Authorization', `Bearer ${await issueToken(secret, content, clock)}`);
    },
    get anybody() {
      return request.agent(app);
    },
    publish: (events) => bus.publish(events),
    messages,
    published: async (topic) => (await messages(topic)).map(decodeEvent),
    async settled() {
      for (;;) {
        await Promise.all(services.map((service) => service.settle()));
        await bus.caughtUp(consumerGroups);
        const lag = await bus.lag(consumerGroups);
        if (lag.every(({ messages: behind }) => behind === 0)) return;
      }
    },
    async restart() {
      for (const service of services) await service.stop();
      services = create();
      app = createApp(services);
      for (const service of services) await service.start();
    },
    async close() {
      for (const service of services) await service.stop();
      await bus.close();
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}

function same<T>(engine: T): T {
  return engine;
}

function ignore(): void {}
