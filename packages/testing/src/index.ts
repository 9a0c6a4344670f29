import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, type DeliveredMessage, type Message, openEmbeddedBus } from '@referral/bus';
import { type CloudEvent, decodeEvent, topics } from '@referral/contracts';
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
  settle,
  systemClock,
  type TokenContent,
} from '@referral/host';
import { openEmbeddedStore, type Store } from '@referral/store';
import request from 'supertest';

export type Caller = ReturnType<typeof request.agent>;

export interface InstallationOptions {
  readonly services: readonly ServiceDefinition[];
  /** A data directory: gets `log` and `store`. Default: one of its own. Closing removes it. */
  readonly directory?: string;
  readonly clock?: Clock;
  /** Of every topic on the embedded bus. */
  readonly partitions?: number;
  /** May stand between the services and their engines, e.g. to make one fail. */
  readonly aroundBus?: (bus: Bus) => Bus;
  readonly aroundStore?: (store: Store) => Store;
  /** Of public calls of one client, and of codes tried in vain in one tenant. Not given: more than a test can use up. */
  readonly rateLimits?: { readonly perMinute?: number; readonly missesPerHour?: number };
  readonly env?: Readonly<Record<string, string>>;
}

/** Services on the real embedded engines, in a folder of their own. A restart replaces `bus`, `store` and whom callers reach. */
export interface Installation {
  readonly bus: Bus;
  readonly store: Store;
  /** Calls with a token. */
  as(content: TokenContent): Promise<Caller>;
  /** Calls without one. */
  readonly anybody: Caller;
  publish(messages: readonly Message[]): Promise<void>;
  /** Every event of a topic as often as it was published, in order within a partition. */
  published(topic: string): Promise<CloudEvent[]>;
  messages(topic: string): Promise<DeliveredMessage[]>;
  /** Consumers have caught up and nothing waits in an outbox. */
  settled(): Promise<void>;
  /**
   * Ends the services, opens the engines anew and starts other services on them, which know only what is on disk.
   * A bus that was closed meanwhile, to be away for the services, is back.
   */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** What the services know as the address of their installation. */
export const publicUrl = 'https://refer.example.com';

const secret = 'a secret that only tests know, long enough for HS256';
const latenessMs = 24 * 3_600_000;
const unlimited = 1_000_000;

/** Resolves when the services have started. Whoever opens it closes it, which removes its folder too. */
export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const { clock = systemClock, partitions = 1, aroundBus = same, aroundStore = same } = options;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'referral-')));
  const openBus = () => openEmbeddedBus({ directory: join(directory, 'log'), partitions });
  const openStore = () => openEmbeddedStore({ directory: join(directory, 'store') });
  let bus = openBus();
  let store = openStore();
  const logger = createLogger({ level: 'silent', name: 'test' });
  await bus.ensureTopics(topics.map((topic) => ({ ...topic, partitions })));

  let stopping = new AbortController();
  const create = (): Service[] =>
    options.services.map((definition) =>
      definition.create(
        {
          bus: aroundBus(bus),
          store: aroundStore(store),
          clock,
          logger,
          verifier: createTokenVerifier({ secret }, clock),
          rateLimits: createMemoryRateLimits({ perMinute: unlimited, missesPerHour: unlimited, ...options.rateLimits }),
          observer: { consumed: ignore, deadLettered: ignore, retried: ignore },
          publicUrl,
          latenessMs,
          stopping: stopping.signal,
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
  const stop = async () => {
    stopping.abort();
    for (const service of services) await service.stop();
    await bus.close();
    await store.close();
  };

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
    get bus() {
      return bus;
    },
    get store() {
      return store;
    },
    async as(content) {
      return request.agent(app).set('Authorization', `Bearer ${await issueToken(secret, content, clock)}`);
    },
    get anybody() {
      return request.agent(app);
    },
    publish: (outgoing) => bus.publish(outgoing),
    messages,
    published: async (topic) => (await messages(topic)).map(decodeEvent),
    settled: () => settle({ bus }, services),
    async restart() {
      await stop();
      bus = openBus();
      store = openStore();
      stopping = new AbortController();
      services = create();
      app = createApp(services);
      for (const service of services) await service.start();
    },
    async close() {
      await stop();
      await rm(directory, { recursive: true });
    },
  };
}

function same<T>(engine: T): T {
  return engine;
}

function ignore(): void {}
