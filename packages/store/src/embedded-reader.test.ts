import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedReader } from './embedded-reader.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import type { StoreReader } from './reader.ts';
import { defineCollection, type Store } from './store.ts';

interface Thing {
  readonly n: number;
}

const things = defineCollection<Thing>('test.things', [{ name: 'by_n', keys: ['n'] }]);
const others = defineCollection<Thing>('test.others');

let directory: string;
let store: Store;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'embedded-reader-'));
  store = openEmbeddedStore({ directory });
  await store.prepare([things, others]);
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

const insert = (from: number, to: number) =>
  store.commit(
    Array.from({ length: to - from }, (_, i) => ({
      collection: things,
      id: `thing-${String(from + i).padStart(5, '0')}`,
      expectedVersion: 0,
      body: { n: from + i },
    })),
  );

async function read(reader: StoreReader, collection = things.name) {
  const found: { id: string; version: number; body: unknown }[] = [];
  for await (const document of reader.documents(collection)) found.push(document);
  return found;
}

test.each([0, 1, 999, 1_000, 2_001])('reads %i documents by id, each once', async (count) => {
  await insert(0, count);
  const reader = openEmbeddedReader({ directory });
  const found = await read(reader);
  expect(found.map(({ body }) => body)).toEqual(Array.from({ length: count }, (_, n) => ({ n })));
  expect(found.every(({ version }) => version === 1)).toBe(true);
  expect(await read(reader, others.name)).toEqual([]);
  expect(await read(reader, 'test.nothing')).toEqual([]);
  await reader.close();
});

test('sees the moment of its opening in every collection, while the store goes on', async () => {
  await insert(0, 1_500);
  const reader = openEmbeddedReader({ directory });
  const documents = reader.documents(things.name);
  await documents[Symbol.asyncIterator]().next();
  await insert(1_500, 3_000);
  await store.commit([{ collection: things, id: 'thing-01400', expectedVersion: 1, body: { n: -1 } }]);
  await store.commit([{ collection: others, id: 'later', expectedVersion: 0, body: { n: 1 } }]);
  expect((await read(reader)).map(({ body }) => body)).toEqual(Array.from({ length: 1_500 }, (_, n) => ({ n })));
  expect(await read(reader, others.name)).toEqual([]);
  await reader.close();
  const fresh = openEmbeddedReader({ directory });
  expect(await read(fresh)).toHaveLength(3_000);
  expect((await read(fresh))[1_400]).toEqual({ id: 'thing-01400', version: 2, body: { n: -1 } });
  await fresh.close();
  await fresh.close();
  // The store was held up by nobody.
  expect(await store.get(others, 'later')).toMatchObject({ version: 1 });
});

test('says when there is no store yet, and makes none', () => {
  const missing = join(directory, 'missing');
  expect(() => openEmbeddedReader({ directory: missing })).toThrow(
    expect.objectContaining({ code: 'STORE_NOT_FOUND' }),
  );
  expect(() => openEmbeddedReader({ directory: missing })).toThrow(`there is no store in ${missing} yet`);
});
