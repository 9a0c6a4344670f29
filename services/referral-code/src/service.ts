import { assert } from '@referral/errors';
import type { Service, ServiceDefinition, ServiceDeps } from '@referral/host';
import { type OutboxRelay, runHandlers, startOutboxRelay } from '@referral/processing';
import { collections, withOutboxes } from './collections.ts';
import { type Config, configSchema } from './config.ts';
import { createHandlers } from './consumers.ts';
import { createRouter } from './http.ts';
import { generateCode, generateVisitorId } from './random-ids.ts';

const group = 'referral-code';

export const referralCodeService: ServiceDefinition<typeof configSchema> = {
  name: group,
  config: configSchema,
  create: createReferralCode,
};

/** Tenants, programme, codes, links, shares, clicks, public validation. */
export function createReferralCode(deps: ServiceDeps, config: Config): Service {
  const { bus, store, clock, logger, verifier, rateLimits, observer, publicUrl } = deps;
  const now = () => clock.now();
  let running: { relay: OutboxRelay; stop(): Promise<void> } | undefined;

  const context = {
    store,
    publicUrl,
    maxWaiting: config.OUTBOX_MAX_WAITING,
    now,
    generateCode,
    generateVisitorId,
    publishSoon: (...outbox: Parameters<OutboxRelay['wake']>) => running?.relay.wake(...outbox),
  };

  return {
    router: createRouter(context, { verifier, rateLimits }),
    async start() {
      await store.prepare(collections);
      const relay = startOutboxRelay({
        store,
        bus,
        collections: withOutboxes,
        sweepEveryMs: config.OUTBOX_SWEEP_MS,
        onError: (error) => logger.error({ err: error }, 'outbox'),
      });
      const subscription = await runHandlers({ bus, group, handlers: createHandlers(store), now, observer });
      running = {
        relay,
        async stop() {
          await subscription.stop();
          await relay.stop();
        },
      };
    },
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
