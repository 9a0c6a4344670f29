/**
 * The document port. Its comments are the contract; `store.contract.ts` holds every engine to it.
 * One document is the unit of atomicity. There are no transactions over several, no ad-hoc filters, and nothing reads on
 * beyond a page.
 */

export type IndexValue = string | number | boolean;

export interface IndexSpec {
  readonly name: string;
  /**
   * Paths into the body (`tenant_id`, `counters.converted`). A document whose value at any path is absent or null is not
   * in this index. At most one path may lead to an array: then there is one entry per distinct element (none when empty),
   * and a page names the element, with all other keys.
   * Strings sort by code point, numbers by value; within equal keys, by document id.
   */
  readonly keys: readonly string[];
  /** At most one document per key. Unique indexes hold no arrays. */
  readonly unique?: boolean;
}

/**
 * Declared once, as plain data. `Body` is plain JSON of at most 15 MB: what is read is what JSON would give back, whatever
 * its members are called.
 */
export interface Collection<Body> {
  readonly name: string;
  readonly indexes: readonly IndexSpec[];
  /** As a rule no document is changed after its insert. Changes stay right, but need not be quick. */
  readonly writtenOnce?: boolean;
  /**
   * Collections of one lineage take each other's cursors: of one that takes another's place, with the same indexes and ids.
   * Default: the name.
   */
  readonly lineage?: string;
  /** Never set: carries the type of the body. */
  readonly body?: Body;
}

export interface Document<Body> {
  readonly id: string;
  /** 1 after the insert, one more after each change. */
  readonly version: number;
  readonly body: Body;
}

export interface Change<Body = unknown> {
  readonly collection: Collection<Body>;
  readonly id: string;
  /** The version that this change was decided on. 0: the document must not exist. */
  readonly expectedVersion: number;
  /** Replaces the whole body. */
  readonly body: Body;
}

export type Outcome =
  | { readonly status: 'ok' }
  /** The document is at another version than expected. Nothing was written for this change. */
  | { readonly status: 'stale' }
  /** Another document holds this key of a unique index. Nothing was written for this change. */
  | { readonly status: 'duplicate'; readonly index: string };

export interface PageOptions {
  readonly index: string;
  /** Values of the index's first keys: all of them, some, or none. All where the index holds an array. */
  readonly prefix: readonly IndexValue[];
  readonly direction: 'ascending' | 'descending';
  /** 1 to 1,000. */
  readonly limit: number;
  /** `nextCursor` of the page before. Opaque; stays valid while documents come and go. */
  readonly cursor?: string;
}

export interface ScanOptions {
  /** Only documents with greater ids. Default: from the first one on. */
  readonly after?: string;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface Page<Body> {
  readonly items: readonly Document<Body>[];
  /** Present when there may be more. */
  readonly nextCursor?: string;
}

export interface Store {
  /** Makes the collections and their indexes ready; called before anything else. Safe to repeat. */
  prepare(collections: readonly Collection<unknown>[]): Promise<void>;
  get<Body>(collection: Collection<Body>, id: string): Promise<Document<Body> | undefined>;
  /** One round trip; what does not exist is not in the map. */
  getMany<Body>(collection: Collection<Body>, ids: Iterable<string>): Promise<Map<string, Document<Body>>>;
  /**
   * One round trip. Each change succeeds or fails by itself; outcomes come in the order of the changes. Resolves when all
   * that succeeded is durable and visible to every reader. A batch may hold one change per document.
   * @throws OperationalError `STORE_UNAVAILABLE`: some changes may have been written; read again, then decide again.
   * @throws AssertionFailure when a document or key is too large for the engine, an id or key cannot be stored (empty id,
   * half a surrogate pair, a value that is no `IndexValue`), or a document stands twice in a batch. Nothing was written.
   */
  commit(changes: readonly Change[]): Promise<Outcome[]>;
  /**
   * Documents in index order. Under concurrent writes every document whose key in the index stays the same is seen exactly
   * once.
   * @throws InvalidCursorError for a cursor that this index and prefix never gave out
   * @throws AssertionFailure for an index that was not declared, a limit out of bounds, or a prefix that leaves keys open
   * where the index holds an array
   */
  page<Body>(collection: Collection<Body>, options: PageOptions): Promise<Page<Body>>;
  /**
   * Documents by id, of which ASCII sorts by its codes, and what lies beyond as the engine has it: for whoever has to go
   * through all of them, to make something anew; what requests ask for has an index. There may be more when there are `limit`
   * of them. Going on behind the last id until there are fewer, under concurrent writes, every document that was there at the
   * start is seen exactly once.
   * @throws AssertionFailure for a limit out of bounds
   */
  scan<Body>(collection: Collection<Body>, options: ScanOptions): Promise<readonly Document<Body>[]>;
  /**
   * Removes collections with their documents and indexes; one that is not there is no failure, so that it is safe to repeat.
   * Here they are as if they had never been prepared, and may be prepared again. Whoever still uses them in another process
   * may find nothing, or fail, or leave something behind.
   */
  drop(collections: readonly Collection<unknown>[]): Promise<void>;
  /** Waits for what is under way, then releases the engine. Safe to call twice. */
  close(): Promise<void>;
}

/** A caller sent a cursor that is not one of ours: a bad request, not a failure. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
}

/** Declares a collection; the type of its bodies goes with it. */
export function defineCollection<Body>(
  name: string,
  indexes: readonly IndexSpec[] = [],
  options: Pick<Collection<Body>, 'writtenOnce'> = {},
): Collection<Body> {
  return { name, indexes, ...options };
}
