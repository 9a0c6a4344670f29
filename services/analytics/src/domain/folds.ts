import { type BucketName, inSlot, placesOf } from './buckets.ts';

type Counters = Readonly<Record<string, number>>;

/** What a fact adds, per fold. */
export type Contributions = Readonly<Record<string, Counters>>;

/**
 * The folds. Those of a tenant are kept apart by `shard`, the input partition that a fact came through, so that consumers
 * of different partitions do not wait for each other; whoever reads adds the shards up.
 * A tenant's id holds no colon; a customer's may hold anything, dots included, so it is encoded.
 */
export const bucketFold = (tenantId: string, shard: number, { grain, path }: BucketName) =>
  `${tenantId}:${grain}:${shard}${path.length > 0 ? `:${path.map(twoDigits).join('-')}` : ''}`;
export const rankFold = (tenantId: string, shard: number, digits: readonly number[]) =>
  `${tenantId}:rank:${shard}:${digits.map(twoDigits).join('-')}`;
export const referrerFold = (tenantId: string, customerId: string) =>
  `${tenantId}:referrer:${Buffer.from(customerId).toString('base64url')}`;

/** What a fold's document holds for the indexes, beside its counters. */
export type FoldMembers = {
  readonly totals_of?: string;
  readonly leaderboard_of?: string;
  readonly shard?: number;
  readonly referrer_customer_id?: string;
};

export function describeFold(foldId: string): FoldMembers {
  const [tenantId = '', kind, first = ''] = foldId.split(':');
  switch (kind) {
    case 'total':
      return { totals_of: tenantId, shard: Number(first) };
    case 'referrer':
      return { leaderboard_of: tenantId, referrer_customer_id: Buffer.from(first, 'base64url').toString() };
    default:
      return {};
  }
}

/** Counts something that happened at a moment, in each grain of time. */
export function countAt(
  { tenantId, shard, at }: { readonly tenantId: string; readonly shard: number; readonly at: string },
  name: string,
  value: number,
): Contributions {
  const contributions: Record<string, Counters> = {};
  for (const { slot, ...bucket } of placesOf(Date.parse(at))) {
    contributions[bucketFold(tenantId, shard, bucket)] = { [inSlot(slot, name)]: value };
  }
  return contributions;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
