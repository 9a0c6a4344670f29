import type { Store } from '@referral/store';
import { type AnalyticsFold, folds } from './collections.ts';
import { addSlots, type Bucket, bucketsIn, withinMonths } from './domain/buckets.ts';
import { type Figures, toFigures } from './domain/figures.ts';
import { dayFold, monthFold } from './domain/folds.ts';
import type { Period } from './period.ts';

const pageSize = 1_000;
/** Documents that are in memory at once. */
const chunkSize = 500;

/** A tenant's figures of a period; of all time when it is open at both ends. */
export async function readFigures(store: Store, tenantId: string, period: Period): Promise<Figures> {
  const totals = await readTotals(store, tenantId);
  const sums = new Map<string, number>();
  if (period.from === null && period.to === null) {
    for (const { counters } of totals) add(sums, counters);
    return toFigures(sums);
  }
  const months = totals.length === 0 ? undefined : await monthsOf(store, tenantId);
  if (!months) return toFigures(sums);
  const shards = totals.flatMap(({ shard }) => shard ?? []);
  const buckets = bucketsIn(withinMonths(period, months.first, months.last));
  for (const parts of chunks(partsOf(tenantId, shards, buckets), chunkSize)) {
    const documents = await store.getMany(folds, parts.keys());
    for (const [id, bucket] of parts) {
      const document = documents.get(id);
      if (document) addSlots(sums, document.body.counters, bucket);
    }
  }
  return toFigures(sums);
}

/** One document per shard that has ever counted anything of this tenant. */
async function readTotals(store: Store, tenantId: string): Promise<AnalyticsFold[]> {
  const totals: AnalyticsFold[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await store.page(folds, {
      index: 'totals',
      prefix: [tenantId],
      direction: 'ascending',
      limit: pageSize,
      ...(cursor === undefined ? {} : { cursor }),
    });
    totals.push(...items.map(({ body }) => body));
    cursor = nextCursor;
  } while (cursor !== undefined);
  return totals;
}

/** Between which months there is anything, so that an open end costs no more than what there is. */
async function monthsOf(store: Store, tenantId: string): Promise<{ first: string; last: string } | undefined> {
  const [first, last] = await Promise.all(
    (['ascending', 'descending'] as const).map(async (direction) => {
      const { items } = await store.page(folds, { index: 'months', prefix: [tenantId], direction, limit: 1 });
      return items[0]?.body.month;
    }),
  );
  return first === undefined || last === undefined ? undefined : { first, last };
}

function* partsOf(tenantId: string, shards: readonly number[], buckets: readonly Bucket[]) {
  for (const bucket of buckets) {
    const idOf = bucket.grain === 'month' ? monthFold : dayFold;
    for (const shard of shards) yield [idOf(tenantId, shard, bucket.name), bucket] as const;
  }
}

function* chunks<Id, Value>(entries: Iterable<readonly [Id, Value]>, size: number): Generator<Map<Id, Value>> {
  let chunk = new Map<Id, Value>();
  for (const [id, value] of entries) {
    chunk.set(id, value);
    if (chunk.size < size) continue;
    yield chunk;
    chunk = new Map();
  }
  if (chunk.size > 0) yield chunk;
}

function add(sums: Map<string, number>, counters: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counters)) sums.set(name, (sums.get(name) ?? 0) + value);
}
