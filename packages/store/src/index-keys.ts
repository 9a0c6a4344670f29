/**
 * The text under which an index keeps an entry: its UTF-8 bytes compare as the values do, and no value's text runs into
 * the next one's, so that everything under a prefix of values is one range of text that starts alike.
 */
import { AssertionFailure, assert } from '@referral/errors';
import type { IndexSpec, IndexValue } from './store.ts';

/** The longest key of the engine, less the one byte that closes a range. */
export const maxKeyBytes = 1_977;

/** Types sort as MongoDB sorts them. */
const tags = { number: '1', string: '2', false: '3', true: '4' };

/** Sorts behind every key that starts with `prefix`. */
export function behindPrefix(prefix: string): string {
  return `${prefix}~`;
}

export interface ValueKeys {
  /** Distinct. One, several when a path leads to an array, or none when the document is not in the index. */
  readonly keys: readonly string[];
  readonly isArray: boolean;
}

/** What a document's values come to in an index, without its id. @throws AssertionFailure for what cannot be indexed */
export function valueKeys(spec: IndexSpec, id: string, body: unknown): ValueKeys {
  let keys: readonly string[] = [''];
  let isArray = false;
  for (const path of spec.keys) {
    const found = valueAt(body, path);
    if (found === undefined || found === null) return { keys: [], isArray: false };
    if (Array.isArray(found)) {
      assert(!isArray && !spec.unique, `index ${spec.name} of ${id} cannot hold these arrays`);
      isArray = true;
      const values = [...new Set(found.map((value) => encodeIndexable(value, spec, path)))];
      keys = keys.flatMap((key) => values.map((value) => key + value));
    } else {
      const value = encodeIndexable(found, spec, path);
      keys = keys.map((key) => key + value);
    }
  }
  for (const key of keys) {
    const fits = Buffer.byteLength(entryKey(spec, key, id)) <= maxKeyBytes;
    assert(fits, `key of ${id} in index ${spec.name} is longer than ${maxKeyBytes} bytes`);
  }
  return { keys, isArray };
}

/** Where a document stands in an index: by its key and then, where several may have one, by its id. */
export function entryKey({ unique }: IndexSpec, key: string, id: string): string {
  return unique ? key : key + encodeString(id);
}

/** What `entryKey` was made of; undefined for other text. The id is empty in a unique index. */
export function splitEntryKey(spec: IndexSpec, entry: string): { key: string; id: string } | undefined {
  const values = `(?:1[0-9a-f]{16}|2[^\\0]*\\0|[34]){${spec.keys.length}}`;
  const [, key, id = ''] = new RegExp(`^(${values})${spec.unique ? '' : '2([^\\0]*)\\0'}$`).exec(entry) ?? [];
  return key === undefined ? undefined : { key, id: id.replaceAll('\x01\x01', '\0').replaceAll('\x01\x02', '\x01') };
}

/** Whether a path of the index leads to an array. */
export function holdsArray(spec: IndexSpec, body: unknown): boolean {
  return spec.keys.some((path) => Array.isArray(valueAt(body, path)));
}

export function encodePrefix(values: readonly IndexValue[]): string {
  return values.map(encodeValue).join('');
}

/** Text that is not Unicode (half a surrogate pair) would be stored as something else. */
export function isUnicode(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function encodeIndexable(value: unknown, spec: IndexSpec, path: string): string {
  if (typeof value === 'string' && isUnicode(value)) return encodeString(value);
  if (typeof value === 'number' && Number.isFinite(value)) return encodeNumber(value);
  if (typeof value === 'boolean') return encodeValue(value);
  throw new AssertionFailure(`index ${spec.name} cannot hold what ${path} leads to`);
}

function encodeValue(value: IndexValue): string {
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'number') return encodeNumber(value);
  return value ? tags.true : tags.false;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped
const escapes = /[\0\x01]/;

/** UTF-8 sorts by code point. A string ends in 0x00, so that 'a' is no prefix of 'ab'; none is left inside of it. */
function encodeString(text: string): string {
  const escaped = escapes.test(text) ? text.replaceAll('\x01', '\x01\x02').replaceAll('\0', '\x01\x01') : text;
  return `${tags.string}${escaped}\0`;
}

const doubles = new DataView(new ArrayBuffer(8));

/** IEEE 754 sorts as an unsigned integer once the sign is flipped, and all other bits too when it is negative. */
function encodeNumber(value: number): string {
  doubles.setFloat64(0, value === 0 ? 0 : value);
  const high = doubles.getInt32(0);
  const low = doubles.getInt32(4);
  return tags.number + (high < 0 ? hex(~high) + hex(~low) : hex(high ^ 0x80000000) + hex(low));
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const member of path.split('.')) {
    if (!isObject(value)) return undefined;
    value = value[member];
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
