import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router } from 'express';
import { z } from 'zod';
import { runTypescript } from '../test/run-typescript.ts';
import { createLogger } from './logging.ts';
import { startServices } from './run-services.ts';
import { createLifecycle } from './shutdown.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'run-services-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('whether a process is ready depends on its own consumer groups, not on those of others', async () => {
  const lifecycle = createLifecycle(createLogger({ name: 'test', level: 'silent' }));
  const env = { DATA_DIR: directory, PORT: '0', LOG_LEVEL: 'silent' };
  const nothing = async () => {};
  const analytics = {
    name: 'analytics',
    config: z.object({}),
    create: () => ({ router: Router(), start: nothing, settle: nothing, stop: nothing }),
  };
  const { url, engines } = await startServices(lifecycle, { name: 'test', services: [analytics], env, alone: true });
  const asked = jest.spyOn(engines.bus, 'lag');
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(asked.mock.calls).toEqual([[['analytics']]]);
  expect(await lifecycle.stop()).toBe(true);
});

test('a process that is stopped while it waits for Kafka ends in order, without waiting for Kafka', async () => {
  const child = runTypescript(
    `host('shutdown.ts').runProcess('test', (lifecycle) =>
       host('run-services.ts').startServices(lifecycle, { name: 'test', services: [], env: process.env, alone: true }));`,
    { DATA_DIR: directory, PORT: '0', KAFKA_BROKERS: '127.0.0.1:1' },
  );
  await child.told('"client":"kafka"');
  const stoppedAt = performance.now();
  child.kill('SIGTERM');
  expect((await child.ended).code).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(8_000);
});
