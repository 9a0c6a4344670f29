export interface BatchBounds {
  readonly maxItems: number;
  /** Of the whole array as UTF-8. */
  readonly maxBytes: number;
}

export interface JsonBatch {
  readonly count: number;
  /** A JSON array. */
  readonly body: string;
}

/** Items, in order, as JSON arrays within bounds. One item that is larger than a whole batch may be comes alone. */
export function* jsonBatches(items: Iterable<unknown>, { maxItems, maxBytes }: BatchBounds): Generator<JsonBatch> {
  let parts: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const part = JSON.stringify(item);
    // The bracket or comma before it; the last bracket is the one more.
    const partBytes = Buffer.byteLength(part) + 1;
    if (parts.length === maxItems || (parts.length > 0 && bytes + partBytes + 1 > maxBytes)) {
      yield { count: parts.length, body: `[${parts.join(',')}]` };
      parts = [];
      bytes = 0;
    }
    parts.push(part);
    bytes += partBytes;
  }
  if (parts.length > 0) yield { count: parts.length, body: `[${parts.join(',')}]` };
}
