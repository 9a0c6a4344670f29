import type { Bus, DeliveredMessage } from '@referral/bus';
import { type CloudEvent, decodeEvent, definitionOf, UndecodableEventError } from '@referral/contracts';
import type { StoreReader } from '@referral/store';
import { z } from 'zod';
import type { Source } from './records/source.ts';

/** Where records come from: from beside the services, which go on. */
export interface Engines {
  readonly store: StoreReader;
  /** For `tail` and `lag` alone. */
  readonly bus: Bus;
  close(): Promise<void>;
}

export interface Kept<Body> {
  readonly id: string;
  readonly tenantId: string | undefined;
  readonly body: Body;
}

/** An event that a topic holds, once for every time that it was published. */
export type EventListener = (event: CloudEvent<string, { tenant_id: string }>) => void;

/** Whether an event about this moment must be there still, RFC 3339: retention has not come so far. */
export type IsKept = (topic: string, at: string) => boolean;

const dayMs = 86_400_000;

const currentGeneration = z.object({ current: z.int().positive() });

/** One look at everything that is stored, of one tenant or of all. */
export class Records {
  readonly #engines: Engines;
  readonly #tenantId: string | undefined;
  readonly #now: number;
  readonly #generations = new Map<string, Promise<number>>();

  /** @param now when this look begins, in milliseconds since the epoch */
  constructor(engines: Engines, { tenantId, now }: { readonly tenantId?: string | undefined; readonly now: number }) {
    this.#engines = engines;
    this.#tenantId = tenantId;
    this.#now = now;
  }

  /** Every record of a collection that can be read as one, by id. */
  async *read<Body>(source: Source<Body>): AsyncGenerator<Kept<Body>> {
    for await (const { id, tenantId, parsed } of this.#all(source)) {
      if (parsed.success) yield { id, tenantId, body: parsed.data };
    }
  }

  /** The records that are not what their collection holds, with what is wrong. */
  async *unreadable(source: Source<unknown>): AsyncGenerator<Kept<string>> {
    for await (const { id, tenantId, parsed } of this.#all(source)) {
      if (parsed.success) continue;
      const [issue] = parsed.error.issues;
      yield { id, tenantId, body: `${issue?.path.join('.')}: ${issue?.message}` };
    }
  }

  async *#all<Body>({ collection, generations, body, tenantOf }: Source<Body>) {
    const name = generations === undefined ? collection : await this.#inGeneration(collection, generations);
    for await (const document of this.#engines.store.documents(name)) {
      const tenantId = tenantOf(document.id, document.body);
      if (!this.isAudited(tenantId)) continue;
      yield { id: document.id, tenantId, parsed: body.safeParse(document.body) };
    }
  }

  /** The same one during all of this look: a rebuild that ends meanwhile is a matter of the next. */
  async #inGeneration(collection: string, generations: string): Promise<string> {
    const known = this.#generations.get(generations) ?? this.#readGeneration(generations);
    this.#generations.set(generations, known);
    const generation = await known;
    return generation === 1 ? collection : `${collection}.${generation}`;
  }

  async #readGeneration(generations: string): Promise<number> {
    for await (const { id, body } of this.#engines.store.documents(generations)) {
      if (id === 'current') return currentGeneration.parse(body).current;
    }
    return 1;
  }

  /** Whose records are looked at: who says nothing of a tenant may be anybody's. */
  isAudited(tenantId: string | undefined): boolean {
    return this.#tenantId === undefined || tenantId === undefined || tenantId === this.#tenantId;
  }

  /** Goes through what topics hold, in order per partition. What cannot be decoded is a matter of the dead letters. */
  async events(topics: readonly string[], listen: EventListener): Promise<IsKept> {
    const beginnings = new Beginnings();
    await readToEnd(this.#engines.bus, topics, (message) => {
      beginnings.see(message);
      const event = decode(message);
      if (event && this.isAudited(event.data.tenant_id)) listen(event);
    });
    return (topic, at) => {
      const retention = definitionOf(topic)?.retention ?? { days: 0 };
      const oldest = retention === 'compact' ? Number.NEGATIVE_INFINITY : this.#now - retention.days * dayMs;
      return Date.parse(at) > Math.max(oldest, beginnings.of(topic));
    };
  }
}

/** From when on topics have everything, as far as what they hold shows it: operators may keep less than the catalogue says. */
class Beginnings {
  readonly #seen = new Set<string>();
  readonly #latest = new Map<string, number>();

  see({ topic, partition, offset, timestampMs }: DeliveredMessage): void {
    const key = `${topic}/${partition}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (offset !== '0') this.#latest.set(topic, Math.max(timestampMs, this.#latest.get(topic) ?? 0));
  }

  of(topic: string): number {
    return this.#latest.get(topic) ?? Number.NEGATIVE_INFINITY;
  }
}

async function readToEnd(
  bus: Bus,
  topics: readonly string[],
  take: (message: DeliveredMessage) => void,
): Promise<void> {
  let [caughtUp, fail] = [() => {}, (_: unknown) => {}];
  const end = new Promise<void>((resolve, reject) => {
    [caughtUp, fail] = [resolve, reject];
  });
  const subscription = await bus.tail({
    topics,
    from: 'earliest',
    onCaughtUp: caughtUp,
    onMessages(messages) {
      try {
        for (const message of messages) take(message);
      } catch (error) {
        fail(error);
      }
    },
  });
  try {
    await end;
  } finally {
    await subscription.stop();
  }
}

/** Contracts see to it that the data of every event names its tenant. */
function decode(message: DeliveredMessage): CloudEvent<string, { tenant_id: string }> | undefined {
  try {
    return decodeEvent(message) as CloudEvent<string, { tenant_id: string }>;
  } catch (error) {
    if (error instanceof UndecodableEventError) return undefined;
    throw error;
  }
}
