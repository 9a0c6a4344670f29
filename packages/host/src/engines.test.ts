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
  const open = (env: Record<string, string> = {}) =>
    openEngines(readConfig(hostConfigSchema, { DATA_DIR: dataDir, ...env }), logger);

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

  test('an engine that this version does not have is refused in one line each, and nothing is made', async () => {
    const directory = join(dataDir, 'untouched');
    const env = { DATA_DIR: directory, KAFKA_BROKERS: 'kafka:9092', MONGODB_URL: 'mongodb://root:hunter2@db' };
    await expect(open(env)).rejects.toMatchObject({
      lines: [
        'KAFKA_BROKERS: this engine is not available in this version; leave it out to use the embedded one',
        'MONGODB_URL: this engine is not available in this version; leave it out to use the embedded one',
      ],
    });
    expect(existsSync(directory)).toBe(false);
  });
});
