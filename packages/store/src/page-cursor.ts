import { createHash } from 'node:crypto';
import { maxKeyBytes } from './index-keys.ts';
import { InvalidCursorError } from './store.ts';

const fingerprintBytes = 12;
const maxCursorLength = Math.ceil(((fingerprintBytes + maxKeyBytes) * 4) / 3);

/**
 * What a cursor belongs to. The fingerprint tells a cursor of another list apart; that a cursor reaches nothing outside
 * of `prefix` is checked on the key itself, since whoever holds a cursor can change it.
 */
export interface CursorScope {
  readonly fingerprint: Buffer;
  /** Every key of the list starts with this text. */
  readonly prefix: string;
}

/** @param list names whatever must not share a cursor */
export function cursorScope(list: readonly unknown[], prefix: string): CursorScope {
  const hash = createHash('sha256')
    .update(JSON.stringify([list, prefix]))
    .digest();
  return { fingerprint: hash.subarray(0, fingerprintBytes), prefix };
}

/** A cursor that continues behind `key`. */
export function writeCursor(scope: CursorScope, key: string): string {
  return Buffer.concat([scope.fingerprint, Buffer.from(key)]).toString('base64url');
}

/** The key that the cursor continues behind. @throws InvalidCursorError unless it was written for this scope */
export function readCursor(scope: CursorScope, cursor: unknown): string {
  if (typeof cursor !== 'string' || cursor.length > maxCursorLength) throw new InvalidCursorError('not a cursor');
  const key = Buffer.from(cursor, 'base64url').subarray(fingerprintBytes).toString();
  const belongs = key !== '' && key.startsWith(scope.prefix) && writeCursor(scope, key) === cursor;
  if (!belongs) throw new InvalidCursorError('not a cursor of this list');
  return key;
}
