import { type BucketName, inSlot, placesOf, referrerGrains, type Slots, tenantGrains } from './buckets.ts';

type Counters = Readonly<Record<string, number>>;

/** What a fact adds, per fold. */
export type Contributions = Readonly<Record<string, Counters>>;

/**
 * The folds. Those of a tenant are kept apart by `shard`, the input partition that a fact came through, so that consumers
 * of different partitions do not wait for each other; whoever reads adds the shards up.
 * A tenant's id holds no colon; a customer's may hold anything, dots included, so it is encoded.
 */
export const bucketFold = (tenantId: string, shard: number, { grain, path }: BucketName) =>
  `${tenantId}:${grain}:${shard}${path.length > 0 ? `:${dateOf(path)}` : ''}`;
export const rankFold = (tenantId: string, shard: number, digits: readonly number[]) =>
  `${tenantId}:rank:${shard}:${digits.map(twoDigits).join('-')}`;
const allTime: BucketName = { grain: 'total', path: [] };
export const referrerFold = (tenantId: string, customerId: string, { grain, path }: BucketName = allTime) =>
  `${tenantId}:referrer${grain === 'total' ? '' : `-${grain}:${dateOf(path)}`}:${encodeCustomer(customerId)}`;
/** What a month's or a day's list of referrers is called in the index; that of all time is called as the tenant. */
export const leaderboardName = (tenantId: string, path: Slots) => `${tenantId}:${dateOf(path)}`;

/** What a fold's document holds for the indexes, beside its counters. */
export type FoldMembers = {
  readonly totals_of?: string;
  readonly leaderboard_of?: string;
  readonly shard?: number;
  readonly referrer_customer_id?: string;
};

export function describeFold(foldId: string): FoldMembers {
  const [tenantId = '', kind, first = '', second = ''] = foldId.split(':');
  switch (kind) {
    case 'total':
      return { totals_of: tenantId, shard: Number(first) };
    case 'referrer':
      return { leaderboard_of: tenantId, referrer_customer_id: decodeCustomer(first) };
    case 'referrer-month':
    case 'referrer-day':
      return { leaderboard_of: `${tenantId}:${first}`, referrer_customer_id: decodeCustomer(second) };
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
  for (const { slot, ...bucket } of placesOf(Date.parse(at), tenantGrains)) {
    contributions[bucketFold(tenantId, shard, bucket)] = { [inSlot(slot, name)]: value };
  }
  return contributions;
}

/** Counts for a referrer: in each of the folds as a whole, by which leaderboards are sorted, and in a slot of it. */
export function countForReferrer(
  { tenantId, customerId, at }: { readonly tenantId: string; readonly customerId: string; readonly at: string },
  name: string,
  value: number,
): Contributions {
  const contributions: Record<string, Counters> = {};
  for (const { slot, ...bucket } of placesOf(Date.parse(at), referrerGrains)) {
    contributions[referrerFold(tenantId, customerId, bucket)] = { [name]: value, [inSlot(slot, name)]: value };
  }
  return contributions;
}

/** `2026-03` for a month. */
function dateOf(path: Slots): string {
  return path.map(twoDigits).join('-');
}

function encodeCustomer(customerId: string): string {
  return Buffer.from(customerId).toString('base64url');
}

function decodeCustomer(encoded: string): string {
  return Buffer.from(encoded, 'base64url').toString();
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
