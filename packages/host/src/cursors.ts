import { InvalidCursorError } from '@referral/store';
import type { z } from 'zod';

/** A cursor of an API that says more than where a page of the store begins. @param content plain JSON */
export function writeCursor(content: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/** @throws InvalidCursorError for a text that was not written with such content */
export function readCursor<Content>(schema: z.ZodType<Content>, text: string): Content {
  const parsed = schema.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
  if (!parsed.success) throw new InvalidCursorError('not a cursor');
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
