import { assert } from '@referral/errors';
import { type Database, open, type RootDatabase } from 'lmdb';
import { assertDeclaration, isSameIndex } from './declaration.ts';
import { entryKey, valueKeys } from './index-keys.ts';
import { isStorableId } from './planned-change.ts';
import type { Collection, Document, IndexSpec } from './store.ts';

/** Documents as JSON text by id, the version in front of it. */
type Documents = Database<unknown, Buffer>;

export interface Index {
  readonly spec: IndexSpec;
  /** From an entry's key to the id of its document. */
  readonly entries: Database<string, Buffer>;
}

export interface PreparedCollection {
  readonly name: string;
  readonly lineage: string;
  readonly documents: Documents;
  readonly indexes: readonly Index[];
  readonly writtenKeys: WrittenKeys;
  /** Shared by all that was ever prepared under this name, until it is dropped. */
  readonly life: Life;
}

interface Life {
  isOver: boolean;
}

/**
 * The index keys of documents that were written lately, so that the next change need not read the body that it replaces.
 * A memory of bounded size, trusted only for the very version that it was made of; this process is the only writer.
 */
class WrittenKeys {
  readonly #byId = new Map<string, { version: number; keys: readonly (readonly string[])[] }>();

  get(id: string, version: number): readonly (readonly string[])[] | undefined {
    const written = this.#byId.get(id);
    return written?.version === version ? written.keys : undefined;
  }

  set(id: string, version: number, keys: readonly (readonly string[])[]): void {
    this.#byId.delete(id);
    this.#byId.set(id, { version, keys });
    if (this.#byId.size <= maxWrittenKeys) return;
    const oldest = this.#byId.keys().next();
    if (!oldest.done) this.#byId.delete(oldest.value);
  }
}

const maxWrittenKeys = 5_000;

/** The databases of one folder: documents and indexes of each collection, and what the indexes were built from. */
export interface Environment {
  readonly root: RootDatabase;
  readonly builtIndexes: Database<readonly IndexSpec[], string>;
}

const maxDatabases = 1_024;

export function openEnvironment(directory: string): Environment {
  const root = open({
    path: directory,
    noSubdir: false,
    maxDbs: maxDatabases,
    // A commit is resolved and visible when it is on disk, not before. With either of these left on, a failing disk
    // leaves promises of the engine for ever pending, or rejected where nobody can catch them.
    overlappingSync: false,
    eventTurnBatching: false,
  });
  return { root, builtIndexes: root.openDB({ name: 'built-indexes', encoding: 'json' }) };
}

/**
 * Opens a collection. Indexes that are new, or were built from another spec, are built from the documents in the same
 * transaction that records them; those that are no longer declared are emptied, since nothing keeps them up to date.
 */
export function prepareCollection(
  environment: Environment,
  collection: Collection<unknown>,
  before?: PreparedCollection,
): PreparedCollection {
  assertDeclaration(collection);
  const { root, builtIndexes } = environment;
  const { name, lineage = name } = collection;
  const documents = openDocuments(root, name);
  const openIndex = (spec: IndexSpec): Index => ({ spec, entries: openEntries(root, name, spec) });
  const indexes = collection.indexes.map(openIndex);
  const life = before?.life ?? { isOver: false };
  const prepared = { name, lineage, documents, indexes, writtenKeys: new WrittenKeys(), life };

  const built = builtIndexes.get(name) ?? [];
  const toBuild = prepared.indexes.filter(({ spec }) => !built.some((other) => isSameIndex(spec, other)));
  const obsolete = built.filter((spec) => !collection.indexes.some((other) => isSameIndex(spec, other))).map(openIndex);
  if (toBuild.length === 0 && obsolete.length === 0) return prepared;
  root.transactionSync(() => {
    for (const { entries } of obsolete) entries.clearSync();
    for (const index of toBuild) buildIndex(index, documents);
    builtIndexes.putSync(name, collection.indexes);
  });
  return prepared;
}

/**
 * Removes collections, of which some may be prepared, in one transaction. It waits for the one under way; whatever was
 * planned before finds that their life is over.
 */
export function dropCollections(
  { root, builtIndexes }: Environment,
  collections: readonly Collection<unknown>[],
  prepared: ReadonlyMap<string, PreparedCollection>,
): void {
  const databases = collections.flatMap(({ name, indexes }) => {
    const specs = new Map([...(builtIndexes.get(name) ?? []), ...indexes].map((spec) => [spec.name, spec]));
    return [openDocuments(root, name), ...[...specs.values()].map((spec) => openEntries(root, name, spec))];
  });
  root.transactionSync(() => {
    for (const database of databases) database.dropSync();
    for (const { name } of collections) builtIndexes.removeSync(name);
  });
  for (const { name } of collections) {
    const life = prepared.get(name)?.life;
    if (life) life.isOver = true;
  }
}

function openDocuments(root: RootDatabase, name: string): Documents {
  return root.openDB({ name: `${name}/documents`, keyEncoding: 'binary', encoding: 'json', useVersions: true });
}

function openEntries(root: RootDatabase, name: string, spec: IndexSpec): Index['entries'] {
  return root.openDB({ name: `${name}/index/${spec.name}`, keyEncoding: 'binary', encoding: 'string' });
}

/** The body is a fresh object. */
export function readDocument<Body>({ documents }: PreparedCollection, id: string): Document<Body> | undefined {
  const entry = isStorableId(id) ? documents.getEntry(documentKey(id)) : undefined;
  if (entry?.version === undefined) return undefined;
  return { id, version: entry.version, body: entry.value as Body };
}

export function documentKey(id: string): Buffer {
  return Buffer.from(id);
}

/** The keys of all entries that a document has in an index. @throws AssertionFailure for what cannot be indexed */
export function entryKeys(spec: IndexSpec, id: string, body: unknown): readonly string[] {
  return valueKeys(spec, id, body).keys.map((key) => entryKey(spec, key, id));
}

function buildIndex({ spec, entries }: Index, documents: Documents): void {
  for (const { key, value } of documents.getRange()) {
    const id = key.toString();
    for (const indexKey of entryKeys(spec, id, value)) {
      const entry = Buffer.from(indexKey);
      const holder = spec.unique ? entries.get(entry) : undefined;
      assert(holder === undefined, `${holder} and ${id} have the same key in the unique index ${spec.name}`);
      entries.putSync(entry, id);
    }
  }
}
