import { hash } from 'node:crypto';
import { readCursor, writeCursor } from '@referral/host';
import { InvalidCursorError } from '@referral/store';
import { z } from 'zod';

/** Where a search goes on. */
export interface Place {
  /** The store's cursor of the page of people; not given: the first one. */
  readonly people?: string;
  /** What comes next of theirs; not given: all of it. */
  readonly list?: ReferralsOfOne;
}

export interface ReferralsOfOne {
  readonly customerId: string;
  readonly side: (typeof sides)[number];
  /** The store's cursor of the page of referrals; not given: the first one. */
  readonly referrals?: string;
}

/** On which side of a referral somebody stands, in the order in which a search lists them. */
export const sides = ['referrer', 'referee'] as const;

/** Names what is searched for and where, so that a cursor of another search is known as one. */
export function searchFingerprint(search: readonly (string | undefined)[]): string {
  return hash('sha256', JSON.stringify(search), 'base64url').slice(0, fingerprintLength);
}

export function writeSearchCursor(fingerprint: string, { people, list }: Place): string {
  const content: z.input<typeof cursorContent> = [
    fingerprint,
    people ?? null,
    list ? [list.customerId, list.side, list.referrals ?? null] : null,
  ];
  return writeCursor(content);
}

/**
 * Whoever holds a cursor can change it. That it reaches nothing of another tenant follows from what it is used for: the
 * store takes its cursors for one list only, and the customer is looked for among those who were found.
 * @throws InvalidCursorError unless it was written for this search
 */
export function readSearchCursor(fingerprint: string, cursor: string): Place {
  const [search, people, list] = readCursor(cursorContent, cursor);
  if (search !== fingerprint) throw new InvalidCursorError('not a cursor of this search');
  return { ...(people !== null && { people }), ...(list !== null && { list: toList(list) }) };
}

const fingerprintLength = 16;
const listContent = z.tuple([z.string(), z.enum(sides), z.string().nullable()]);
const cursorContent = z.tuple([z.string(), z.string().nullable(), listContent.nullable()]);

function toList([customerId, side, referrals]: z.output<typeof listContent>): ReferralsOfOne {
  return { customerId, side, ...(referrals !== null && { referrals }) };
}
