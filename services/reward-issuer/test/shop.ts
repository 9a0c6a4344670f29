import {
  createEvent,
  encodeEvent,
  type ReferralLifecycle,
  type Reward,
  referralId,
  referralRevenueChanged,
  tenantUpdated,
} from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import type { ServiceDefinition } from '@referral/host';
import { type Change, forwardTo, type Store } from '@referral/store';
import { type Installation, openInstallation } from '@referral/testing';
import { Router } from 'express';
import { accounts, claims } from '../src/collections.ts';
import { rewardIssuerService } from '../src/service.ts';
import { atMinute, definitionFor, eventOf, percent, referral } from './referrals.ts';

/** Where a second process of the service is reached. */
export const secondProcess = '/second';

interface Answer {
  readonly status: number;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: what is asserted of it is its shape
  readonly body: any;
}

/** A shop that customers of `acme`, which counts in dollars, pay in. */
export interface Shop {
  readonly installation: Installation;
  /** Sets the time of day. */
  setMinute(minute: number): void;
  tell(...referrals: readonly ReferralLifecycle[]): Promise<void>;
  spend(order_id: string, net_amount: number, revision?: number): Promise<void>;
  redeem(
    body: object,
    more?: { readonly key?: string; readonly at?: string; readonly tenantId?: string },
  ): Promise<Answer>;
  quote(body: object): Promise<Answer>;
  balance(customer: string): Promise<Answer['body']>;
  /** The next time that a redemption takes this step, the store goes away after some of it was written. */
  breakAt(step: Step, applied: 'nothing' | 'all'): void;
}

/** Every write of a redemption under a key. */
export const steps = ['claim', 'account', 'answer'] as const;
type Step = (typeof steps)[number];

function stepOf({ collection, body }: Change): Step | undefined {
  const members = Object(body);
  if (collection.name === accounts.name && members.outbox.length > 0) return 'account';
  if (collection.name !== claims.name) return undefined;
  return members.answer ? 'answer' : 'claim';
}

export async function openShop({ processes = 1 } = {}): Promise<Shop> {
  let minute = 100;
  let crash: { readonly step: Step; readonly applied: 'nothing' | 'all' } | undefined;
  const aroundStore = (store: Store): Store => ({
    ...forwardTo(store),
    async commit(changes) {
      if (!crash || !changes.some((change) => stepOf(change) === crash?.step)) return store.commit(changes);
      const { applied } = crash;
      crash = undefined;
      if (applied === 'all') await store.commit(changes);
      throw new OperationalError('STORE_UNAVAILABLE', 'the store went away');
    },
  });
  const second: ServiceDefinition = {
    ...rewardIssuerService,
    create(deps, config) {
      const service = rewardIssuerService.create(deps, rewardIssuerService.config.parse(config));
      return { ...service, router: Router().use(secondProcess, service.router) };
    },
  };
  const installation = await openInstallation({
    services: [rewardIssuerService, ...(processes > 1 ? [second] : [])],
    clock: { now: () => Date.parse(atMinute(minute)) },
    aroundStore,
    env: { OUTBOX_SWEEP_MS: '3600000' },
  });
  const tenant = { tenant_id: 'acme', slug: 'acme', name: 'Acme', currency: 'USD', time_zone: 'UTC' };
  await installation.publish([
    encodeEvent(tenantUpdated, createEvent(tenantUpdated, tenant, { identity: [], occurredAt: atMinute(0) })),
  ]);
  await installation.settled();
  const shop = (tenantId = 'acme') => installation.as({ kind: 'service', tenantId });
  return {
    installation,
    setMinute(next) {
      minute = next;
    },
    async tell(...referrals) {
      await installation.publish(referrals.map((told) => encodeEvent(definitionFor(told.status), eventOf(told))));
      await installation.settled();
    },
    async spend(order_id, net_amount, revision = 1) {
      const { tenant_id, referral_id, referrer_customer_id, referee_customer_id, channel } = referral();
      const about = { tenant_id, referral_id, referrer_customer_id, referee_customer_id, channel, revision };
      const data = { ...about, order_id, ordered_at: atMinute(1), currency: 'USD', net_amount };
      const identity = [referee_customer_id, order_id, revision];
      await installation.publish([
        encodeEvent(
          referralRevenueChanged,
          createEvent(referralRevenueChanged, data, { identity, occurredAt: atMinute(1) }),
        ),
      ]);
      await installation.settled();
    },
    async redeem(body, { key, at = '', tenantId } = {}) {
      const request = (await shop(tenantId)).post(`${at}/api/checkout/redemptions`);
      return key === undefined ? request.send(body) : request.set('Idempotency-Key', key).send(body);
    },
    quote: async (body) => (await shop()).post('/api/checkout/quote').send(body),
    async balance(customer) {
      const admin = await installation.as({ kind: 'admin', tenantId: 'acme' });
      return (await admin.get(`/api/customers/${customer}/balance`)).body;
    },
    breakAt(step, applied) {
      crash = { step, applied };
    },
  };
}

/** Bob, brought by Ann, is promised a discount. */
export function promised(
  refereeReward: Reward = percent(1_000),
  qualifying_event: NonNullable<ReferralLifecycle['promise']>['qualifying_event'] = { type: 'first_purchase' },
): ReferralLifecycle {
  const promise = { qualifying_event, referee_reward: refereeReward, conversion_ends_at: atMinute(10_000) };
  return { ...referral({ revision: 1, status: 'attributed' }), promise };
}

/** Bob's order converts him. */
export function convertedBy(order_id: string, revision = 2): ReferralLifecycle {
  const qualifying = { type: 'first_purchase' as const, order_id, amount: 2_000, currency: 'USD' };
  return { ...referral({ revision }), qualifying };
}

export const bobsReferral = referralId('acme', 'ann', 'bob');
