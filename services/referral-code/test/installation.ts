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

  /** The events of a type that were published, each as often as it was published since the start. */
  async published(type: string): Promise<CloudEvent<string, Record<string, unknown>>[]> {
    await this.settled();
    return this.#events
      .filter((event) => event.type === type)
      .map((event) => ({ ...event, data: { ...(event.data as object) } }));
  }

  /** The ids of the events of a type; a repeat counts once, as it does downstream. */
  async publishedIds(type: string): Promise<string[]> {
    return [...new Set((await this.published(type)).map(({ id }) => id))];
  }

  token(content: TokenContent): Promise<string> {
    return issueToken(secret, content, this.clock);
  }

  async admin(method: Method, url: string, tenantId = 'acme-waste'): Promise<request.Test> {
    return this.call(method, url, await this.token({ kind: 'admin', tenantId }));
  }

  async customer(method: Method, url: string, customer: Partial<TokenContent> = {}): Promise<request.Test> {
    const token = await this.token({ kind: 'customer', tenantId: 'acme-waste', customerId: 'cus_111', ...customer });
    return this.call(method, url, token);
  }

  call(method: Method, url: string, token?: string): request.Test {
    const call = request(this.app)[method](url);
    return token === undefined ? call : call.set('Authorization', `Bearer ${token}`);
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

type Method = 'get' | 'post' | 'put' | 'head';

export const acmeWaste = { slug: 'acme-waste', name: 'Acme Waste', currency: 'USD', time_zone: 'America/New_York' };

export async function createTenant(installation: Installation, tenant: object = acmeWaste): Promise<void> {
  const platform = await installation.token({ kind: 'admin', scopes: ['platform'] });
  await installation.call('post', '/api/tenants', platform).send(tenant).expect(201);
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
