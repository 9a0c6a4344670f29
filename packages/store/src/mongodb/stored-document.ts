import { assert } from '@referral/errors';
import mongoose from 'mongoose';
import { isUnicode, valueKeys } from '../index-keys.ts';
import { bodyJson } from '../planned-change.ts';
import type { Change, Document, IndexSpec } from '../store.ts';

/** As the server keeps it. */
export interface StoredDocument extends IndexedFields {
  readonly _id: string;
  readonly version: number;
  /** The body itself or, where BSON may not give back the same, its JSON as bytes. */
  readonly body: unknown;
  /** Of no document: see `reserveMissing`. */
  readonly missing?: true;
}

/** What a body comes to in the indexes, by `memberOf`. A member is absent where the document is not in the index. */
export interface IndexedFields {
  readonly keys: Readonly<Record<string, string | readonly string[]>>;
  readonly unique: Readonly<Record<string, string>>;
}

/** With the 15 MB of a body and the filter that the driver puts around it, less than the server's 16 MB. */
const maxIndexedBytes = 900 * 1024;
const maxNativeBytes = 15 * 1024 * 1024;
/** MongoDB takes a hundred levels in all. */
const maxNativeDepth = 64;

/** What a change writes. @throws AssertionFailure for a body that cannot be stored or indexed */
export function storedFields(specs: readonly IndexSpec[], change: Change): Omit<StoredDocument, '_id'> {
  const { id, expectedVersion, body } = change;
  const isNative = sizeAtMost(body, 0) <= maxNativeBytes;
  return {
    version: expectedVersion + 1,
    body: isNative ? body : new mongoose.mongo.Binary(bodyJson(change)),
    ...indexedFields(specs, id, body),
  };
}

/** @throws AssertionFailure for a body that cannot be indexed */
export function indexedFields(specs: readonly IndexSpec[], id: string, body: unknown): IndexedFields {
  const keys: Record<string, string | readonly string[]> = {};
  const unique: Record<string, string> = {};
  let bytes = 0;
  for (const spec of specs) {
    const { keys: found, isArray } = valueKeys(spec, id, body);
    const texts = found.map(keyText);
    for (const text of texts) bytes += 2 * text.length + 16;
    const [text] = texts;
    if (text === undefined) continue;
    if (spec.unique) unique[memberOf(spec)] = text;
    else keys[memberOf(spec)] = isArray ? texts : text;
  }
  assert(bytes <= maxIndexedBytes, `the index keys of ${id} are larger than ${maxIndexedBytes} bytes`);
  return { keys, unique };
}

/** With its paths in the name, an index that is declared anew with others meets none of the keys that it had before. */
export function memberOf({ name, keys }: IndexSpec): string {
  return `${name}:${keys.join('+').replaceAll('.', '/')}`;
}

/** A key as documents hold it: a character for each byte, so that whoever compares code units compares bytes. */
export function keyText(key: string): string {
  return Buffer.from(key).toString('latin1');
}

/** The members of a stored document that `asDocument` needs. */
export const documentMembers = { version: 1, body: 1 } as const;

export function asDocument<Body>({
  _id,
  version,
  body,
}: Pick<StoredDocument, '_id' | 'version' | 'body'>): Document<Body> {
  const json = body instanceof mongoose.mongo.Binary ? JSON.parse(body.toString('utf8')) : body;
  return { id: _id, version, body: json as Body };
}

/** BSON, its tools or its readers see something else in these names. */
const unsafeName = /^(?:\$.*|__proto__|_bsontype|)$|[.\0]/s;

/**
 * How many bytes a value has at most, as BSON and as JSON. Infinite where BSON would not give back what JSON does: for
 * such names, halves of surrogate pairs, numbers that JSON has not, whatever is no plain object, or deep nesting.
 */
function sizeAtMost(value: unknown, depth: number): number {
  if (typeof value === 'string') return isUnicode(value) ? 6 * value.length + 8 : Number.POSITIVE_INFINITY;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? 25 : Number.POSITIVE_INFINITY;
  if (value === null || typeof value === 'boolean') return 5;
  if (typeof value !== 'object' || depth === maxNativeDepth) return Number.POSITIVE_INFINITY;
  let size = 8;
  if (Array.isArray(value)) {
    for (const element of value) size += 16 + sizeAtMost(element, depth + 1);
    return size;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return Number.POSITIVE_INFINITY;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (unsafeName.test(name) || !isUnicode(name)) return Number.POSITIVE_INFINITY;
    size += 6 * name.length + 4 + sizeAtMost(member, depth + 1);
  }
  return size;
}
