import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedBus } from '@referral/bus';
import type { EncodedEvent } from '@referral/contracts';
import type { TokenContent } from '@referral/host';
import { analyticsService } from '@referral/service-analytics';
import { attributionService } from '@referral/service-attribution';
import { referralCodeService } from '@referral/service-referral-code';
import { rewardIssuerService } from '@referral/service-reward-issuer';
import { openEmbeddedReader, openEmbeddedStore } from '@referral/store';
import { type Installation, openInstallation } from '@referral/testing';
import { type AuditOptions, type AuditReport, audit } from '../src/audit.ts';
import type { Engines } from '../src/records.ts';

export const tenant = 'acme';
export const now = Date.parse('2026-03-22T10:00:00Z');
const program = {
  enabled: true,
  qualifying_event: { type: 'first_purchase' },
  referrer_reward: { type: 'points', value: 100 },
  referee_reward: { type: 'discount_percent', value: 10 },
  limits: { max_referrals_per_referrer: 2, cooldown_seconds: 0, over_limit: 'referee_only' },
  milestones: [{ threshold: 2, bonus: { type: 'credit', value: 5 } }],
  earning_rules: [{ name: 'welcome', beneficiary: 'referee', points: 30 }],
  nudge_after_hours: [60],
};

export type Body = Record<string, unknown>;

export interface World extends Pick<Installation, 'publish' | 'published'> {
  /** The code that Ann gives away. */
  readonly code: string;
  /** Audits it while its services run. */
  audit(tenantId?: string): Promise<AuditReport>;
  /** Everything that is stored, copied to where no service reacts to what is done to it. */
  copy(): Promise<Copy>;
  close(): Promise<void>;
}

export interface Copy {
  audit(options?: Partial<AuditOptions>): Promise<AuditReport>;
  open(): Promise<Engines>;
  documents(collection: string): Promise<{ readonly id: string; readonly body: Body }[]>;
  /** Writes past every service. A document that is not there is inserted. */
  corrupt(collection: string, id: string, change: (body: Body) => Body): Promise<void>;
  publish(events: readonly EncodedEvent[]): Promise<void>;
  remove(): Promise<void>;
}

interface Inbound extends Body {
  readonly type: string;
  readonly customer_id: string;
  readonly occurred_at: string;
}

/** Every service on the real embedded engines; Ann has brought friends who bought something, took it back, or bought nothing. */
export async function openWorld(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'referral-audit-'));
  const clock = { now: () => now };
  const services = [referralCodeService, attributionService, rewardIssuerService, analyticsService];
  const installation = await openInstallation({ services, directory, clock, env: { OUTBOX_SWEEP_MS: '3600000' } });
  const as = (content: TokenContent) => installation.as({ tenantId: tenant, ...content });
  const tell = async (...events: readonly Inbound[]) => {
    const service = await as({ kind: 'service' });
    const batch = events.map(({ type, ...data }) => ({
      specversion: '1.0',
      id: `${type}-${data.order_id ?? data.customer_id}`,
      source: '/shop',
      type,
      time: data.occurred_at,
      data: { tenant_id: tenant, ...data },
    }));
    await service.post('/api/events').send(batch).expect(202);
    await installation.settled();
  };

  const platform = await installation.as({ kind: 'admin', scopes: ['platform'] });
  const acme = { tenant_id: tenant, slug: tenant, name: 'Acme', currency: 'USD', time_zone: 'UTC' };
  await platform.post('/api/tenants').send(acme).expect(201);
  const admin = await as({ kind: 'admin' });
  const { body: current } = await admin.get('/api/referrals/program');
  await admin
    .put('/api/referrals/program')
    .send({ ...current, ...program })
    .expect(200);
  const ann = await as({ kind: 'customer', customerId: 'ann' });
  const code: string = (await ann.get('/api/referrals/my-code').expect(200)).body.referral_code;
  await installation.settled();
  const friends = ['bob', 'cid', 'dan', 'eve', 'fay'];
  for (const [hours, customer_id] of friends.entries()) {
    const occurred_at = new Date(now - (72 - hours) * 3_600_000).toISOString();
    await tell({ type: 'customer_signed_up', customer_id, referral_code: code, occurred_at });
  }
  for (const [hours, customer_id] of friends.slice(0, 4).entries()) {
    const occurred_at = new Date(now - (48 - hours) * 3_600_000).toISOString();
    const order = { order_id: `order-${customer_id}`, amount: 5_000, currency: 'USD' };
    await tell({ type: 'purchase_completed', customer_id, ...order, occurred_at });
  }

  const order_id = 'order-eve';
  const refund = { refund_id: 'refund-eve', order_id, amount: 5_000, currency: 'USD' };
  await tell({ type: 'purchase_refunded', customer_id: 'eve', ...refund, occurred_at: new Date(now).toISOString() });
  const shop = await as({ kind: 'service' });
  const redeem = (redemption: Body) => shop.post('/api/checkout/redemptions').send(redemption).expect(201);
  await redeem({ customer_id: 'ann', order_id: 'order-ann', points: 30 });
  const { body: bob } = await admin.get('/api/customers/bob/balance').expect(200);
  await redeem({ customer_id: 'bob', order_id: 'order-bob-2', discount_id: bob.discounts[0].id });
  await installation.settled();

  return {
    code,
    publish: installation.publish,
    published: installation.published,
    audit: (tenantId) => audit({ ...unhurried, open: () => openIn(directory), tenantId }),
    copy: () => copyOf(directory),
    close: () => installation.close(),
  };
}

const unhurried = { waitMs: 30_000, betweenLooksMs: 0, now: () => now };

async function openIn(directory: string): Promise<Engines> {
  const store = openEmbeddedReader({ directory: join(directory, 'store') });
  const bus = openEmbeddedBus({ directory: join(directory, 'log'), readOnly: true });
  return {
    store,
    bus,
    async close() {
      await bus.close();
      await store.close();
    },
  };
}

async function copyOf(original: string): Promise<Copy> {
  const directory = await mkdtemp(join(tmpdir(), 'referral-audit-'));
  await cp(original, directory, { recursive: true });
  const open = () => openIn(directory);
  const documents: Copy['documents'] = async (collection) => {
    const engines = await open();
    const found: { id: string; body: Body }[] = [];
    for await (const { id, body } of engines.store.documents(collection)) found.push({ id, body: body as Body });
    await engines.close();
    return found;
  };
  return {
    open,
    documents,
    audit: (options) => audit({ ...unhurried, open, ...options }),
    async corrupt(name, id, change) {
      const store = openEmbeddedStore({ directory: join(directory, 'store') });
      const collection = { name, indexes: [] };
      await store.prepare([collection]);
      const document = await store.get<Body>(collection, id);
      const body = change(document?.body ?? {});
      const outcomes = await store.commit([{ collection, id, expectedVersion: document?.version ?? 0, body }]);
      await store.close();
      if (outcomes[0]?.status !== 'ok') throw new Error(`${name} ${id} could not be written`);
    },
    async publish(events) {
      const bus = openEmbeddedBus({ directory: join(directory, 'log') });
      await bus.publish(events);
      await bus.close();
    },
    remove: () => rm(directory, { recursive: true }),
  };
}
