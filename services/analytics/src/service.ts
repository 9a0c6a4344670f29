import type { Subscription } from '@referral/bus';
import type { Service, ServiceDefinition, ServiceDeps } from '@referral/host';
import { runHandlers } from '@referral/processing';
import { collections } from './collections.ts';
import { configSchema } from './config.ts';
import { createConsumers } from './consumers.ts';
import { createRouter } from './http.ts';
import { createStreams } from './live/streams.ts';

const group = 'analytics';

/** Every topic in; dashboards, leaderboards and channels out, each event counted once. */
export const analyticsService: ServiceDefinition<typeof configSchema> = {
  name: group,
  config: configSchema,
  create: createAnalytics,
};

export function createAnalytics(deps: ServiceDeps): Service {
  const { bus, store, clock, observer, stopping } = deps;
  const streams = createStreams(bus, stopping);
  let subscription: Subscription | undefined;
  return {
    router: createRouter({ ...deps, streams }),
    async start() {
      await store.prepare(collections);
      const handlers = createConsumers(store);
      subscription = await runHandlers({ bus, group, handlers, now: () => clock.now(), observer });
    },
    /** Nothing waits here: a batch is acknowledged when it is counted. */
    async settle() {},
    async stop() {
      await streams.stop();
      await subscription?.stop();
    },
  };
}
