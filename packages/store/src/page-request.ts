import { assert } from '@referral/errors';
import { encodePrefix, holdsArray, isUnicode, maxKeyBytes } from './index-keys.ts';
import { type CursorScope, cursorScope, readCursor } from './page-cursor.ts';
import type { IndexSpec, PageOptions } from './store.ts';

const maxPageSize = 1_000;

interface Indexed<Index> {
  readonly name: string;
  readonly lineage: string;
  readonly indexes: readonly Index[];
}

/** The options of a page, checked. */
export interface PageRequest<Index> {
  readonly index: Index;
  /** The text that the keys of all entries of this page start with. */
  readonly prefix: string;
  /** Whether the prefix has a value for every key of the index. */
  readonly isWholeKey: boolean;
  /** No entry has such a prefix: the page is empty. */
  readonly isImpossible: boolean;
  readonly scope: CursorScope;
  /** The page begins behind this entry. */
  readonly behind: string | undefined;
}

/** @throws AssertionFailure for options that the declaration does not allow @throws InvalidCursorError */
export function readPageRequest<Index extends { readonly spec: IndexSpec }>(
  collection: Indexed<Index>,
  { index: name, prefix: values, direction, limit, cursor }: PageOptions,
): PageRequest<Index> {
  const index = collection.indexes.find(({ spec }) => spec.name === name);
  assert(index, `${collection.name} has no index ${name}`);
  assertPageSize(limit);
  const { keys } = index.spec;
  assert(values.length <= keys.length, `index ${name} has fewer keys than this prefix`);
  const prefix = encodePrefix(values);
  const scope = cursorScope([collection.lineage, name, keys, direction], prefix);
  return {
    index,
    prefix,
    isWholeKey: values.length === keys.length,
    isImpossible: Buffer.byteLength(prefix) > maxKeyBytes || !isUnicode(prefix),
    scope,
    behind: cursor === undefined ? undefined : readCursor(scope, cursor),
  };
}

export function assertPageSize(limit: number): void {
  assert(Number.isInteger(limit) && limit >= 1 && limit <= maxPageSize, `a page has 1 to ${maxPageSize} documents`);
}

/** A document with several entries has its one place on a page only where they differ in nothing but the named element. */
export function assertSingleEntry(spec: IndexSpec, isWholeKey: boolean, body: unknown): void {
  assert(isWholeKey || !holdsArray(spec, body), `index ${spec.name} holds arrays: its pages name all of its keys`);
}
