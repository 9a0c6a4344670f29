import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { OperationalError } from '@referral/errors';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { StoreReader } from './reader.ts';
import type { Document } from './store.ts';

/** How many documents are read before other work gets its turn. */
const pageSize = 1_000;
const maxDatabases = 1_024;

/**
 * Reads the embedded store in `directory` while the process that it belongs to goes on writing. Everything comes from one
 * snapshot, of the moment of opening; while it is open, the store's file grows instead of using its pages again.
 * @throws OperationalError `STORE_NOT_FOUND` when there is no store yet, `STORE_UNAVAILABLE` when it cannot be opened
 */
export function openEmbeddedReader({ directory }: { directory: string }): StoreReader {
  if (!existsSync(join(directory, 'data.mdb'))) {
    throw new OperationalError('STORE_NOT_FOUND', `there is no store in ${directory} yet`);
  }
  const environment = openReadOnly(directory);
  // Before the snapshot is taken: it knows no database that is opened later.
  const collections = openCollections(environment);
  const snapshot = environment.useReadTransaction();
  let closed: Promise<void> | undefined;

  async function* documents(collection: string): AsyncGenerator<Document<unknown>> {
    const stored = collections.get(collection);
    if (!stored) return;
    let behind: Buffer | undefined;
    for (;;) {
      const from = behind === undefined ? {} : { start: behind, exclusiveStart: true };
      const page = [...stored.getRange({ ...from, limit: pageSize, versions: true, transaction: snapshot })];
      for (const { key, value, version = 0 } of page) yield { id: key.toString(), version, body: value };
      behind = page.at(-1)?.key;
      if (page.length < pageSize) return;
      await setImmediate();
    }
  }

  return {
    documents,
    close() {
      closed ??= (async () => {
        snapshot.done();
        await environment.close();
      })();
      return closed;
    },
  };
}

function openReadOnly(path: string): RootDatabase {
  try {
    return open({ path, noSubdir: false, readOnly: true, maxDbs: maxDatabases });
  } catch (error) {
    throw new OperationalError('STORE_UNAVAILABLE', `the store in ${path} could not be opened`, error);
  }
}

type Documents = Database<unknown, Buffer>;

/** The databases of an environment stand in its root by their names. */
function openCollections(environment: RootDatabase): ReadonlyMap<string, Documents> {
  const collections = new Map<string, Documents>();
  const suffix = '/documents';
  // Read to the end first: no database can be opened while a read is under way.
  for (const name of [...environment.getKeys()]) {
    if (typeof name !== 'string' || !name.endsWith(suffix)) continue;
    const options = { name, keyEncoding: 'binary', encoding: 'json', useVersions: true } as const;
    collections.set(name.slice(0, -suffix.length), environment.openDB(options));
  }
  return collections;
}
