import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, openEmbeddedBus } from '@referral/bus';
import { createLag } from './lag.ts';

let directory: string;
let bus: Bus;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lag-'));
  bus = openEmbeddedBus({ directory });
});
afterEach(async () => {
  await bus.close();
  await rm(directory, { recursive: true });
});

test('counts what any service has not worked through, and asks the bus once a second at most', async () => {
  for (const group of ['attribution', 'analytics', 'somebody-else']) {
    const idle = await bus.consume({ group, topics: ['customer_signed_up'], handleBatch: async () => {} });
    await idle.stop();
  }
  let elapsedMs = 0;
  const lag = createLag(bus, () => elapsedMs);
  expect(await lag()).toBe(0);

  await bus.publish([{ topic: 'customer_signed_up', key: null, value: Buffer.from('{}'), headers: {} }]);
  elapsedMs = 999;
  expect(await lag()).toBe(0);
  elapsedMs = 1_000;
  expect(await lag()).toBe(2);
});
