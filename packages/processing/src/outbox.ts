import type { Bus } from '@referral/bus';
import type { EncodedEvent } from '@referral/contracts';
import { isOperational } from '@referral/errors';
import type { Change, Collection, Store } from '@referral/store';
import { runEvery } from './run-every.ts';

/**
 * Events that wait inside the document whose change decided them, so that both become durable in one write.
 * A collection with an outbox declares `outboxIndex`.
 */
export interface WithOutbox {
  readonly outbox: readonly OutboxEvent[];
  /** Present while something waits: it puts the document into the index that the relay reads. */
  readonly outbox_waiting?: true;
}

interface OutboxEvent {
  readonly topic: string;
  readonly key: string;
  /** The encoded event. */
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const outboxIndex = { name: 'outbox', keys: ['outbox_waiting'] } as const;

/** The body with these events waiting behind those that wait already. */
export function withOutbox<Body extends WithOutbox>(body: Body, events: readonly EncodedEvent[]): Body {
  if (events.length === 0) return body;
  const added = events.map(({ topic, key, value, headers }) => ({
    topic,
    key,
    value: Buffer.from(value).toString('utf8'),
    headers,
  }));
  return { ...body, outbox: [...body.outbox, ...added], outbox_waiting: true };
}

export interface OutboxRelay {
  /** Publishes what waits in this document soon, without holding up the caller. */
  wake(collection: Collection<WithOutbox>, id: string): void;
  /** Publishes everything that waits, in every collection. Resolves when nothing does. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

interface RelayOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly collections: readonly Collection<WithOutbox>[];
  /** How often leftovers of a crash or an absent bus are looked for, in milliseconds. */
  readonly sweepEveryMs: number;
  readonly onError: (error: unknown) => void;
}

const pageSize = 200;

/** Publishes outboxes: at once for what this process decided, by sweeping for what another left behind. */
export function startOutboxRelay({ store, bus, collections, sweepEveryMs, onError }: RelayOptions): OutboxRelay {
  const woken = new Map<Collection<WithOutbox>, Set<string>>();
  let working: Promise<void> | undefined;

  const publishWoken = async () => {
    try {
      // Requests of the same turn share one round trip.
      await Promise.resolve();
      while (woken.size > 0) {
        const batches = [...woken];
        woken.clear();
        for (const [collection, ids] of batches) await publishOutboxes(store, bus, collection, ids);
      }
    } finally {
      // In the same turn as the last look at `woken`: what is woken later starts anew.
      working = undefined;
    }
  };
  const work = (): Promise<void> => {
    working ??= publishWoken();
    return working;
  };
  const drain = async () => {
    await work();
    for (const collection of collections) {
      for (;;) {
        const { items } = await store.page(collection, {
          index: outboxIndex.name,
          prefix: [true],
          direction: 'ascending',
          limit: pageSize,
        });
        if (items.length === 0) break;
        await publishOutboxes(store, bus, collection, new Set(items.map(({ id }) => id)));
      }
    }
  };
  const sweeper = runEvery(sweepEveryMs, drain, onError);

  return {
    wake(collection, id) {
      const ids = woken.get(collection);
      if (ids) ids.add(id);
      else woken.set(collection, new Set([id]));
      work().catch((error: unknown) => {
        if (!isOperational(error)) onError(error);
      });
    },
    drain,
    async stop() {
      await sweeper.stop();
      await working?.catch(() => undefined);
    },
  };
}

/** Publishes, then takes out what was published. A crash between the two publishes again: the same ids. */
async function publishOutboxes(
  store: Store,
  bus: Bus,
  collection: Collection<WithOutbox>,
  ids: ReadonlySet<string>,
): Promise<void> {
  const documents = await store.getMany(collection, ids);
  const waiting = [...documents.values()].filter(({ body }) => body.outbox.length > 0);
  if (waiting.length === 0) return;
  await bus.publish(
    waiting.flatMap(({ body }) => body.outbox.map((event) => ({ ...event, value: Buffer.from(event.value) }))),
  );
  // A document that changed meanwhile keeps its outbox; the next round publishes it again.
  const changes: Change<WithOutbox>[] = waiting.map(({ id, version, body: { outbox_waiting: _, ...body } }) => ({
    collection,
    id,
    expectedVersion: version,
    body: { ...body, outbox: [] },
  }));
  await store.commit(changes);
}
