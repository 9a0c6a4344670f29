import { assert, OperationalError } from '@referral/errors';
import {
  dropCollections,
  type Environment,
  openEnvironment,
  type PreparedCollection,
  prepareCollection,
  readDocument,
} from './embedded-collections.ts';
import { readPage, readScan } from './embedded-pages.ts';
import { applyWrite, planWrite } from './embedded-writes.ts';
import { assertDistinct } from './planned-change.ts';
import type { Change, Collection, Document, Outcome, Page, PageOptions, ScanOptions, Store } from './store.ts';

/**
 * The store for a single process: documents and indexes in LMDB under `directory`, which is created when it is missing.
 * Reads are answered from memory-mapped pages; commits that are under way at the same time share one write to the disk.
 * @throws OperationalError `STORE_UNAVAILABLE` when the folder cannot be opened
 */
export function openEmbeddedStore({ directory }: { directory: string }): Store {
  return new EmbeddedStore(withEngine(() => openEnvironment(directory)));
}

class EmbeddedStore implements Store {
  readonly #environment: Environment;
  readonly #collections = new Map<string, PreparedCollection>();
  #closed: Promise<void> | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  async prepare(collections: readonly Collection<unknown>[]): Promise<void> {
    this.#assertOpen();
    for (const collection of collections) {
      const before = this.#collections.get(collection.name);
      const prepared = withEngine(() => prepareCollection(this.#environment, collection, before));
      this.#collections.set(collection.name, prepared);
    }
  }

  async get<Body>(collection: Collection<Body>, id: string): Promise<Document<Body> | undefined> {
    const prepared = this.#prepared(collection);
    return withEngine(() => readDocument<Body>(prepared, id));
  }

  async getMany<Body>(collection: Collection<Body>, ids: Iterable<string>): Promise<Map<string, Document<Body>>> {
    const prepared = this.#prepared(collection);
    const found = new Map<string, Document<Body>>();
    withEngine(() => {
      for (const id of ids) {
        const document = readDocument<Body>(prepared, id);
        if (document) found.set(id, document);
      }
    });
    return found;
  }

  async commit(changes: readonly Change[]): Promise<Outcome[]> {
    const writes = changes.map((change) => planWrite(this.#prepared(change.collection), change));
    assertDistinct(changes);
    if (writes.length === 0) return [];
    // A child, because LMDB keeps what was already put when the function of a plain transaction throws.
    try {
      return await this.#environment.root.childTransaction(() => writes.map(applyWrite));
    } catch (error) {
      throw await asOperational(error);
    }
  }

  async page<Body>(collection: Collection<Body>, options: PageOptions): Promise<Page<Body>> {
    const prepared = this.#prepared(collection);
    return withEngine(() => readPage<Body>(prepared, options));
  }

  async scan<Body>(collection: Collection<Body>, options: ScanOptions): Promise<readonly Document<Body>[]> {
    const prepared = this.#prepared(collection);
    return withEngine(() => readScan<Body>(prepared, options));
  }

  async drop(collections: readonly Collection<unknown>[]): Promise<void> {
    this.#assertOpen();
    withEngine(() => dropCollections(this.#environment, collections, this.#collections));
    for (const { name } of collections) this.#collections.delete(name);
  }

  close(): Promise<void> {
    this.#closed ??= this.#environment.root.close();
    return this.#closed;
  }

  #prepared(collection: Collection<unknown>): PreparedCollection {
    this.#assertOpen();
    const prepared = this.#collections.get(collection.name);
    assert(prepared, `collection ${collection.name} was not prepared`);
    return prepared;
  }

  #assertOpen(): void {
    if (this.#closed) throw new OperationalError('STORE_UNAVAILABLE', 'the store is closed');
  }
}

function withEngine<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isEngineError(error)) throw unavailable(error);
    throw error;
  }
}

/** A commit that failed on the disk rejects with a promise of the reason, which has to be awaited to count as handled. */
async function asOperational(error: unknown): Promise<unknown> {
  if (isObject(error) && 'commitError' in error)
    return Promise.resolve(error.commitError).then(unavailable, unavailable);
  return isEngineError(error) ? unavailable(error) : error;
}

/** LMDB's errors carry its numeric code, the file system's a number of theirs. */
function isEngineError(error: unknown): boolean {
  return isObject(error) && (('code' in error && typeof error.code === 'number') || 'errno' in error);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function unavailable(cause: unknown): OperationalError {
  return new OperationalError('STORE_UNAVAILABLE', 'the embedded store failed', cause);
}
