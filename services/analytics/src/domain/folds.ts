import { type Place, placeOf } from './buckets.ts';

type Counters = Readonly<Record<string, number>>;

/** What a fact adds, per fold. */
export type Contributions = Readonly<Record<string, Counters>>;

/**
 * The folds. Those of a tenant are kept apart by `shard`, the input partition that a fact came through, so that consumers
 * of different partitions do not wait for each other; whoever reads adds the shards up.
 * A tenant's id holds no colon; a customer's may hold anything, dots included, so it is encoded.
 */
const totalFold = (tenantId: string, shard: number) => `${tenantId}:total:${shard}`;
export const monthFold = (tenantId: string, shard: number, month: string) => `${tenantId}:month:${shard}:${month}`;
export const dayFold = (tenantId: string, shard: number, day: string) => `${tenantId}:day:${shard}:${day}`;
export const referrerFold = (tenantId: string, customerId: string) =>
  `${tenantId}:referrer:${Buffer.from(customerId).toString('base64url')}`;

/** What a fold's document holds for the indexes, beside its counters. */
export type FoldMembers = {
  readonly totals_of?: string;
  readonly months_of?: string;
  readonly leaderboard_of?: string;
  readonly shard?: number;
  readonly month?: string;
  readonly referrer_customer_id?: string;
};

export function describeFold(foldId: string): FoldMembers {
  const [tenantId = '', kind, first = '', second = ''] = foldId.split(':');
  switch (kind) {
    case 'total':
      return { totals_of: tenantId, shard: Number(first) };
    case 'month':
      return { months_of: tenantId, month: second };
    case 'referrer':
      return { leaderboard_of: tenantId, referrer_customer_id: Buffer.from(first, 'base64url').toString() };
    default:
      return {};
  }
}

/** Counts something that happened at a moment: of all time, by day and by quarter of an hour. */
export function countAt(
  { tenantId, shard, at }: { readonly tenantId: string; readonly shard: number; readonly at: string },
  name: string,
  value: number,
): Contributions {
  const { month, day, dayOfMonth, quarter }: Place = placeOf(at);
  return {
    [totalFold(tenantId, shard)]: { [name]: value },
    [monthFold(tenantId, shard, month)]: { [`${dayOfMonth}_${name}`]: value },
    [dayFold(tenantId, shard, day)]: { [`${quarter}_${name}`]: value },
  };
}
