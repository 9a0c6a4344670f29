import { problems, readCursor, writeCursor } from '@referral/host';
import { type Document, InvalidCursorError, type Store } from '@referral/store';
import { z } from 'zod';
import { type AnalyticsFold, conversionsOf, folds } from './collections.ts';
import {
  addParts,
  type Bucket,
  bucketsIn,
  closed,
  type Period,
  referrerGrains,
  type Slots,
  type Sums,
} from './domain/buckets.ts';
import { revenueOf } from './domain/figures.ts';
import { leaderboardName, referrerFold } from './domain/folds.ts';
import { bestUnseen, compareLeaders, listsOver, type Place, ranksOf } from './domain/leaders.ts';
import type { Row } from './leaderboard.ts';
import { monthsOfConversions } from './readings.ts';

const mostMonths = 36;
/** For one answer. */
const mostDocuments = 10_000;
/** Of all lists together. */
const perRound = 50;
const leastPerList = 5;

interface PeriodLeaderboard {
  readonly rows: readonly Row[];
  readonly nextCursor: string | null;
  /** Whether the page holds all that belong on it: else only those whose place is certain, and no page follows. */
  readonly complete: boolean;
}

interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly documents?: number;
}

/**
 * Referrers of referrals that were attributed in a period and are converted now, those with the most first, with the
 * revenue of the purchases in it. What is read depends on how far down the page is and how close its referrers are, not on
 * what was counted in other months, and is never more than `documents` and a round.
 * @throws Problem 400 for a period with conversions in more than 36 months
 * @throws InvalidCursorError for a cursor that was not given for this tenant and period
 */
export async function readPeriodLeaderboard(
  store: Store,
  tenantId: string,
  period: Period,
  { limit, cursor, documents = mostDocuments }: PageRequest,
): Promise<PeriodLeaderboard> {
  const offset = cursor === undefined ? 0 : offsetOf(cursor, tenantId, period);
  const end = offset + limit;
  const months = await monthsOfConversions(store, tenantId, period, mostMonths);
  if (!months) throw tooManyMonths();
  const lists = listsOver(closed(period), months);
  const search = new Search(store, tenantId, { lists, parts: bucketsIn(period, referrerGrains) });
  let { leaders, certain } = search.found();
  while (!search.isOver && (certain < end || leaders.length <= end) && search.documentsRead < documents) {
    await search.goOn();
    ({ leaders, certain } = search.found());
  }
  const complete = search.isOver || certain >= end;
  const ranks = ranksOf(leaders);
  const rows = leaders
    .slice(offset, Math.min(end, certain))
    .map((leader, at) => toRow(leader, ranks[offset + at] ?? 0));
  const hasMore = complete && (leaders.length > end || !search.isOver);
  return { rows, complete, nextCursor: hasMore ? writeCursor([end, tenantId, period.from, period.to]) : null };
}

interface Leader extends Place {
  readonly customerId: string;
  readonly sums: Sums;
}

/** A list of a month or a day, as far as it was read. */
interface List {
  readonly name: string;
  readonly last: Place;
  readonly cursor?: string;
}

const unread: Place = { conversions: Number.POSITIVE_INFINITY, foldId: '' };

class Search {
  readonly #store: Store;
  readonly #tenantId: string;
  /** The documents of a referrer that make up the period. */
  readonly #parts: readonly Bucket[];
  readonly #perList: number;
  readonly #seen = new Map<string, Leader>();
  /** Those that have not come to their end. */
  #lists: readonly List[];
  documentsRead = 0;

  constructor(
    store: Store,
    tenantId: string,
    { lists, parts }: { readonly lists: readonly Slots[]; readonly parts: readonly Bucket[] },
  ) {
    this.#store = store;
    this.#tenantId = tenantId;
    this.#parts = parts;
    this.#lists = lists.map((path) => ({ name: leaderboardName(tenantId, path), last: unread }));
    this.#perList = Math.max(leastPerList, Math.floor(perRound / Math.max(lists.length, 1)));
  }

  get isOver(): boolean {
    return this.#lists.length === 0;
  }

  /** Those with any conversions in the period, sorted; nobody who was not seen yet stands before the first `certain`. */
  found(): { readonly leaders: readonly Leader[]; readonly certain: number } {
    const leaders = [...this.#seen.values()].filter(({ conversions }) => conversions > 0).sort(compareLeaders);
    if (this.isOver) return { leaders, certain: leaders.length };
    const unseen = bestUnseen(this.#lists.map(({ last }) => last));
    const doubtful = leaders.findIndex((leader) => compareLeaders(leader, unseen) > 0);
    return { leaders, certain: doubtful < 0 ? leaders.length : doubtful };
  }

  /** Reads every list a little further, then what those who appear for the first time have in the period. */
  async goOn(): Promise<void> {
    const appeared = new Set<string>();
    const read = await Promise.all(
      this.#lists.map(async (list): Promise<List[]> => {
        const { places, cursor } = await this.#readOn(list);
        for (const { customerId } of places) if (!this.#seen.has(customerId)) appeared.add(customerId);
        const last = places.at(-1);
        return cursor === undefined || !last ? [] : [{ name: list.name, last, cursor }];
      }),
    );
    this.#lists = read.flat();
    const foldIds = [...appeared].flatMap((customerId) => this.#foldIds(customerId));
    this.documentsRead += foldIds.length;
    const documents = await this.#store.getMany(folds, foldIds);
    for (const customerId of appeared) this.#seen.set(customerId, this.#toLeader(customerId, documents));
  }

  /** @returns no cursor at the end, where those begin who have lost all their conversions */
  async #readOn({ name, cursor }: List) {
    const { items, nextCursor } = await this.#store.page(folds, {
      index: 'leaderboard',
      prefix: [name],
      direction: 'descending',
      limit: this.#perList,
      ...(cursor === undefined ? {} : { cursor }),
    });
    this.documentsRead += items.length;
    const places = items.flatMap(({ body }) => {
      const { referrer_customer_id: customerId = '' } = body;
      const conversions = conversionsOf(body);
      return conversions > 0 ? [{ customerId, conversions, foldId: referrerFold(this.#tenantId, customerId) }] : [];
    });
    return { places, cursor: places.length === items.length ? nextCursor : undefined };
  }

  #foldIds(customerId: string): string[] {
    return this.#parts.map((part) => referrerFold(this.#tenantId, customerId, part));
  }

  #toLeader(customerId: string, documents: ReadonlyMap<string, Document<AnalyticsFold>>): Leader {
    const sums: Sums = new Map();
    for (const part of this.#parts) {
      const fold = documents.get(referrerFold(this.#tenantId, customerId, part));
      if (fold) addParts(fold.body, [{ ...part, into: sums }]);
    }
    return {
      customerId,
      foldId: referrerFold(this.#tenantId, customerId),
      conversions: sums.get('converted') ?? 0,
      sums,
    };
  }
}

function toRow({ customerId, conversions, sums }: Leader, rank: number): Row {
  return { rank, referrer_customer_id: customerId, conversions, revenue: revenueOf(sums) };
}

function offsetOf(cursor: string, tenantId: string, { from, to }: Period): number {
  const content = z.tuple([z.int().positive(), z.string(), z.int().nullable(), z.int().nullable()]);
  const [offset, ...about] = readCursor(content, cursor);
  if (about[0] !== tenantId || about[1] !== from || about[2] !== to) {
    throw new InvalidCursorError('of another tenant or period');
  }
  return offset;
}

function tooManyMonths() {
  const message = `makes a period with conversions in more than ${mostMonths} months: take a shorter one, or all time`;
  return problems.validation([{ path: 'from', message }]);
}
