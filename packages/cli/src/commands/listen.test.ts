import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedBus } from '@referral/bus';
import { purchaseCompleted, purchaseRefunded } from '@referral/contracts';
import { runCommand } from '../../test/terminal.ts';

const at = '2026-03-20T12:00:00Z';
const purchase = {
  tenant_id: 'acme',
  customer_id: 'cus_2',
  order_id: 'ord_1',
  amount: 100,
  currency: 'USD',
  occurred_at: at,
};

let directory: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'referral-cli-'));
  const bus = openEmbeddedBus({ directory: join(directory, 'log'), now: () => Date.UTC(2026, 2, 20, 12) });
  const event = {
    specversion: '1.0',
    id: 'evt_1',
    source: '/shop',
    type: purchaseCompleted.type,
    time: at,
    data: purchase,
  };
  const message = { topic: purchaseCompleted.type, key: 'acme:cus_2', headers: {} };
  await bus.publish([
    { ...message, value: Buffer.from(JSON.stringify(event)) },
    { ...message, value: Buffer.from('nonsense') },
    { ...message, topic: purchaseRefunded.type, value: Buffer.from('nonsense') },
  ]);
  await bus.close();
});
afterEach(() => rmSync(directory, { recursive: true }));

const lines = (count: number) => (stdout: string) => stdout.split('\n').length > count;
const listen = (args: string, count: number) =>
  runCommand(
    ['listen', '--from', 'earliest', ...args.split(' ').filter(Boolean)],
    { DATA_DIR: directory },
    lines(count),
  );

test('everything in the log is shown, what cannot be read too, until Ctrl-C ends it with 0', async () => {
  const { exitCode, stdout, stderr } = await listen('', 3);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n').sort()).toEqual([
    '12:00:00.000 purchase_completed         acme ord_1 cus_2 100 USD',
    expect.stringMatching(/^12:00:00\.000 purchase_completed +cannot be read \(partition 0, offset 1\): not JSON/),
    expect.stringMatching(/^12:00:00\.000 purchase_refunded +cannot be read \(partition 0, offset 0\): not JSON/),
  ]);
});

// Delivery is at least once; a repeat that looks like another reward would frighten whoever watches.
test('an event that comes again is marked as a repeat', async () => {
  const bus = openEmbeddedBus({ directory: join(directory, 'log') });
  const again = {
    specversion: '1.0',
    id: 'evt_2',
    source: '/shop',
    type: purchaseCompleted.type,
    time: at,
    data: purchase,
  };
  const message = { topic: purchaseCompleted.type, key: 'acme:cus_2', headers: {} };
  await bus.publish(Array.from({ length: 2 }, () => ({ ...message, value: Buffer.from(JSON.stringify(again)) })));
  await bus.close();
  const { stdout } = await listen('purchase_completed', 4);
  expect(stdout.split('\n').filter((line) => line.endsWith('(repeat)'))).toHaveLength(1);
});

test('--json gives one JSON document per line, for the named topics only', async () => {
  const { stdout } = await listen('--json purchase_completed', 2);
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toEqual([
    expect.objectContaining({ id: 'evt_1', type: 'purchase_completed' }),
    { topic: 'purchase_completed', partition: 0, offset: '1', error: expect.stringMatching(/^not JSON/) },
  ]);
});
