import { readCursor, writeCursor } from '@referral/host';
import type { Store } from '@referral/store';
import { z } from 'zod';
import { type AnalyticsFold, conversionsOf, folds } from './collections.ts';
import { type Amount, revenueOf } from './domain/figures.ts';

export interface Row {
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
 * Referrers with conversions of all time, those with the most first. The rank is one more than there are referrers with more
 * conversions, so that those who have as many share one, as in `readRank`.
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
  const start = cursor === undefined ? beginning : placeOf(cursor);
  const { items, nextCursor } = await pageFrom(start.cursor, limit);
  let last: Place = start;
  const rows: Row[] = [];
  for (const { body } of items) {
    const conversions = conversionsOf(body);
    if (conversions <= 0) break;
    const position = last.position + 1;
    last = { position, conversions, rank: conversions === last.conversions ? last.rank : position };
    rows.push(toRow(body, last.rank));
  }
  if (nextCursor === undefined || rows.length < items.length) return { rows, nextCursor: null };
  // Those who have lost all their conversions are at the end of the index, and on no page.
  const [next] = (await pageFrom(nextCursor, 1)).items;
  const hasMore = next !== undefined && conversionsOf(next.body) > 0;
  return { rows, nextCursor: hasMore ? cursorOf(last, nextCursor) : null };
}

function toRow(fold: AnalyticsFold, rank: number): Row {
  return {
    rank,
    referrer_customer_id: fold.referrer_customer_id ?? '',
    conversions: conversionsOf(fold),
    revenue: revenueOf(Object.entries(fold.counters)),
  };
}

/** Where the last row stands: the store's cursor knows where a page begins, not how many are before it. */
interface Place {
  readonly position: number;
  readonly rank: number;
  readonly conversions: number;
}

const beginning = { position: 0, rank: 0, conversions: 0, cursor: undefined };
const counted = z.int().positive();
const cursorContent = z.tuple([counted, counted, counted, z.string()]);

function cursorOf({ position, rank, conversions }: Place, cursor: string): string {
  return writeCursor([position, rank, conversions, cursor]);
}

function placeOf(text: string): Place & { readonly cursor: string } {
  const [position, rank, conversions, cursor] = readCursor(cursorContent, text);
  return { position, rank, conversions, cursor };
}
