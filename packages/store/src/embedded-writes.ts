import { assert } from '@referral/errors';
import { asBinary } from 'lmdb';
import { documentKey, type Index, isStorable, type PreparedCollection } from './embedded-collections.ts';
import { indexKeys, maxKeyBytes } from './index-keys.ts';
import type { Change, Outcome } from './store.ts';

/** As MongoDB's, so that what one engine takes the other takes too. */
const maxDocumentBytes = 16 * 1024 * 1024;

/** A change with everything worked out that can be before the transaction: what must be refused has been refused. */
export interface Write {
  readonly collection: PreparedCollection;
  readonly id: string;
  readonly key: Buffer;
  readonly expectedVersion: number;
  readonly json: Buffer;
  /** Of the document's entries, per index of the collection. */
  readonly indexKeys: readonly (readonly string[])[];
}

/** @throws AssertionFailure for a change that the engine cannot take */
export function planWrite(collection: PreparedCollection, { id, expectedVersion, body }: Change): Write {
  const key = documentKey(id);
  assert(isStorable(key, id), `the id of a document is Unicode text of 1 to ${maxKeyBytes} bytes`);
  assert(Number.isSafeInteger(expectedVersion) && expectedVersion >= 0, `${id} cannot be at that version`);
  const text = JSON.stringify(body);
  assert(text !== undefined, `the body of ${id} is not JSON`);
  const json = Buffer.from(text);
  assert(json.length <= maxDocumentBytes, `document ${id} is larger than ${maxDocumentBytes} bytes`);
  const keys = collection.indexes.map(({ spec }) => indexKeys(spec, id, body));
  return { collection, id, key, expectedVersion, json, indexKeys: keys };
}

export function assertDistinct(writes: readonly Write[]): void {
  const seen = new Set<string>();
  for (const { collection, id } of writes) {
    const document = `${collection.name}/${id}`;
    assert(!seen.has(document), `document ${id} stands twice in a batch`);
    seen.add(document);
  }
}

/** Runs inside a write transaction. Writes all of the change or, unless it is `ok`, nothing. */
export function applyWrite({ collection, id, key, expectedVersion, json, indexKeys: keysAfter }: Write): Outcome {
  const { documents, indexes } = collection;
  const isAsExpected = expectedVersion === 0 ? !documents.doesExist(key) : documents.doesExist(key, expectedVersion);
  if (!isAsExpected) return { status: 'stale' };
  const taken = indexes.find((index, at) => keysAfter[at]?.some((indexKey) => isTaken(index, indexKey, id)));
  if (taken) return { status: 'duplicate', index: taken.spec.name };

  const keysBefore = indexes.length > 0 ? keysOf(collection, id, key, expectedVersion) : [];
  documents.putSync(key, asBinary(json), expectedVersion + 1);
  for (const [at, index] of indexes.entries()) replaceEntries(index, id, keysBefore[at] ?? [], keysAfter[at] ?? []);
  if (indexes.length > 0) collection.writtenKeys.set(id, expectedVersion + 1, keysAfter);
  return { status: 'ok' };
}

/** Under which keys a document of this version stands in the indexes. */
function keysOf(
  { documents, indexes, writtenKeys }: PreparedCollection,
  id: string,
  key: Buffer,
  version: number,
): readonly (readonly string[])[] {
  if (version === 0) return [];
  const written = writtenKeys.get(id, version);
  if (written) return written;
  const body = documents.get(key);
  return indexes.map(({ spec }) => indexKeys(spec, id, body));
}

function isTaken({ spec, entries }: Index, indexKey: string, id: string): boolean {
  const holder = spec.unique ? entries.get(Buffer.from(indexKey)) : undefined;
  return holder !== undefined && holder !== id;
}

function replaceEntries({ entries }: Index, id: string, before: readonly string[], after: readonly string[]): void {
  const obsolete = new Set(before);
  for (const indexKey of after) {
    if (!obsolete.delete(indexKey)) entries.putSync(Buffer.from(indexKey), id);
  }
  for (const indexKey of obsolete) entries.removeSync(Buffer.from(indexKey));
}
