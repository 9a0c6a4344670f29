import type { Subscription } from '@referral/bus';
import { customerSignedUp, purchaseCompleted, purchaseRefunded } from '@referral/contracts';
import type { Service, ServiceDefinition, ServiceDeps } from '@referral/host';
import { BoundedMap, type Repeating, runEvery, runHandlers } from '@referral/processing';
import { collections } from './collections.ts';
import { attributionConfig } from './config.ts';
import { createHandlers } from './consumers.ts';
import { eventsBodyLimit } from './http/events.ts';
import { createRouter } from './http.ts';
import type { Context } from './stages/context.ts';
import { watchDeadLetters } from './stages/dead-letters.ts';
import { sweepReferees } from './stages/projections.ts';

const group = 'attribution';
const sweepEveryMs = 60_000;
/** Longer than what is decided takes to be published. */
const abandonedAfterMs = 60_000;

/** Signups and purchases in; who referred whom, did it qualify, within limits; conversions out. */
export function createAttribution({
  store,
  bus,
  clock,
  logger,
  verifier,
  rateLimits,
  observer,
  latenessMs,
}: ServiceDeps): Service {
  const context: Context = { store, bus, now: () => clock.now(), latenessMs, knownTerms: new BoundedMap() };
  let subscriptions: Subscription[] = [];
  let sweeper: Repeating | undefined;
  return {
    router: createRouter({ ...context, verifier, rateLimits }),
    bodyLimits: [eventsBodyLimit],
    async start() {
      await store.prepare(collections);
      const inbound = [customerSignedUp, purchaseCompleted, purchaseRefunded].map(({ type }) => type);
      subscriptions = [
        await runHandlers({ bus, group, handlers: createHandlers(context), now: context.now, observer }),
        await watchDeadLetters(bus, store, group, inbound),
      ];
      sweeper = runEvery(
        sweepEveryMs,
        () => sweepReferees(context, abandonedAfterMs),
        (error) => logger.error({ err: error }, 'sweep failed'),
      );
    },
    settle: () => sweepReferees(context, 0),
    async stop() {
      await sweeper?.stop();
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
    },
  };
}

export const attributionService: ServiceDefinition<typeof attributionConfig> = {
  name: group,
  config: attributionConfig,
  create: createAttribution,
};
