import { cpus, totalmem } from 'node:os';
import { findEngines } from '../infra/local/dist/index.js';
import { measureAnalytics } from './analytics/measure.mjs';
import { measureEmbedded } from './embedded.mjs';
import { measureKafka } from './kafka/measure.mjs';
import { measureWeb } from './web.mjs';

export const parts = ['embedded', 'analytics', 'web', 'kafka'];

/** Measures the parts that are named: one process on the embedded engines, dashboards of growing tenants, pages in a browser, a process per service on Kafka and MongoDB. */
export async function runBenchmark(wanted) {
  return {
    machine: {
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      memory_gib: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    ...(wanted.includes('embedded') ? { embedded: await measureEmbedded() } : {}),
    ...(wanted.includes('analytics') ? { analytics: await measureAnalytics() } : {}),
    ...(wanted.includes('web') ? { web: await measureWeb() } : {}),
    ...(wanted.includes('kafka') ? { kafka: await measureOnFoundEngines() } : {}),
  };
}

async function measureOnFoundEngines() {
  process.stderr.write('looking for Kafka, MongoDB and Redis …\n');
  const engines = await findEngines(process.env);
  try {
    const { TEST_KAFKA_BROKERS: brokers, TEST_MONGODB_URL: mongodbUrl, TEST_REDIS_URL: redisUrl } = engines.environment;
    if (!brokers || !mongodbUrl) return { not_measured: engines.report };
    return { engines: engines.report, ...(await measureKafka({ brokers, mongodbUrl, redisUrl })) };
  } finally {
    await engines.stop();
  }
}
