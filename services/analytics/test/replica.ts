import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeEvent, type EncodedEvent } from '@referral/contracts';
import { openEmbeddedStore, type Store } from '@referral/store';
import { collections } from '../src/collections.ts';
import { createConsumers } from '../src/consumers.ts';
import { exportReferrals } from '../src/export.ts';
import { Generations } from '../src/generations.ts';
import { readLeaderboard } from '../src/leaderboard.ts';
import { readFigures } from '../src/readings.ts';
import { Rebuild, startRebuild } from '../src/rebuild.ts';
import { readRank } from '../src/standings.ts';
import { readTimeseries } from '../src/timeseries.ts';
import { tenant } from './world.ts';

export const referrers = ['ann', 'bea', 'cyd'];
const now = Date.parse('2026-03-20T12:00:00Z');

/** Called before every use of a store. */
type Interruption = () => Promise<void>;

/** Replicas on one store, which consume and copy one step at a time, as the test has it. */
export interface Replicas {
  readonly store: Store;
  /** One replica, which is interrupted before everything that it does with the store. */
  replica(interrupt?: Interruption): Replica;
  close(): Promise<void>;
}

interface Replica {
  /** Batches of one topic each, one after the other, through a partition. */
  consume(...batches: (readonly EncodedEvent[])[]): Promise<void>;
  startRebuild(): Promise<void>;
  /** Copies until there is nothing left to copy. */
  rebuild(): Promise<void>;
  figures(): Promise<unknown>;
}

export async function openReplicas(): Promise<Replicas> {
  const directory = await mkdtemp(join(tmpdir(), 'replicas-'));
  const store = openEmbeddedStore({ directory });
  await store.prepare(collections);
  // Nobody waits for a lease of somebody who is gone.
  let elapsedMs = 0;
  const clock = {
    now() {
      elapsedMs += 60_000;
      return now + elapsedMs;
    },
  };
  return {
    store,
    replica(interrupt = async () => {}) {
      const through = interrupted(store, interrupt);
      const generations = new Generations(through);
      const handlers = createConsumers(through, generations);
      const stopping = new AbortController().signal;
      return {
        async consume(...batches) {
          for (const batch of batches) {
            const handler = handlers.find(({ topic }) => topic === batch[0]?.topic);
            await handler?.handle(batch.map(decodeEvent), () => partitionOf(batch));
          }
        },
        async startRebuild() {
          await startRebuild({ store: through, clock });
        },
        rebuild: () => new Rebuild({ store: through, generations, clock, stopping, pageSize: 3 }).run(),
        figures: () => figuresOf(generations),
      };
    },
    async close() {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Each of a tenant’s customers goes through one of two. */
function partitionOf([event]: readonly EncodedEvent[]): number {
  return (event?.key?.length ?? 0) % 2;
}

async function figuresOf(generations: Generations): Promise<unknown> {
  const figures = await generations.read(async (store) => ({
    figures: await readFigures(store, tenant, [
      { from: null, to: null },
      { from: Date.UTC(2026, 0, 10), to: Date.UTC(2026, 0, 12) },
    ]),
    leaderboard: await readLeaderboard(store, tenant, { limit: 100 }),
    ranks: await Promise.all(referrers.map((referrer) => readRank(store, tenant, referrer))),
    timeseries: await readTimeseries(store, {
      tenantId: tenant,
      interval: 'month',
      period: { from: null, to: null },
      timeZone: 'UTC',
      now,
    }),
  }));
  let lines = '';
  for await (const page of exportReferrals(generations, tenant, { from: null, to: null })) lines += page;
  return { ...figures, lines };
}

function interrupted(store: Store, interrupt: Interruption): Store {
  const before = async <T>(work: () => Promise<T>): Promise<T> => {
    await interrupt();
    return work();
  };
  return {
    prepare: (all) => before(() => store.prepare(all)),
    get: (collection, id) => before(() => store.get(collection, id)),
    getMany: (collection, ids) => before(() => store.getMany(collection, ids)),
    commit: (changes) => before(() => store.commit(changes)),
    page: (collection, options) => before(() => store.page(collection, options)),
    scan: (collection, options) => before(() => store.scan(collection, options)),
    drop: (all) => before(() => store.drop(all)),
    close: () => store.close(),
  };
}
