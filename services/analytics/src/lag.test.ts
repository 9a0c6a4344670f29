import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, openEmbeddedBus } from '@referral/bus';
import { openKafkaBus } from '@referral/bus/kafka';
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

describe('while the bus is away', () => {
  test('the figure that was known last is told, for the figures of the store are well', async () => {
    const idle = await bus.consume({ group: 'analytics', topics: ['customer_signed_up'], handleBatch: async () => {} });
    await idle.stop();
    await bus.publish([{ topic: 'customer_signed_up', key: null, value: Buffer.from('{}'), headers: {} }]);
    let elapsedMs = 0;
    const lag = createLag(bus, () => elapsedMs);
    expect(await lag()).toBe(1);
    await bus.close();
    elapsedMs = 1_000;
    expect(await lag()).toBe(1);
  });

  test('nobody is told that all is worked through', async () => {
    let elapsedMs = 0;
    const lag = createLag(bus, () => elapsedMs);
    expect(await lag()).toBe(0);
    await bus.close();
    elapsedMs = 1_000;
    expect(await lag()).toBe(1);
  });

  test('no figure is made up before one is known', async () => {
    await bus.close();
    await expect(createLag(bus)()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  });

  test('a bus that never answers keeps nobody waiting for longer than two seconds', async () => {
    const sockets: Socket[] = [];
    const frozen = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(frozen, 'listening');
    const address = frozen.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
    const kafka = openKafkaBus({ brokers: [`127.0.0.1:${address.port}`], onFatal: () => {} });
    await expect(createLag(kafka)()).rejects.toMatchObject({ code: 'TIMED_OUT' });
    frozen.close();
    for (const socket of sockets) socket.destroy();
    await kafka.close();
  });
});
