import type { Subscription } from '@referral/bus';
import type { Service, ServiceDefinition, ServiceDeps } from '@referral/host';
import { type Repeating, runEvery, runHandlers } from '@referral/processing';
import { collections } from './collections.ts';
import { configSchema } from './config.ts';
import { createConsumers } from './consumers.ts';
import { Generations } from './generations.ts';
import { createRouter } from './http.ts';
import { createStreams } from './live/streams.ts';
import { Rebuild } from './rebuild.ts';

const group = 'analytics';
const lookEveryMs = 1_000;

/** Every topic in; dashboards, leaderboards and channels out, each event counted once. */
export const analyticsService: ServiceDefinition<typeof configSchema> = {
  name: group,
  config: configSchema,
  create: createAnalytics,
};

export function createAnalytics(deps: ServiceDeps): Service {
  const { bus, store, clock, logger, observer, stopping } = deps;
  const generations = new Generations(store);
  const rebuild = new Rebuild({ store, generations, clock, stopping });
  const streams = createStreams(bus, stopping);
  let subscription: Subscription | undefined;
  let rebuilding: Repeating | undefined;
  return {
    router: createRouter({ ...deps, generations, streams }),
    async start() {
      await store.prepare(collections);
      await generations.open((await generations.control()).body.current);
      const handlers = createConsumers(store, generations);
      subscription = await runHandlers({ bus, group, handlers, now: () => clock.now(), observer });
      rebuilding = runEvery(
        lookEveryMs,
        () => rebuild.run(),
        (error) => logger.error({ err: error }, 'rebuild broke off, and goes on'),
      );
    },
    /** Nothing else waits here: a batch is acknowledged when it is counted. */
    settle: () => rebuild.run(),
    async stop() {
      await streams.stop();
      await rebuilding?.stop();
      await subscription?.stop();
    },
  };
}
