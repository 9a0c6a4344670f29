import { assert } from '@referral/errors';
import { asBinary } from 'lmdb';
import { documentKey, entryKeys, type Index, type PreparedCollection } from './embedded-collections.ts';
import { assertStorable, bodyJson } from './planned-change.ts';
import type { Change, Outcome } from './store.ts';

/** A change with everything worked out that can be before the transaction: what must be refused has been refused. */
export interface Write {
  readonly collection: PreparedCollection;
  readonly id: string;
  readonly key: Buffer;
  readonly expectedVersion: number;
  readonly json: Buffer;
  /** Of the document's entries, per index of the collection. */
  readonly entryKeys: readonly (readonly string[])[];
}

/** @throws AssertionFailure for a change that the engine cannot take */
export function planWrite(collection: PreparedCollection, change: Change): Write {
  assertStorable(change);
  const { id, expectedVersion, body } = change;
  const json = bodyJson(change);
  const keys = collection.indexes.map(({ spec }) => entryKeys(spec, id, body));
  return { collection, id, key: documentKey(id), expectedVersion, json, entryKeys: keys };
}

/** Runs inside a write transaction. Writes all of the change or, unless it is `ok`, nothing. */
export function applyWrite({ collection, id, key, expectedVersion, json, entryKeys: keysAfter }: Write): Outcome {
  const { documents, indexes, life } = collection;
  assert(!life.isOver, `collection ${collection.name} was dropped`);
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
  return indexes.map(({ spec }) => entryKeys(spec, id, body));
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
