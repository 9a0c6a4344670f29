import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../infra/local/dist/index.js';
import { issueToken } from '../../packages/host/dist/index.js';
import { cdnow } from '../cdnow-events.mjs';
import { setUpTenant } from '../tenant.mjs';
import { startProcess } from './processes.mjs';

export const services = ['referral-code', 'attribution', 'reward-issuer', 'analytics'];
const secret = 'a secret of the benchmark, long enough for HS256';
const startTimeoutMs = 60_000;

/** The four services, a process each, as in production. */
export async function startPlatform({ brokers, databaseUrl, redisUrl, prefix, counted }) {
  const env = {
    ...process.env,
    KAFKA_BROKERS: brokers,
    MONGODB_URL: databaseUrl,
    ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    TOPIC_PREFIX: prefix,
    AUTH_SECRET: secret,
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_MINUTE: '1000000',
    // The sweep for leftovers asks by the clock, not by the event.
    ...(counted ? { BENCH_COUNT: '1', OUTBOX_SWEEP_MS: '3600000' } : {}),
  };
  const started = await Promise.all(
    services.map(async (service) => {
      const port = await freePort();
      const process = startProcess(`services/${service}/dist/main.js`, [], { ...env, PORT: String(port) });
      const url = `http://127.0.0.1:${port}`;
      await Promise.race([answering(url), process.exited]);
      return { process, url };
    }),
  );
  const [{ url }] = started;
  return {
    processes: started.map(({ process }) => process),
    /** A tenant with a programme, and the referrers' codes. @returns code by customer id */
    async setUpTenant(tenantId) {
      const admin = (claims) => issueToken(secret, { kind: 'admin', ...claims });
      return setUpTenant(url, tenantId, {
        platform: await admin({ scopes: ['platform'] }),
        admin: await admin({ tenantId }),
        customers: await Promise.all(
          cdnow.referrerIds.map(async (customerId) => [
            customerId,
            await issueToken(secret, { kind: 'customer', tenantId, customerId }),
          ]),
        ),
      });
    },
    stop: () => Promise.all(started.map(({ process }) => process.stop())),
  };
}

async function answering(url) {
  for (const startedAt = performance.now(); performance.now() - startedAt < startTimeoutMs; await pause(50)) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`nothing answers at ${url}`);
}
