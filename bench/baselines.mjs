import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedBus } from '../packages/bus/dist/index.js';
import { openEmbeddedStore } from '../packages/store/dist/index.js';
import { cdnow, inBatches } from './cdnow-events.mjs';
import { startNaiveFlow } from './naive-flow.mjs';

const batchSize = 1_000;
/** The naive flow is slow and its speed does not change with the length of the run, so a part of the input is enough. */
const naiveEvents = 1_500;

/** Append and consume, no work: what the log itself allows. */
export async function measureEmbeddedLog() {
  return inFolder(async (folder) => {
    const bus = openEmbeddedBus({ directory: folder });
    const events = cdnow.events('acme', () => 'AAAAAAAA');
    const messages = events.map((event) => ({
      topic: event.type,
      key: event.data.customer_id,
      value: Buffer.from(JSON.stringify(event)),
      headers: {},
    }));
    const startedAt = performance.now();
    const topics = ['customer_signed_up', 'purchase_completed'];
    await bus.consume({ group: 'bench', topics, handleBatch: async () => undefined });
    for (const batch of inBatches(messages, batchSize)) await bus.publish(batch);
    await bus.caughtUp(['bench']);
    const result = rate(events.length, startedAt);
    await bus.close();
    return result;
  });
}

/** One await per event, per write and per send; over HTTP as the import is, or from within the process, spared of it. */
export async function measureNaiveFlow({ overHttp }) {
  return inFolder(async (folder) => {
    const bus = openEmbeddedBus({ directory: join(folder, 'log') });
    const store = openEmbeddedStore({ directory: join(folder, 'store') });
    const codes = new Map(cdnow.referrerIds.map((id) => [id, id]));
    const flow = await startNaiveFlow({ bus, store, codes });
    const result = overHttp ? await importNaively(flow) : await publishNaively(flow);
    await flow.stop();
    await bus.close();
    await store.close();
    return result;
  });
}

async function publishNaively(flow) {
  const events = cdnow.events('acme', (id) => id).slice(0, naiveEvents);
  const startedAt = performance.now();
  for (const event of events) await flow.publish([event]);
  await flow.settled();
  return rate(events.length, startedAt);
}

async function importNaively(flow) {
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    await flow.publish([JSON.parse(Buffer.concat(chunks).toString())]);
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sender = fork(new URL('./send-naive.mjs', import.meta.url), [], {
    env: { ...process.env, BENCH_URL: `http://127.0.0.1:${server.address().port}`, BENCH_EVENTS: String(naiveEvents) },
  });
  const exited = once(sender, 'exit');
  await once(sender, 'message');
  const startedAt = performance.now();
  sender.send('go');
  await once(sender, 'message');
  await flow.settled();
  const result = rate(naiveEvents, startedAt);
  await exited;
  server.close();
  return result;
}

export function rate(events, startedAt) {
  const seconds = (performance.now() - startedAt) / 1_000;
  return { events, seconds: Math.round(seconds * 1_000) / 1_000, eventsPerSecond: Math.round(events / seconds) };
}

export async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'referral-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
