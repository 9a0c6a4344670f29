import type { Store } from '@referral/store';
import { folds } from './collections.ts';
import {
  addParts,
  type BucketName,
  bucketsIn,
  closed,
  earliestYear,
  endOf,
  type Part,
  type Period,
  type Slots,
  type Sums,
  startOf,
  tenantGrains,
} from './domain/buckets.ts';
import { type Figures, toFigures } from './domain/figures.ts';
import { bucketFold } from './domain/folds.ts';
import { pagesOf } from './pages.ts';

const pageSize = 1_000;
/** Documents that are in memory at once. */
const chunkSize = 100;

/**
 * A tenant's figures of each of these periods; of all time where one is open at both ends. What is read does not grow with
 * what was counted: at most nine documents per period and shard, and each of them once.
 */
export async function readFigures(store: Store, tenantId: string, periods: readonly Period[]): Promise<Figures[]> {
  const shards = await shardsOf(store, tenantId);
  const sums = periods.map((): Sums => new Map());
  const wanted = new Map<string, Part[]>();
  for (const [at, period] of periods.entries()) {
    const into = sums[at];
    if (!into) continue;
    for (const bucket of bucketsIn(period, tenantGrains)) {
      for (const shard of shards) {
        const foldId = bucketFold(tenantId, shard, bucket);
        const part = { first: bucket.first, end: bucket.end, into };
        const parts = wanted.get(foldId);
        if (parts) parts.push(part);
        else wanted.set(foldId, [part]);
      }
    }
  }
  const foldIds = [...wanted.keys()];
  for (let at = 0; at < foldIds.length; at += chunkSize) {
    for (const [id, { body }] of await store.getMany(folds, foldIds.slice(at, at + chunkSize))) {
      addParts(body, wanted.get(id) ?? []);
    }
  }
  return sums.map(toFigures);
}

/** The beginning of the first month in which anything counts; undefined where nothing does, in our time. */
export async function firstMonth(store: Store, tenantId: string): Promise<number | undefined> {
  const shards = await shardsOf(store, tenantId);
  const first = async (path: Slots, least: number) => {
    const used = await usedSlots(store, { tenantId, shards, path }, (_counter, value) => value !== 0);
    return used.filter((slot) => slot >= least).sort((a, b) => a - b)[0];
  };
  const year = await first([], earliestYear);
  if (year === undefined) return undefined;
  const month = await first([year], 1);
  return month === undefined ? undefined : startOf([year, month]);
}

/**
 * The months that a period touches and in which referrals were attributed that are converted now; undefined when there are
 * more than `most`.
 */
export async function monthsOfConversions(
  store: Store,
  tenantId: string,
  period: Period,
  most: number,
): Promise<Slots[] | undefined> {
  const { from, to } = closed(period);
  const shards = await shardsOf(store, tenantId);
  const used = async (path: Slots) => {
    const isConverted = (counter: string, value: number) => counter.endsWith('_converted') && value > 0;
    const slots = await usedSlots(store, { tenantId, shards, path }, isConverted);
    const paths = slots.map((slot) => [...path, slot]);
    return paths.filter((each) => startOf(each) < to && endOf(each) > from);
  };
  const years = await used([]);
  if (years.length > most) return undefined;
  const months = (await Promise.all(years.map(used))).flat();
  return months.length > most ? undefined : months;
}

/** Of all time, or of a year: those in which any shard has such a counter. */
async function usedSlots(
  store: Store,
  { tenantId, shards, path }: { readonly tenantId: string; readonly shards: readonly number[]; readonly path: Slots },
  isSuch: (counter: string, value: number) => boolean,
): Promise<number[]> {
  const bucket: BucketName = { grain: path.length === 0 ? 'total' : 'year', path };
  const documents = await store.getMany(
    folds,
    shards.map((shard) => bucketFold(tenantId, shard, bucket)),
  );
  const used = new Set<number>();
  for (const { body } of documents.values()) {
    for (const [counter, sums] of Object.entries(body.slots ?? {})) {
      for (const [slot, value] of Object.entries(sums)) if (isSuch(counter, value)) used.add(Number(slot));
    }
  }
  return [...used];
}

/** The input partitions that have ever counted anything of this tenant. */
export async function shardsOf(store: Store, tenantId: string): Promise<number[]> {
  const shards: number[] = [];
  for await (const page of pagesOf(store, folds, { index: 'totals', prefix: [tenantId], limit: pageSize })) {
    shards.push(...page.flatMap(({ body: { shard } }) => shard ?? []));
  }
  return shards;
}
