/** What every engine refuses before anything is written, so that what one takes the other takes too. */
import { assert } from '@referral/errors';
import { isUnicode, maxKeyBytes } from './index-keys.ts';
import type { Change } from './store.ts';

/** Of a body as JSON: MongoDB's 16 MB for a document, less what its id and index keys take. */
const maxBodyBytes = 15 * 1024 * 1024;

export function assertDistinct(changes: readonly Change[]): void {
  const seen = new Set<string>();
  for (const { collection, id } of changes) {
    const document = `${collection.name}/${id}`;
    assert(!seen.has(document), `document ${id} stands twice in a batch`);
    seen.add(document);
  }
}

export function assertStorable({ id, expectedVersion }: Change): void {
  assert(isStorableId(id), `the id of a document is Unicode text of 1 to ${maxKeyBytes} bytes`);
  assert(Number.isSafeInteger(expectedVersion) && expectedVersion >= 0, `${id} cannot be at that version`);
}

/** No document can have another id, so none has to be looked for. */
export function isStorableId(id: string): boolean {
  return id !== '' && Buffer.byteLength(id) <= maxKeyBytes && isUnicode(id);
}

/** The body as JSON. @throws AssertionFailure when it is none, or too large */
export function bodyJson({ id, body }: Change): Buffer {
  const text = JSON.stringify(body);
  assert(text !== undefined, `the body of ${id} is not JSON`);
  const json = Buffer.from(text);
  assert(json.length <= maxBodyBytes, `document ${id} is larger than ${maxBodyBytes} bytes`);
  return json;
}
