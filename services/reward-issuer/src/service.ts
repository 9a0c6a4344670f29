import type { Subscription } from '@referral/bus';
import type { Service, ServiceDefinition, ServiceDeps } from '@referral/host';
import { runHandlers } from '@referral/processing';
import { collections } from './collections.ts';
import { configSchema } from './config.ts';
import { createConsumers } from './consumers.ts';
import { createRouter } from './http.ts';

const group = 'reward-issuer';

/** The ledger: conversions in; points, credit and discounts out, each exactly once; balances. */
export const rewardIssuerService: ServiceDefinition<typeof configSchema> = {
  name: group,
  config: configSchema,
  create: createRewardIssuer,
};

export function createRewardIssuer(deps: ServiceDeps): Service {
  const { bus, store, clock, observer } = deps;
  let subscription: Subscription | undefined;
  return {
    router: createRouter(deps),
    async start() {
      await store.prepare(collections);
      subscription = await runHandlers({
        bus,
        group,
        handlers: createConsumers({ bus, store }),
        now: () => clock.now(),
        observer,
      });
    },
    /** Nothing waits here: what the journal decides is published before its batch is acknowledged. */
    async settle() {},
    async stop() {
      await subscription?.stop();
    },
  };
}
