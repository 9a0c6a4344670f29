import { AssertionFailure, assert } from '@referral/errors';
import mongoose, { type Connection, type IndexOptions, type Model, type mongo } from 'mongoose';
import type { Collection, IndexSpec } from '../store.ts';
import { codes, hasCode } from './mongo-errors.ts';
import { memberOf, type StoredDocument } from './stored-document.ts';

/** Serves the filter of a change, and costs every insert. Their names are none of a declared index. */
export const versionIndex = 'store.version';
/** Keeps an update from inserting what it does not find. */
export const missingIndex = 'store.missing';

const mixed = mongoose.Schema.Types.Mixed;

/**
 * The declaration as mongoose has it. Indexes are named after the member they are on, so that one that becomes unique is
 * another.
 */
export function modelOf(connection: Connection, collection: Collection<unknown>): Model<StoredDocument> {
  const { name, indexes, writtenOnce = false } = collection;
  const schema = new mongoose.Schema<StoredDocument>(
    { _id: String, version: Number, body: mixed, keys: mixed, unique: mixed },
    { collection: name, versionKey: false },
  );
  const declare = (keys: Record<string, 1>, options: IndexOptions) =>
    schema.index(keys, { ...options, background: false });
  if (!writtenOnce) declare({ _id: 1, version: 1 }, { name: versionIndex, unique: true });
  declare({ missing: 1 }, { name: missingIndex, unique: true, sparse: true });
  for (const spec of indexes) {
    const field = fieldOf(spec);
    if (spec.unique) declare({ [field]: 1 }, { name: field, unique: true, sparse: true });
    else declare({ [field]: 1, _id: 1 }, { name: field });
  }
  if (connection.models[name]) connection.deleteModel(name);
  return connection.model<StoredDocument>(name, schema);
}

export function fieldOf(spec: IndexSpec): string {
  return `${spec.unique ? 'unique' : 'keys'}.${memberOf(spec)}`;
}

/**
 * Creates what is missing and makes sure that everything is there: without a unique index, two would be `ok` where one is.
 * @throws AssertionFailure when it is not
 */
export async function ensureIndexes(
  documents: mongo.Collection<StoredDocument>,
  { schema }: Model<StoredDocument>,
): Promise<void> {
  const declared = schema.indexes().map(([key, { name, unique, sparse = false }]) => ({
    name: String(name),
    key: Object.fromEntries(Object.keys(key).map((path) => [path, 1])),
    unique: Boolean(unique),
    sparse,
  }));
  const missing = missingAmong(declared, await readIndexes(documents), documents.collectionName);
  if (missing.length === 0) return;
  try {
    await documents.createIndexes(missing);
  } catch (error) {
    if (!hasCode(error, [codes.indexOptionsConflict, codes.indexKeySpecsConflict, codes.duplicateKey])) throw error;
    throw new AssertionFailure(`${documents.collectionName} cannot be indexed: ${error.message}`, { cause: error });
  }
  const [absent] = missingAmong(missing, await readIndexes(documents), documents.collectionName);
  assert(!absent, `index ${absent?.name} of ${documents.collectionName} was created and is not there`);
}

interface ServerIndex {
  readonly name: string;
  readonly key: object;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly partialFilterExpression?: unknown;
  readonly collation?: unknown;
}

async function readIndexes(documents: mongo.Collection<StoredDocument>): Promise<readonly ServerIndex[]> {
  try {
    return await documents.listIndexes().toArray();
  } catch (error) {
    if (hasCode(error, [codes.namespaceNotFound])) return [];
    throw error;
  }
}

function missingAmong<Declared extends ServerIndex>(
  declared: readonly Declared[],
  existing: readonly ServerIndex[],
  collection: string,
): Declared[] {
  return declared.filter((index) => {
    const namesakes = existing.filter(({ name }) => name === index.name);
    for (const other of namesakes) {
      const message = `index ${index.name} of ${collection} is ${definition(other)}, not ${definition(index)}: drop it first`;
      assert(definition(other) === definition(index), message);
    }
    return namesakes.length === 0;
  });
}

function definition({ key, unique = false, sparse = false, partialFilterExpression, collation }: ServerIndex): string {
  return JSON.stringify({ key, unique, sparse, partialFilterExpression, collation });
}
