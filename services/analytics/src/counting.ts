import { joinLists } from '@referral/bus';
import { type Fact, foldCounters, SettledFacts } from '@referral/processing';
import type { Store } from '@referral/store';
import { facts, folds } from './collections.ts';
import { describeFold } from './domain/folds.ts';

export interface Counting {
  readonly store: Store;
  readonly count: (facts: readonly Fact[]) => Promise<void>;
}

const maxJoinedFacts = 2_000;

/**
 * Counts each fact once in this store. One count at a time: events and the pages of a rebuild meet in the same folds, and
 * counts that run side by side would only win over each other.
 */
export function createCounting(store: Store): Counting {
  const settled = new SettledFacts();
  const countTogether = (incoming: readonly Fact[]) =>
    foldCounters({ store, folds, facts, incoming, describe: describeFold, settled });
  return { store, count: joinLists(countTogether, maxJoinedFacts) };
}
