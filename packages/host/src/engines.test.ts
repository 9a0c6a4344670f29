import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineCollection } from '@referral/store';
import { readConfig } from './config.ts';
import { openEngines } from './engines.ts';
import { hostConfigSchema } from './host-config.ts';
import { createLogger } from './logging.ts';

describe('the engines', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'host-engines-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  const logger = createLogger({ name: 'test', level: 'silent' });
  const options = { name: 'test', logger, onFatal: fail };
  const open = () => openEngines(readConfig(hostConfigSchema, { DATA_DIR: dataDir }), options);

  test('a restart finds everything again', async () => {
    const notes = defineCollection<{ text: string }>('notes');
    const first = await open();
    await first.store.prepare([notes]);
    await first.store.commit([{ collection: notes, id: 'n1', expectedVersion: 0, body: { text: 'kept' } }]);
    await first.bus.publish([{ topic: 'kept', key: null, value: Buffer.from('{}'), headers: {} }]);
    await Promise.all([first.close(), first.close()]);

    const second = await open();
    await second.store.prepare([notes]);
    expect((await second.store.get(notes, 'n1'))?.body).toEqual({ text: 'kept' });
    const seen = new Promise((resolve) => {
      void second.bus.tail({ topics: ['kept'], from: 'earliest', onMessages: ([message]) => resolve(message?.offset) });
    });
    expect(await seen).toBe('0');
    await second.close();
  });

  test('a data directory serves one process at a time', async () => {
    const engines = await open();
    await expect(open()).rejects.toThrow('is using the directory');
    await engines.close();
    await (await open()).close();
  });

  // The embedded engines serve one process: a service that took them would talk to nobody.
  test('a service that runs alone is told which engines it needs, one line each, and nothing is made', async () => {
    const directory = join(dataDir, 'untouched');
    const config = readConfig(hostConfigSchema, { DATA_DIR: directory, KAFKA_BROKERS: 'kafka:9092' });
    await expect(openEngines(config, { ...options, shared: true })).rejects.toMatchObject({
      lines: [expect.stringMatching(/^MONGODB_URL: required by a service that runs alone/)],
    });
    expect(existsSync(directory)).toBe(false);
  });

  test('half of the credentials for Kafka are refused, and the folder is free again', async () => {
    const env = { DATA_DIR: dataDir, KAFKA_BROKERS: 'kafka:9092', KAFKA_SASL_USERNAME: 'platform' };
    await expect(openEngines(readConfig(hostConfigSchema, env), options)).rejects.toMatchObject({
      lines: ['KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: expected all three or none'],
    });
    await (await open()).close();
  });
});

function fail(error: unknown): never {
  throw error;
}
