import { InvalidCursorError, type Store } from '@referral/store';
import { z } from 'zod';
import { type AnalyticsFold, folds } from './collections.ts';
import { type Amount, revenueOf } from './domain/figures.ts';

interface Row {
  readonly rank: number;
  readonly referrer_customer_id: string;
  readonly conversions: number;
  readonly revenue: readonly Amount[];
}

interface LeaderboardPage {
  readonly rows: readonly Row[];
  readonly nextCursor: string | null;
}

/**
 * Referrers with conversions, those with the most first. The rank is the position in this list.
 * @throws InvalidCursorError for a cursor that was not given for this tenant
 */
export async function readLeaderboard(
  store: Store,
  tenantId: string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<LeaderboardPage> {
  const pageFrom = (cursorOfStore: string | undefined, size: number) =>
    store.page(folds, {
      index: 'leaderboard',
      prefix: [tenantId],
      direction: 'descending',
      limit: size,
      ...(cursorOfStore === undefined ? {} : { cursor: cursorOfStore }),
    });
  const start = cursor === undefined ? { rank: 0, cursor: undefined } : readCursor(cursor);
  const { items, nextCursor } = await pageFrom(start.cursor, limit);
  const rows = items
    .filter(({ body }) => conversionsOf(body) > 0)
    .map(({ body }, position) => toRow(body, start.rank + position + 1));
  if (nextCursor === undefined || rows.length < items.length) return { rows, nextCursor: null };
  // Those who have lost all their conversions are at the end of the index, and on no page.
  const [next] = (await pageFrom(nextCursor, 1)).items;
  const hasMore = next !== undefined && conversionsOf(next.body) > 0;
  return { rows, nextCursor: hasMore ? writeCursor(start.rank + rows.length, nextCursor) : null };
}

function toRow(fold: AnalyticsFold, rank: number): Row {
  return {
    rank,
    referrer_customer_id: fold.referrer_customer_id ?? '',
    conversions: conversionsOf(fold),
    revenue: revenueOf(Object.entries(fold.counters)),
  };
}

function conversionsOf({ counters }: AnalyticsFold): number {
  return counters.converted ?? 0;
}

/** The store's cursor knows where a page begins, not how many are before it. */
const cursorContent = z.tuple([z.int().positive(), z.string()]);

function writeCursor(rank: number, cursor: string): string {
  return Buffer.from(JSON.stringify([rank, cursor])).toString('base64url');
}

function readCursor(text: string): { rank: number; cursor: string } {
  const parsed = cursorContent.safeParse(parseJson(Buffer.from(text, 'base64url').toString()));
  if (!parsed.success) throw new InvalidCursorError('not a cursor');
  const [rank, cursor] = parsed.data;
  return { rank, cursor };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
