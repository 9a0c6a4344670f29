import { assert } from '@referral/errors';
import { type Index, type PreparedCollection, readDocument } from './embedded-collections.ts';
import { behindPrefix, encodePrefix, indexKeys, isUnicode, maxKeyBytes } from './index-keys.ts';
import { cursorScope, readCursor, writeCursor } from './page-cursor.ts';
import type { Document, Page, PageOptions } from './store.ts';

const maxPageSize = 1_000;

type Direction = PageOptions['direction'];

/** One page, from one snapshot. @throws InvalidCursorError */
export function readPage<Body>(collection: PreparedCollection, options: PageOptions): Page<Body> {
  const { direction, limit, cursor } = options;
  const index = collection.indexes.find(({ spec }) => spec.name === options.index);
  assert(index, `${collection.name} has no index ${options.index}`);
  assert(Number.isInteger(limit) && limit >= 1 && limit <= maxPageSize, `a page has 1 to ${maxPageSize} documents`);
  assert(options.prefix.length <= index.spec.keys.length, `index ${index.spec.name} has fewer keys than this prefix`);
  const prefix = encodePrefix(options.prefix);
  const scope = cursorScope([collection.name, index.spec.name, index.spec.keys, direction], prefix);
  const continueBehind = cursor === undefined ? undefined : readCursor(scope, cursor);
  if (Buffer.byteLength(prefix) > maxKeyBytes || !isUnicode(prefix)) return { items: [] };

  const items: Document<Body>[] = [];
  let last = '';
  for (const { key, value: id } of index.entries.getRange(entriesFrom(prefix, direction, continueBehind))) {
    if (items.length === limit) return { items, nextCursor: writeCursor(scope, last) };
    const document = readDocument<Body>(collection, id);
    assert(document, `index ${index.spec.name} points to ${id}, which is not there`);
    if (isFirstEntry(index, document, key, prefix, direction)) items.push(document);
    last = key.toString();
  }
  return { items };
}

function entriesFrom(prefix: string, direction: Direction, continueBehind: string | undefined) {
  const low = prefix || '\0';
  const high = behindPrefix(prefix);
  const start = Buffer.from(continueBehind ?? (direction === 'ascending' ? low : high));
  const exclusiveStart = continueBehind !== undefined;
  return direction === 'ascending'
    ? { start, end: Buffer.from(high), exclusiveStart }
    : { start, end: Buffer.from(low), exclusiveStart, inclusiveEnd: true, reverse: true };
}

/** A document with an array has several entries. Where they are listed together, it is shown at the first of them. */
function isFirstEntry(
  { spec }: Index,
  { id, body }: Document<unknown>,
  key: Buffer,
  prefix: string,
  direction: Direction,
): boolean {
  const keys = spec.unique ? [] : indexKeys(spec, id, body);
  if (keys.length <= 1) return true;
  const ahead = direction === 'ascending' ? -1 : 1;
  return !keys.some((other) => other.startsWith(prefix) && Buffer.compare(Buffer.from(other), key) === ahead);
}
