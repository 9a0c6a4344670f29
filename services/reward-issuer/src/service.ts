import { assert } from '@referral/errors';
import type { Service, ServiceDefinition, ServiceDeps } from '@referral/host';
import { type OutboxRelay, runHandlers, SettledFacts, startOutboxRelay } from '@referral/processing';
import { createTurns } from './checkout/turns.ts';
import { collections, withOutboxes } from './collections.ts';
import { type Config, configSchema } from './config.ts';
import { createConsumers } from './consumers.ts';
import { createRouter } from './http.ts';

const group = 'reward-issuer';

/** The ledger: conversions in; points, credit and discounts out, each exactly once; balances. */
export const rewardIssuerService: ServiceDefinition<typeof configSchema> = {
  name: group,
  config: configSchema,
  create: createRewardIssuer,
};

export function createRewardIssuer(deps: ServiceDeps, config: Config): Service {
  const { bus, store, clock, logger, verifier, observer, latenessMs } = deps;
  const now = () => clock.now();
  const settled = new SettledFacts();
  let running: { relay: OutboxRelay; stop(): Promise<void> } | undefined;

  const context = {
    store,
    settled,
    turns: createTurns(),
    latenessMs,
    maxWaiting: config.OUTBOX_MAX_WAITING,
    now,
    publishSoon: (...outbox: Parameters<OutboxRelay['wake']>) => running?.relay.wake(...outbox),
  };

  return {
    router: createRouter(context, { verifier }),
    async start() {
      await store.prepare(collections);
      const relay = startOutboxRelay({
        store,
        bus,
        collections: withOutboxes,
        sweepEveryMs: config.OUTBOX_SWEEP_MS,
        onError: (error) => logger.error({ err: error }, 'outbox'),
      });
      const handlers = createConsumers({ bus, store, settled, now });
      const subscription = await runHandlers({ bus, group, handlers, now, observer });
      running = {
        relay,
        async stop() {
          await subscription.stop();
          await relay.stop();
        },
      };
    },
    /** What redemptions tell waits in their documents; what the journal decides is published with its batch. */
    async settle() {
      assert(running, 'a service is started before it settles');
      await running.relay.drain();
    },
    async stop() {
      await running?.stop();
      running = undefined;
    },
  };
}
