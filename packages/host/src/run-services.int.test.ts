import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalMongodb, describeOnEngines } from '@referral/local-engines';
import { defineCollection } from '@referral/store';
import { Router } from 'express';
import { z } from 'zod';
import { createLogger } from './logging.ts';
import { startServices } from './run-services.ts';
import type { ServiceDeps } from './service.ts';
import { createLifecycle } from './shutdown.ts';

describeOnEngines(['mongodb', 'local'], 'a MongoDB that leaves while a process starts', () => {
  test('is waited for by a service that prepares its collections', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'run-services-'));
    const mongodb = await createLocalMongodb({ directory: join(directory, 'mongodb') });
    await mongodb.start();
    const lifecycle = createLifecycle(createLogger({ name: 'test', level: 'silent' }));
    const [first, second] = [defineCollection('first'), defineCollection('second')];
    const preparing = {
      name: 'analytics',
      config: z.object({}),
      create: ({ store }: ServiceDeps) => ({
        router: Router(),
        async start() {
          await store.prepare([first]);
          await mongodb.stop();
          const prepared = store.prepare([second]);
          // Asked later, so this fails when the first attempt to prepare has failed.
          await expect(store.get(first, 'id')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
          await Promise.all([prepared, mongodb.start()]);
        },
        async settle() {},
        async stop() {},
      }),
    };
    const env = {
      DATA_DIR: join(directory, 'data'),
      PORT: '0',
      LOG_LEVEL: 'silent',
      AUTH_SECRET: 's'.repeat(32),
      MONGODB_URL: `${mongodb.address}/test`,
    };
    const { url } = await startServices(lifecycle, { name: 'test', services: [preparing], env, alone: true });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await lifecycle.stop()).toBe(true);
    await mongodb.stop();
    rmSync(directory, { recursive: true });
  }, 60_000);
});
