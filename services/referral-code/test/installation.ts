import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Bus, openEmbeddedBus } from '@referral/bus';
import { type CloudEvent, decodeEvent, type EncodedEvent, eventDefinitions } from '@referral/contracts';
import {
  createHttpApp,
  createLogger,
  createMemoryRateLimits,
  createMetrics,
  createTokenVerifier,
  issueToken,
  type Service,
  type TokenContent,
} from '@referral/host';
import { openEmbeddedStore, type Store } from '@referral/store';
import request from 'supertest';
import { collections } from '../src/collections.ts';
import { createReferralCode } from '../src/service.ts';

export const publicUrl = 'https://refer.example.com';
export const startOfTest = Date.parse('2026-03-20T10:00:00Z');

const secret = 'a secret that only this test knows, long enough';
const observers = 'observer';

type PublishedEvent = CloudEvent<string, Record<string, unknown>>;

interface Options {
  readonly perMinute?: number;
  readonly missesPerHour?: number;
  readonly maxWaiting?: number;
  readonly publicUrl?: string;
}

/** The service on the embedded engines in a folder of its own, and whoever calls or watches it. */
export class Installation {
  readonly clock = { nowMs: startOfTest, now: () => this.clock.nowMs };
  readonly #directory: string;
  readonly #options: Options;
  readonly #events: CloudEvent[] = [];
  /** Called with every batch that is seen. */
  #onSeen: () => void = () => {};
  bus: Bus;
  store: Store;
  service: Service;
  app: ReturnType<typeof createHttpApp>;

  private constructor(directory: string, options: Options) {
    this.#directory = directory;
    this.#options = options;
    this.bus = this.#openBus();
    this.store = openEmbeddedStore({ directory: path.join(directory, 'store') });
    this.service = this.#createService();
    this.app = this.#createApp();
  }

  /** Ready to answer; nothing is consumed or published before `start`. */
  static async open(options: Options = {}): Promise<Installation> {
    const installation = new Installation(await mkdtemp(path.join(tmpdir(), 'referral-code-')), options);
    await installation.store.prepare(collections);
    return installation;
  }

  async start(): Promise<this> {
    await this.service.start();
    await this.bus.consume({
      group: observers,
      topics: eventDefinitions.map(({ type }) => type),
      handleBatch: async ({ messages }) => {
        this.#events.push(...messages.map(decodeEvent));
        this.#onSeen();
      },
    });
    return this;
  }

  /** As after a crash: another process finds the same store and the same bus. */
  async restart(): Promise<void> {
    await this.service.stop();
    await this.bus.close();
    this.#events.length = 0;
    this.bus = this.#openBus();
    this.service = this.#createService();
    this.app = this.#createApp();
    await this.start();
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.bus.close();
    await this.store.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async settled(): Promise<void> {
    await this.service.settle();
    await this.bus.caughtUp(['referral-code', observers]);
  }

  async receive(events: readonly EncodedEvent[]): Promise<void> {
    await this.bus.publish(events);
    await this.bus.caughtUp(['referral-code']);
  }

  /** Resolves when an event of this type has come by itself. */
  seen(type: string): Promise<void> {
    return new Promise((resolve) => {
      this.#onSeen = () => {
        if (this.#events.some((event) => event.type === type)) resolve();
      };
      this.#onSeen();
    });
  }

  /** The events of a type that were published since the start; a repeat counts once, as it does downstream. */
  async published(type: string): Promise<PublishedEvent[]> {
    const distinct = new Map((await this.deliveries(type)).map((event) => [event.id, event]));
    return [...distinct.values()];
  }

  /** The same with every repeat. */
  async deliveries(type: string): Promise<PublishedEvent[]> {
    await this.settled();
    return this.#events.flatMap((event) =>
      event.type === type ? [{ ...event, data: { ...Object(event.data) } }] : [],
    );
  }

  /** Calls with the token of an admin. */
  async admin(tenantId = 'acme-waste'): Promise<Caller> {
    return this.as({ kind: 'admin', tenantId });
  }

  async platform(): Promise<Caller> {
    return this.as({ kind: 'admin', scopes: ['platform'] });
  }

  async customer(customer: Partial<TokenContent> = {}): Promise<Caller> {
    return this.as({ kind: 'customer', tenantId: 'acme-waste', customerId: 'cus_111', ...customer });
  }

  async as(content: TokenContent): Promise<Caller> {
    return request.agent(this.app).set('Authorization', `Bearer ${await issueToken(secret, content, this.clock)}`);
  }

  /** Calls without a token. */
  get public(): Caller {
    return request.agent(this.app);
  }

  #openBus(): Bus {
    return openEmbeddedBus({ directory: path.join(this.#directory, 'bus') });
  }

  #createService(): Service {
    const { perMinute = 10_000, missesPerHour = 10_000, maxWaiting = 1_000 } = this.#options;
    return createReferralCode(
      {
        bus: this.bus,
        store: this.store,
        clock: this.clock,
        logger: createLogger({ level: 'silent', name: 'test' }),
        verifier: createTokenVerifier({ secret }, this.clock),
        rateLimits: createMemoryRateLimits({ perMinute, missesPerHour }),
        observer: { consumed: () => {}, deadLettered: () => {}, retried: () => {} },
        publicUrl: this.#options.publicUrl ?? publicUrl,
        latenessMs: 86_400_000,
      },
      { OUTBOX_SWEEP_MS: 3_600_000, OUTBOX_MAX_WAITING: maxWaiting },
    );
  }

  #createApp() {
    return createHttpApp({
      name: 'referral-code',
      routers: [this.service.router],
      logger: createLogger({ level: 'silent', name: 'test' }),
      metrics: createMetrics('referral-code'),
      readiness: [],
      trustProxy: 0,
    });
  }
}

type Caller = ReturnType<typeof request.agent>;

export const acmeWaste = { slug: 'acme-waste', name: 'Acme Waste', currency: 'USD', time_zone: 'America/New_York' };

export async function createTenant(installation: Installation, tenant: object = acmeWaste): Promise<void> {
  const platform = await installation.platform();
  await platform.post('/api/tenants').send(tenant).expect(201);
}

interface ProductApi {
  readonly calls: readonly {
    readonly name: string;
    readonly method: string;
    readonly path: string;
    readonly request?: object;
    readonly response: object;
  }[];
  readonly example_programs: readonly {
    readonly name: string;
    readonly referrer: { readonly type: string; readonly value: number };
    readonly referee: { readonly type: string; readonly value: number };
  }[];
}

/** What the product documents promise, word for word. */
export async function productApi(): Promise<ProductApi> {
  return JSON.parse(await readFile('packages/contracts/fixtures/product-api.json', 'utf8'));
}
