import { isDeepStrictEqual } from 'node:util';
import { AssertionFailure } from '@referral/errors';
import type { mongo } from 'mongoose';
import { isSameIndex } from '../declaration.ts';
import type { IndexSpec } from '../store.ts';
import { collidingIndex } from './mongo-errors.ts';
import { asDocument, indexedFields, type StoredDocument } from './stored-document.ts';

/** From which specs the indexed members of a collection's documents were made, of all of them. */
interface Indexed {
  readonly _id: string;
  readonly specs: readonly IndexSpec[];
}

type Documents = mongo.Collection<StoredDocument>;

const recordsOf = (db: mongo.Db) => db.collection<Indexed>('store.indexed');

/** Leaves every document with the indexed members that these specs ask for. */
export async function ensureIndexed(db: mongo.Db, documents: Documents, specs: readonly IndexSpec[]): Promise<void> {
  const records = recordsOf(db);
  const _id = documents.collectionName;
  const made = (await records.findOne({ _id }))?.specs;
  if (made?.length === specs.length && specs.every((spec) => made.some((other) => isSameIndex(spec, other)))) return;
  // Whoever fails from here on leaves no record, and the next one begins anew.
  await records.deleteOne({ _id });
  await indexAnew(documents, specs);
  const plain = specs.map(({ name, keys, unique = false }) => ({ name, keys, unique }));
  await records.updateOne({ _id }, { $set: { specs: plain } }, { upsert: true });
}

/** The next one to declare the collection begins anew. */
export async function forgetIndexed(db: mongo.Db, _id: string): Promise<void> {
  await recordsOf(db).deleteOne({ _id });
}

const batchSize = 100;

async function indexAnew(documents: Documents, specs: readonly IndexSpec[]): Promise<void> {
  for (let last = ''; ; ) {
    const batch = await documents.find({ _id: { $gt: last } }, { sort: { _id: 1 }, limit: batchSize }).toArray();
    const changes = batch.flatMap(({ keys, unique, ...stored }) => {
      const { id, version, body } = asDocument(stored);
      const fields = indexedFields(specs, id, body);
      if (isDeepStrictEqual(fields, { keys, unique })) return [];
      return { updateOne: { filter: { _id: id, version }, update: { $set: { ...fields } } } };
    });
    if (changes.length > 0) await write(documents, changes);
    const end = batch.at(-1);
    if (end === undefined) return;
    last = end._id;
  }
}

/** Only what is still at the version that was read: whoever changed a document meanwhile has indexed it. */
async function write(documents: Documents, changes: mongo.AnyBulkWriteOperation<StoredDocument>[]): Promise<void> {
  try {
    await documents.bulkWrite(changes, { ordered: false });
  } catch (error) {
    const index = error instanceof Error ? collidingIndex(error.message) : undefined;
    if (index === undefined) throw error;
    throw new AssertionFailure(`documents of ${documents.collectionName} share a key of its index ${index}`, {
      cause: error,
    });
  }
}
