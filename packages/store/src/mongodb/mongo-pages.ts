import type { mongo } from 'mongoose';
import { behindPrefix, entryKey, splitEntryKey, valueKeys } from '../index-keys.ts';
import { writeCursor } from '../page-cursor.ts';
import { assertPageSize, assertSingleEntry, type PageRequest, readPageRequest } from '../page-request.ts';
import { type Document, InvalidCursorError, type Page, type PageOptions, type ScanOptions } from '../store.ts';
import type { Index, PreparedCollection } from './mongo-collections.ts';
import { asDocument, documentMembers, keyText, type StoredDocument } from './stored-document.ts';

type Filter = mongo.Filter<StoredDocument>;

/** One page in one round trip. @throws InvalidCursorError */
export async function readPage<Body>(collection: PreparedCollection, options: PageOptions): Promise<Page<Body>> {
  const request = readPageRequest(collection, options);
  if (request.isImpossible) return { items: [] };
  const { limit, direction } = options;
  const { spec, field } = request.index;
  const order = direction === 'ascending' ? 1 : -1;
  const found = await collection.documents
    .find(filterOf(request, direction), {
      // Of one key, the index has its documents by id; the keys of an array would not even sort by the one that is named.
      sort: request.isWholeKey ? { _id: order } : spec.unique ? { [field]: order } : { [field]: order, _id: order },
      limit: limit + 1,
      batchSize: limit + 2,
      projection: documentMembers,
      hint: field,
    })
    .toArray();
  const items = found.slice(0, limit).map((stored) => asDocument<Body>(stored));
  for (const { body } of items) assertSingleEntry(spec, request.isWholeKey, body);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  return { items, nextCursor: writeCursor(request.scope, entryOf(request, last)) };
}

/** One page by id in one round trip. Ids are text; what the store keeps for itself is not, and lies outside of the range. */
export async function readScan<Body>(
  { documents }: PreparedCollection,
  { after = '', limit }: ScanOptions,
): Promise<Document<Body>[]> {
  assertPageSize(limit);
  const options = { sort: { _id: 1 }, limit, batchSize: limit + 1, projection: documentMembers } as const;
  const found = await documents.find({ _id: { $gt: after } }, options).toArray();
  return found.map((stored) => asDocument<Body>(stored));
}

/** Where a document of this page stands in the index. */
function entryOf({ index: { spec }, prefix, isWholeKey }: PageRequest<Index>, { id, body }: Document<unknown>): string {
  const [key = prefix] = isWholeKey ? [prefix] : valueKeys(spec, id, body).keys;
  return entryKey(spec, key, id);
}

function filterOf(request: PageRequest<Index>, direction: PageOptions['direction']): Filter {
  const {
    index: { spec, field },
    prefix,
    isWholeKey,
    behind,
  } = request;
  const position = behind === undefined ? undefined : splitEntryKey(spec, behind);
  if (behind !== undefined && !position) throw new InvalidCursorError('not a cursor of this list');
  const isAscending = direction === 'ascending';
  const beyond = isAscending ? '$gt' : '$lt';
  const whole = { [field]: keyText(prefix) };
  if (isWholeKey) return position ? { ...whole, _id: { [beyond]: position.id } } : whole;
  const [begin, end] = [keyText(prefix), keyText(behindPrefix(prefix))];
  if (!position) return { [field]: { $gt: begin, $lt: end } };
  const key = keyText(position.key);
  if (spec.unique) return { [field]: isAscending ? { $gt: key, $lt: end } : { $gt: begin, $lt: key } };
  // The range alone bounds one scan in the order of the page: alternatives with a range each may be read whole and sorted.
  const range = isAscending ? { $gte: key, $lt: end } : { $gt: begin, $lte: key };
  return { [field]: range, $or: [{ [field]: { [beyond]: key } }, { _id: { [beyond]: position.id } }] };
}
