import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createLifecycle, issueToken, startServices } from '../packages/host/dist/index.js';
import { services } from '../packages/standalone/dist/index.js';
import { inFolder, rate } from './baselines.mjs';
import { cdnow } from './cdnow-events.mjs';

const secret = 'a secret of the benchmark, long enough for HS256';

/** From the first request of another process until everything is settled: four services, every effect durable. */
export async function measureImport() {
  return inFolder(async (folder) => {
    const lifecycle = createLifecycle({ error: () => undefined });
    const env = {
      PORT: '0',
      DATA_DIR: folder,
      LOG_LEVEL: 'error',
      AUTH_SECRET: secret,
      RATE_LIMIT_PER_MINUTE: '1000000',
    };
    const running = await startServices(lifecycle, { name: 'bench', services, env, alone: true });
    await running.settled();
    const sender = fork(new URL('./send-import.mjs', import.meta.url), [], {
      env: {
        ...process.env,
        BENCH_URL: running.url,
        BENCH_PLATFORM_TOKEN: await issueToken(secret, { kind: 'admin', scopes: ['platform'] }),
        BENCH_ADMIN_TOKEN: await issueToken(secret, { kind: 'admin', tenantId: 'bench' }),
        BENCH_SERVICE_TOKEN: await issueToken(secret, { kind: 'service', tenantId: 'bench' }),
        BENCH_CUSTOMER_TOKENS: JSON.stringify(
          await Promise.all(
            cdnow.referrerIds.map(async (customerId) => [
              customerId,
              await issueToken(secret, { kind: 'customer', tenantId: 'bench', customerId }),
            ]),
          ),
        ),
      },
    });
    const exited = once(sender, 'exit');
    await once(sender, 'message');
    await running.settled();
    const startedAt = performance.now();
    const utilizationBefore = performance.eventLoopUtilization();
    sender.send('go');
    await once(sender, 'message');
    await running.settled();
    const { utilization } = performance.eventLoopUtilization(utilizationBefore);
    const result = {
      ...rate(cdnow.customers + cdnow.purchases, startedAt),
      /** 1: the one thread that all services share never waited. */
      threadUtilization: Math.round(utilization * 100) / 100,
    };
    await exited;
    await lifecycle.stop();
    return result;
  });
}
