import { assert, OperationalError } from '@referral/errors';
import type { Connection } from 'mongoose';
import { assertDistinct, isStorableId } from '../planned-change.ts';
import type { Change, Collection, Document, Outcome, Page, PageOptions, ScanOptions, Store } from '../store.ts';
import { dropCollection, type PreparedCollection, prepareCollection } from './mongo-collections.ts';
import { connect, type MongoStoreOptions } from './mongo-connection.ts';
import { asStoreError } from './mongo-errors.ts';
import { readPage, readScan } from './mongo-pages.ts';
import { commitWrites, planWrite } from './mongo-writes.ts';
import { asDocument, documentMembers } from './stored-document.ts';

/**
 * The store for any number of processes: documents in MongoDB, through mongoose. While the server is away every call
 * fails within the time-outs, and works again when it is back.
 *
 * A write whose answer was lost fails as unavailable even if it was applied; whoever repeats it finds it `stale`, reads
 * again, and sees that it was theirs.
 * @throws OperationalError `STORE_UNAVAILABLE` when no server answers
 */
export async function openMongoStore(options: MongoStoreOptions): Promise<Store> {
  return new MongoStore(await translated(connect(options)));
}

class MongoStore implements Store {
  readonly #connection: Connection;
  readonly #collections = new Map<string, PreparedCollection>();
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  prepare(collections: readonly Collection<unknown>[]): Promise<void> {
    return this.#run(async () => {
      for (const collection of collections) {
        this.#collections.set(collection.name, await prepareCollection(this.#connection, collection));
      }
    });
  }

  get<Body>(collection: Collection<Body>, id: string): Promise<Document<Body> | undefined> {
    return this.#run(async () => {
      const { documents } = this.#prepared(collection);
      if (!isStorableId(id)) return undefined;
      const stored = await documents.findOne({ _id: id }, { projection: documentMembers });
      return stored ? asDocument<Body>(stored) : undefined;
    });
  }

  getMany<Body>(collection: Collection<Body>, ids: Iterable<string>): Promise<Map<string, Document<Body>>> {
    return this.#run(async () => {
      const { documents } = this.#prepared(collection);
      const wanted = [...new Set(ids)].filter(isStorableId);
      if (wanted.length === 0) return new Map();
      const options = { projection: documentMembers, batchSize: wanted.length + 1 };
      const found = await documents.find({ _id: { $in: wanted } }, options).toArray();
      return new Map(found.map((stored) => [stored._id, asDocument<Body>(stored)]));
    });
  }

  commit(changes: readonly Change[]): Promise<Outcome[]> {
    return this.#run(async () => {
      const writes = changes.map((change) => planWrite(this.#prepared(change.collection), change));
      assertDistinct(changes);
      return commitWrites(writes);
    });
  }

  page<Body>(collection: Collection<Body>, options: PageOptions): Promise<Page<Body>> {
    return this.#run(async () => readPage<Body>(this.#prepared(collection), options));
  }

  scan<Body>(collection: Collection<Body>, options: ScanOptions): Promise<readonly Document<Body>[]> {
    return this.#run(async () => readScan<Body>(this.#prepared(collection), options));
  }

  drop(collections: readonly Collection<unknown>[]): Promise<void> {
    return this.#run(async () => {
      for (const collection of collections) {
        this.#collections.delete(collection.name);
        await dropCollection(this.#connection, collection);
      }
    });
  }

  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#underWay).then(() => translated(this.#connection.destroy()));
    return this.#closed;
  }

  #prepared(collection: Collection<unknown>): PreparedCollection {
    const prepared = this.#collections.get(collection.name);
    assert(prepared, `collection ${collection.name} was not prepared`);
    return prepared;
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new OperationalError('STORE_UNAVAILABLE', 'the store is closed');
    const running = translated(work());
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asStoreError(error);
  }
}
