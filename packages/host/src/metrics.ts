import type { Lag } from '@referral/bus';
import type { RequestHandler } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { bounded } from './bounded.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly httpRequestDuration: Histogram<'method' | 'route' | 'status'>;
  readonly eventsConsumed: Counter<'group' | 'topic'>;
  readonly eventsDeadLettered: Counter<'group' | 'topic'>;
  readonly consumerRetries: Counter<'group' | 'topic'>;
  /** Adds a source of `consumer_lag`, asked at each scrape. One that fails or takes longer than 2 s is left out. */
  reportLag(read: () => Promise<readonly Lag[]>): void;
}

const lagTimeoutMs = 2_000;
const unmatchedRoute = 'unmatched';

/** Metrics of one process, with those of the runtime, all labelled with the service's name. */
export function createMetrics(name: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: name });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const perTopic = { labelNames: ['group', 'topic'] as const, registers };
  const lagSources: (() => Promise<readonly Lag[]>)[] = [];

  new Gauge({
    name: 'consumer_lag',
    help: 'Messages of a topic that a group has not acknowledged yet.',
    ...perTopic,
    async collect() {
      const reads = lagSources.map((read) => bounded('reading the lag', lagTimeoutMs, read()));
      const answers = await Promise.allSettled(reads);
      this.reset();
      for (const answer of answers) {
        if (answer.status === 'rejected') continue;
        for (const { group, topic, messages } of answer.value) this.set({ group, topic }, messages);
      }
    },
  });

  return {
    registry,
    httpRequestDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From the first byte of a request to the last of its answer.',
      labelNames: ['method', 'route', 'status'] as const,
      registers,
    }),
    eventsConsumed: new Counter({
      name: 'events_consumed_total',
      help: 'Events that a group has handled.',
      ...perTopic,
    }),
    eventsDeadLettered: new Counter({
      name: 'events_dead_lettered_total',
      help: 'Events that a group has set aside because it cannot handle them.',
      ...perTopic,
    }),
    consumerRetries: new Counter({
      name: 'consumer_retries_total',
      help: 'Batches that a group had to take again.',
      ...perTopic,
    }),
    reportLag(read) {
      lagSources.push(read);
    },
  };
}

/** Times every request under the pattern of its route, so that the labels stay few whatever is asked for. */
export function measureRequests({ httpRequestDuration }: Metrics): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    res.once('close', () => {
      const route = typeof req.route?.path === 'string' ? req.route.path : unmatchedRoute;
      const status = String(res.writableFinished ? res.statusCode : clientClosedRequest);
      httpRequestDuration.observe({ method: req.method, route, status }, (performance.now() - startedAt) / 1_000);
    });
    next();
  };
}

/** What is reported of a request whose client went away before the answer was sent. */
export const clientClosedRequest = 499;
