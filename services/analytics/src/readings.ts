import type { Store } from '@referral/store';
import { folds } from './collections.ts';
import {
  type Bucket,
  type BucketName,
  bucketsIn,
  bySlot,
  earliestYear,
  type Period,
  startOf,
} from './domain/buckets.ts';
import { type Figures, toFigures } from './domain/figures.ts';
import { bucketFold } from './domain/folds.ts';
import { pagesOf } from './pages.ts';

const pageSize = 1_000;
/** Documents that are in memory at once. */
const chunkSize = 100;

type Sums = Map<string, number>;

/**
 * A tenant's figures of each of these periods; of all time where one is open at both ends. What is read does not grow with
 * what was counted: at most nine documents per period and shard, and each of them once.
 */
export async function readFigures(store: Store, tenantId: string, periods: readonly Period[]): Promise<Figures[]> {
  const shards = await shardsOf(store, tenantId);
  const sums = periods.map((): Sums => new Map());
  const wanted = new Map<string, { readonly bucket: Bucket; readonly into: Sums }[]>();
  for (const [at, period] of periods.entries()) {
    const into = sums[at];
    if (!into) continue;
    for (const bucket of bucketsIn(period)) {
      for (const shard of shards) {
        const foldId = bucketFold(tenantId, shard, bucket);
        const parts = wanted.get(foldId);
        if (parts) parts.push({ bucket, into });
        else wanted.set(foldId, [{ bucket, into }]);
      }
    }
  }
  const foldIds = [...wanted.keys()];
  for (let at = 0; at < foldIds.length; at += chunkSize) {
    for (const [id, { body }] of await store.getMany(folds, foldIds.slice(at, at + chunkSize))) {
      const slots = bySlot(body.counters);
      for (const { bucket, into } of wanted.get(id) ?? []) addSlots(into, slots, bucket);
    }
  }
  return sums.map(toFigures);
}

/** The beginning of the first month in which anything was counted; undefined where nothing was, in our time. */
export async function firstMonth(store: Store, tenantId: string): Promise<number | undefined> {
  const shards = await shardsOf(store, tenantId);
  const firstSlot = async (bucket: BucketName, least: number) => {
    const documents = await store.getMany(
      folds,
      shards.map((shard) => bucketFold(tenantId, shard, bucket)),
    );
    const used = [...documents.values()].flatMap(({ body }) => [...bySlot(body.counters).keys()]);
    return used.filter((slot) => slot >= least).sort((a, b) => a - b)[0];
  };
  const year = await firstSlot({ grain: 'total', path: [] }, earliestYear);
  if (year === undefined) return undefined;
  const month = await firstSlot({ grain: 'year', path: [year] }, 1);
  return month === undefined ? undefined : startOf([year, month]);
}

/** The input partitions that have ever counted anything of this tenant. */
export async function shardsOf(store: Store, tenantId: string): Promise<number[]> {
  const shards: number[] = [];
  for await (const page of pagesOf(store, folds, { index: 'totals', prefix: [tenantId], limit: pageSize })) {
    shards.push(...page.flatMap(({ body: { shard } }) => shard ?? []));
  }
  return shards;
}

function addSlots(into: Sums, slots: ReturnType<typeof bySlot>, { first, end }: Bucket): void {
  for (const [slot, counters] of slots) {
    if (slot < first || slot >= end) continue;
    for (const [counter, value] of counters) into.set(counter, (into.get(counter) ?? 0) + value);
  }
}
