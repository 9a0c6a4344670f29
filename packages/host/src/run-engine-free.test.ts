import { Router } from 'express';
import { z } from 'zod';
import { createLogger } from './logging.ts';
import { startEngineFreeService } from './run-engine-free.ts';
import { createLifecycle } from './shutdown.ts';

const definition = {
  name: 'pages',
  config: z.object({}),
  create: () => ({
    router: Router().get('/page', (_req, res) => {
      res.send('here');
    }),
    async start() {},
    async settle() {},
    async stop() {},
  }),
};

/** Protects: the pages are there while every engine is away, and hold no secret that could leak from them. */
test('it starts without a secret, and asks nothing of the engines that the environment names', async () => {
  const lifecycle = createLifecycle(createLogger({ level: 'silent', name: 'test' }));
  const away = {
    KAFKA_BROKERS: '127.0.0.1:1',
    MONGODB_URL: 'mongodb://127.0.0.1:1/referral',
    REDIS_URL: 'redis://127.0.0.1:1',
    PORT: '0',
    LOG_LEVEL: 'silent',
  };
  const { url } = await startEngineFreeService(lifecycle, definition, away);
  expect(await (await fetch(`${url}/page`)).text()).toBe('here');
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${url}/openapi.json`)).json()).toMatchObject({
    info: { title: 'Referral platform: pages' },
  });
  expect(await lifecycle.stop()).toBe(true);
});

test('a bad setting is one readable line', async () => {
  const lifecycle = createLifecycle(createLogger({ level: 'silent', name: 'test' }));
  await expect(startEngineFreeService(lifecycle, definition, { PORT: 'x' })).rejects.toThrow(/PORT/);
});
