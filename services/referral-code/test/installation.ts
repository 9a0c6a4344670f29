import { readFile } from 'node:fs/promises';
import type { CloudEvent, EncodedEvent } from '@referral/contracts';
import type { TokenContent } from '@referral/host';
import { type Caller, type Installation, type InstallationOptions, openInstallation } from '@referral/testing';
import { referralCodeService } from '../src/service.ts';

export const startOfTest = Date.parse('2026-03-20T10:00:00Z');

/** The service on the real embedded engines, and whoever calls or watches it. */
export interface ReferralCode extends Omit<Installation, 'publish' | 'messages'> {
  readonly clock: { nowMs: number };
  /** Publishes what other services tell, and waits until the service has handled it. */
  receive(events: readonly EncodedEvent[]): Promise<void>;
  /** Resolves when an event of this type has come by itself. */
  seen(type: string): Promise<void>;
  /** The events of a type when all is settled; a repeat counts once, as it does downstream. */
  told(type: string): Promise<CloudEvent<string, Record<string, unknown>>[]>;
  admin(tenantId?: string): Promise<Caller>;
  platform(): Promise<Caller>;
  customer(customer?: Partial<TokenContent>): Promise<Caller>;
}

/** Outboxes are emptied by the calls themselves or by `settled`: no sweep comes while a test runs. */
export async function openReferralCode(
  options: Pick<InstallationOptions, 'rateLimits' | 'env'> = {},
): Promise<ReferralCode> {
  const clock = { nowMs: startOfTest, now: () => clock.nowMs };
  const installation = await openInstallation({
    services: [referralCodeService],
    clock,
    ...options,
    env: { OUTBOX_SWEEP_MS: '3600000', ...options.env },
  });
  const { as, publish, published, settled, restart, close } = installation;
  return {
    get bus() {
      return installation.bus;
    },
    get store() {
      return installation.store;
    },
    get anybody() {
      return installation.anybody;
    },
    as,
    published,
    settled,
    restart,
    close,
    clock,
    async receive(events) {
      await publish(events);
      await settled();
    },
    async seen(type) {
      let arrive = () => {};
      const arrival = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      const tail = await installation.bus.tail({ topics: [type], from: 'earliest', onMessages: () => arrive() });
      await arrival;
      await tail.stop();
    },
    async told(type) {
      await settled();
      const distinct = new Map((await published(type)).map((event) => [event.id, event]));
      return [...distinct.values()].map((event) => ({ ...event, data: { ...Object(event.data) } }));
    },
    admin: (tenantId = 'acme-waste') => as({ kind: 'admin', tenantId }),
    platform: () => as({ kind: 'admin', scopes: ['platform'] }),
    customer: (customer = {}) => as({ kind: 'customer', tenantId: 'acme-waste', customerId: 'cus_111', ...customer }),
  };
}

export const acmeWaste = { slug: 'acme-waste', name: 'Acme Waste', currency: 'USD', time_zone: 'America/New_York' };

export async function createTenant(installation: ReferralCode, tenant: object = acmeWaste): Promise<void> {
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
