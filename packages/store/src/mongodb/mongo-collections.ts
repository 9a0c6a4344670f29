import { assert } from '@referral/errors';
import type { Connection, mongo } from 'mongoose';
import { assertDeclaration } from '../declaration.ts';
import type { Collection, IndexSpec } from '../store.ts';
import { ensureIndexed, forgetIndexed } from './indexing.ts';
import { codes, hasCode, isNamespaceNotFound } from './mongo-errors.ts';
import { ensureIndexes, fieldOf, modelOf } from './mongo-indexes.ts';
import type { StoredDocument } from './stored-document.ts';

export interface Index {
  readonly spec: IndexSpec;
  /** The path in stored documents that it is on; also its name on the server. */
  readonly field: string;
}

export interface PreparedCollection {
  readonly name: string;
  readonly lineage: string;
  readonly documents: mongo.Collection<StoredDocument>;
  readonly specs: readonly IndexSpec[];
  readonly indexes: readonly Index[];
}

/**
 * Makes a collection ready: its indexes are there, as they have to be, and every document is in them. Indexes that are
 * new, or that were made from another spec, are filled from the documents; those that are no longer declared stay behind
 * without entries. Processes that declare a collection differently must not run at the same time.
 * @throws AssertionFailure when documents share a key of a unique index, or when an index is there that is not ours
 */
export async function prepareCollection(
  connection: Connection,
  collection: Collection<unknown>,
): Promise<PreparedCollection> {
  assertDeclaration(collection);
  const { db } = connection;
  assert(db, 'the store is connected');
  const { name, lineage = name, indexes: specs } = collection;
  const documents = db.collection<StoredDocument>(name);
  await ensureIndexes(documents, modelOf(connection, collection));
  await reserveMissing(db.collection<Reservation>(name));
  await ensureIndexed(db, documents, specs);
  return { name, lineage, documents, specs, indexes: specs.map((spec) => ({ spec, field: fieldOf(spec) })) };
}

/** Removes a collection; one that is not there is no failure. */
export async function dropCollection(connection: Connection, { name }: Collection<unknown>): Promise<void> {
  const { db } = connection;
  assert(db, 'the store is connected');
  await forgetIndexed(db, name);
  try {
    await db.dropCollection(name);
  } catch (error) {
    if (!isNamespaceNotFound(error)) throw error;
  }
}

/**
 * Not a document of ours (their ids are text): it holds the one place in the unique index on `missing`, where an update
 * would have to put a document that it does not find. So that fails, as it does for one at another version.
 */
interface Reservation {
  readonly _id: { readonly reserves: 'missing' };
  readonly missing: true;
}

async function reserveMissing(reservations: mongo.Collection<Reservation>): Promise<void> {
  try {
    await reservations.insertOne({ _id: { reserves: 'missing' }, missing: true });
  } catch (error) {
    if (!hasCode(error, [codes.duplicateKey])) throw error;
  }
}
