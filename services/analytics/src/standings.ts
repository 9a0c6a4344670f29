import type { Store } from '@referral/store';
import { conversionsOf, folds } from './collections.ts';
import type { Counting } from './counting.ts';
import { type CountedFact, standingFact } from './domain/facts.ts';
import { referrerFold } from './domain/folds.ts';
import { countAbove, rankParts } from './domain/standing.ts';
import { shardsOf } from './readings.ts';

/** Whose standing may have changed. */
export interface Referrer {
  readonly tenantId: string;
  readonly customerId: string;
  readonly shard: number;
}

/**
 * Counts how these referrers stand, whose referrals have been counted. Whatever wrote a referrer's fold reads it here once
 * more or, after a crash, is repeated until it does; so the newest version of a fold is always the one that counts.
 */
export async function countStandings({ store, count }: Counting, some: readonly Referrer[]): Promise<void> {
  if (some.length === 0) return;
  const referrers = new Map(some.map((each) => [referrerFold(each.tenantId, each.customerId), each]));
  const documents = await store.getMany(folds, referrers.keys());
  const standings: CountedFact[] = [];
  for (const [foldId, referrer] of referrers) {
    const fold = documents.get(foldId);
    if (fold) standings.push(standingFact(referrer, { version: fold.version, conversions: conversionsOf(fold.body) }));
  }
  await count(standings);
}

interface Rank {
  /** One more than there are referrers with more conversions: whoever has as many shares it. Null without conversions. */
  readonly rank: number | null;
  readonly conversions: number;
}

/** Of one referrer, from a number of documents that does not depend on how many there are. */
export async function readRank(store: Store, tenantId: string, customerId: string): Promise<Rank> {
  const fold = await store.get(folds, referrerFold(tenantId, customerId));
  const conversions = fold ? conversionsOf(fold.body) : 0;
  if (conversions <= 0) return { rank: null, conversions: 0 };
  return { rank: 1 + (await countLeaders(store, tenantId, conversions)), conversions };
}

/** How many referrers have more conversions than this. */
async function countLeaders(store: Store, tenantId: string, conversions: number): Promise<number> {
  const shards = await shardsOf(store, tenantId);
  const parts = shards.flatMap((shard) => rankParts(tenantId, shard, conversions));
  const documents = await store.getMany(
    folds,
    parts.map(({ foldId }) => foldId),
  );
  return parts.reduce((sum, { foldId, above }) => {
    const counters = documents.get(foldId)?.body.counters;
    return counters ? sum + countAbove(counters, above) : sum;
  }, 0);
}
