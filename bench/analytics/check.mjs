import { join } from 'node:path';
import { openEmbeddedReader } from '../../packages/store/dist/embedded-reader.js';
import { openEmbeddedStore } from '../../packages/store/dist/index.js';
import { collections, generational } from '../../services/analytics/dist/collections.js';
import { inFolder } from '../baselines.mjs';
import { referralAt } from './history.mjs';
import { consume, writeState } from './state.mjs';

/** Holds the written state against what the service makes of the same events. @throws when they differ */
export async function checkState(size) {
  return inFolder(async (folder) => {
    const [written, consumed] = [join(folder, 'written'), join(folder, 'consumed')];
    await inStore(written, (store) => writeState(store, size));
    await inStore(consumed, (store) =>
      consume(
        store,
        Array.from({ length: size }, (_, n) => referralAt(n, size)),
      ),
    );
    const [expected, actual] = [await read(consumed), await read(written)];
    const differing = [...expected].filter(([id, text]) => actual.get(id) !== text);
    if (differing.length > 0 || expected.size !== actual.size) {
      throw new Error(`the written state is not what events come to: ${JSON.stringify(differing.slice(0, 3))}`);
    }
    return expected.size;
  });
}

async function inStore(directory, work) {
  const store = openEmbeddedStore({ directory });
  await store.prepare([...collections, ...generational]);
  await work(store);
  await store.close();
}

/** Without what says how it came about: which facts a fold has just absorbed, and how often it was written. */
async function read(directory) {
  const reader = openEmbeddedReader({ directory });
  const documents = new Map();
  for (const name of ['analytics.folds', 'analytics.facts']) {
    for await (const { id, body } of reader.documents(name)) {
      const { absorbed: _, counters, ...rest } = body;
      if (rest.kind === 'standing') delete rest.revision;
      const counted = Object.entries(counters ?? {}).filter(([, value]) => value !== 0);
      documents.set(`${name} ${id}`, JSON.stringify([sorted(rest), counted.sort()]));
    }
  }
  await reader.close();
  return documents;
}

function sorted(value) {
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([name, inner]) => [name, sorted(inner)])
    .sort();
}
