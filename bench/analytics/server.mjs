import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedBus } from '../../packages/bus/dist/index.js';
import { topics } from '../../packages/contracts/dist/index.js';
import {
  createHttpApp,
  createLogger,
  createMemoryRateLimits,
  createMetrics,
  createTokenVerifier,
  listen,
  requireToken,
} from '../../packages/host/dist/index.js';
import { forwardTo, openEmbeddedStore } from '../../packages/store/dist/index.js';
import { analyticsService } from '../../services/analytics/dist/service.js';
import { now, referralAt } from './history.mjs';
import { consume, writeState } from './state.mjs';

/** A process with the service on a state of `BENCH_SIZE` referrals: the first time it writes it, then it answers. */
const { BENCH_SIZE, BENCH_FOLDER, BENCH_SECRET, BENCH_ROLE } = process.env;
const size = Number(BENCH_SIZE);
const store = openEmbeddedStore({ directory: join(BENCH_FOLDER, 'store') });
const bus = openEmbeddedBus({ directory: join(BENCH_FOLDER, 'log') });
await bus.ensureTopics(topics.map((topic) => ({ ...topic, partitions: 1 })));
const logger = createLogger({ level: 'silent', name: 'bench' });
const verifier = createTokenVerifier({ secret: BENCH_SECRET });
let documentsRead = 0;
const service = analyticsService.create(
  {
    bus,
    store: counting(store),
    clock: { now: () => now },
    logger,
    verifier,
    rateLimits: createMemoryRateLimits({ perMinute: 1, missesPerHour: 1 }),
    observer: { consumed() {}, deadLettered() {}, retried() {} },
    publicUrl: 'http://localhost',
    latenessMs: 0,
    stopping: new AbortController().signal,
  },
  {},
);
await service.start();
if (BENCH_ROLE === 'load') {
  const documents = await writeState(store, size);
  await close();
  process.send({ documents, bytes: statSync(join(BENCH_FOLDER, 'store', 'data.mdb')).size });
  process.disconnect();
} else {
  const metrics = createMetrics('bench');
  const app = createHttpApp({
    name: 'bench',
    routers: [service.router, emptyRoute()],
    logger,
    metrics,
    readiness: [],
    trustProxy: 0,
  });
  const { url } = await listen(app, { host: '127.0.0.1', port: 0 });
  let next = size;
  process.on('message', async ({ count }) => {
    if (count === undefined) {
      process.send({ documentsRead, residentMb: Math.round(process.memoryUsage.rss() / 2 ** 20) });
      documentsRead = 0;
      return;
    }
    const referrals = Array.from({ length: count }, (_, n) => referralAt(next + n, size));
    next += count;
    const startedAt = performance.now();
    const events = await consume(store, referrals);
    process.send({ microsecondsPerEvent: ((performance.now() - startedAt) * 1_000) / events });
  });
  process.send({ url });
}

function emptyRoute() {
  const authenticate = requireToken({ verifier }, 'admin');
  return (req, res, next) => (req.path === '/api/empty' ? authenticate(req, res, () => res.json({})) : next());
}

async function close() {
  await service.stop();
  await bus.close();
  await store.close();
}

function counting(inner) {
  return {
    ...forwardTo(inner),
    async get(collection, id) {
      documentsRead += 1;
      return inner.get(collection, id);
    },
    async getMany(collection, ids) {
      const asked = [...ids];
      documentsRead += asked.length;
      return inner.getMany(collection, asked);
    },
    async page(collection, options) {
      const page = await inner.page(collection, options);
      documentsRead += page.items.length;
      return page;
    },
  };
}
