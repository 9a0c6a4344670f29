import type { Fact } from '@referral/processing';
import type { Store } from '@referral/store';
import { type AnalyticsFact, conversionsOf, facts, folds } from './collections.ts';
import type { Counting } from './counting.ts';
import { type CountedFact, type Order, type ReferralRecord, recounted, standingFact } from './domain/facts.ts';
import { referrerFold } from './domain/folds.ts';
import { shardsOf } from './readings.ts';
import { countTold } from './revenue.ts';

interface PageRequest {
  readonly after: string | undefined;
  readonly limit: number;
}

interface Copied {
  readonly facts: number;
  /** The id behind which the next page begins; undefined at the end. */
  readonly after: string | undefined;
}

/**
 * Counts a page of another generation's facts here, as their events were or are being: whichever of the two comes later
 * finds what the other has counted. What referrals and orders count is worked out anew, and so is where referrers stand, when
 * all facts are copied.
 */
export async function copyFacts(source: Store, into: Counting, { after, limit }: PageRequest): Promise<Copied> {
  const page = await source.scan(facts, { limit, ...(after === undefined ? {} : { after }) });
  const referrals: CountedFact<ReferralRecord>[] = [];
  const orders: Order[] = [];
  const others: Fact[] = [];
  for (const { id, body } of page) {
    const { revision, contributions, ...record } = body;
    const referral = referralRecord(body);
    if (body.kind === 'standing') continue;
    if (referral) referrals.push(recounted({ id, revision, contributions, record: referral }));
    else if (body.order) orders.push(body.order);
    else others.push({ id, revision, contributions, record });
  }
  await countTold(into, { referrals, orders, others });
  return { facts: page.length, after: page.length < limit ? undefined : page.at(-1)?.id };
}

function referralRecord({ kind, status, referral, listed }: AnalyticsFact): ReferralRecord | undefined {
  if (kind !== 'referral' || !status || !referral) return undefined;
  return { kind, status, referral, ...(listed && { listed }) };
}

/**
 * Counts how a page of referrers stand, by what the folds here say. Whose conversions change meanwhile may be on no page;
 * but who changed them counts that standing.
 * @returns the cursor of the next page; undefined at the end
 */
export async function copyStandings(
  { store, count }: Counting,
  { after: cursor, limit }: PageRequest,
): Promise<string | undefined> {
  const from = cursor === undefined ? {} : { cursor };
  const order = { index: 'leaderboard', prefix: [], direction: 'ascending', limit } as const;
  const { items, nextCursor } = await store.page(folds, { ...order, ...from });
  const shards = new Map<string, number[]>();
  const standings: CountedFact[] = [];
  for (const { id, version, body } of items) {
    const { leaderboard_of: tenantId = '', referrer_customer_id: customerId = '' } = body;
    // The lists of months and days are in the same index.
    if (id !== referrerFold(tenantId, customerId)) continue;
    const known = shards.get(tenantId) ?? (await shardsOf(store, tenantId));
    shards.set(tenantId, known);
    const fold = { version, conversions: conversionsOf(body) };
    // It counts in the first one. The others are named to be looked at: a copy that broke off may have left it there.
    standings.push(...known.map((shard) => standingFact({ tenantId, customerId, shard }, fold)));
  }
  await count(standings);
  return nextCursor;
}
