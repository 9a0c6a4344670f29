import { assert } from '@referral/errors';
import { type PreparedCollection, readDocument } from './embedded-collections.ts';
import { behindPrefix } from './index-keys.ts';
import { writeCursor } from './page-cursor.ts';
import { assertPageSize, assertSingleEntry, readPageRequest } from './page-request.ts';
import type { Document, Page, PageOptions, ScanOptions } from './store.ts';

/** One page, from one snapshot. @throws InvalidCursorError */
export function readPage<Body>(collection: PreparedCollection, options: PageOptions): Page<Body> {
  const { direction, limit } = options;
  const { index, prefix, isWholeKey, isImpossible, scope, behind } = readPageRequest(collection, options);
  if (isImpossible) return { items: [] };

  const items: Document<Body>[] = [];
  let last = '';
  for (const { key, value: id } of index.entries.getRange(entriesFrom(prefix, direction, behind))) {
    if (items.length === limit) return { items, nextCursor: writeCursor(scope, last) };
    const document = readDocument<Body>(collection, id);
    assert(document, `index ${index.spec.name} points to ${id}, which is not there`);
    assertSingleEntry(index.spec, isWholeKey, document.body);
    items.push(document);
    last = key.toString();
  }
  return { items };
}

/** One page by id, from one snapshot. */
export function readScan<Body>({ documents }: PreparedCollection, { after, limit }: ScanOptions): Document<Body>[] {
  assertPageSize(limit);
  const from = after ? { start: Buffer.from(after), exclusiveStart: true } : {};
  const entries = [...documents.getRange({ ...from, limit, versions: true })];
  return entries.map(({ key, value, version = 0 }) => ({ id: key.toString(), version, body: value as Body }));
}

function entriesFrom(prefix: string, direction: PageOptions['direction'], behind: string | undefined) {
  const low = prefix || '\0';
  const high = behindPrefix(prefix);
  const start = Buffer.from(behind ?? (direction === 'ascending' ? low : high));
  const exclusiveStart = behind !== undefined;
  return direction === 'ascending'
    ? { start, end: Buffer.from(high), exclusiveStart }
    : { start, end: Buffer.from(low), exclusiveStart, inclusiveEnd: true, reverse: true };
}
