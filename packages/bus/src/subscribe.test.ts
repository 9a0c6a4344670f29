import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperationalError } from '@referral/errors';
import fc from 'fast-check';
import type { Batch, Bus, DeliveredMessage } from './bus.ts';
import { openEmbeddedBus } from './embedded-bus.ts';
import { type DeadLetter, deadLetterTopic, type EventBatch, type SubscribeOptions, subscribe } from './subscribe.ts';

const topic = 'orders';
const group = 'billing';
const now = () => Date.UTC(2026, 0, 2, 3, 4, 5);

describe('subscribe', () => {
  let directory: string;
  let bus: Bus;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'subscribe-'));
    bus = openEmbeddedBus({ directory });
  });

  afterEach(async () => {
    await bus.close();
    await rm(directory, { recursive: true });
  });

  async function publish(...values: readonly (string | Uint8Array)[]): Promise<void> {
    await bus.publish(
      values.map((value, i) => ({
        topic,
        key: `key-${i}`,
        value: typeof value === 'string' ? Buffer.from(value) : value,
        headers: { trace: `trace-${i}` },
      })),
    );
  }

  /** Subscribes, waits until everything is acknowledged, stops. */
  async function run(options: Partial<SubscribeOptions<number>>): Promise<void> {
    const subscription = await subscribe<number>({ bus, group, topics: [topic], decode, now, handle, ...options });
    await bus.caughtUp([group]);
    await subscription.stop();
  }

  async function deadLetters(): Promise<DeliveredMessage[]> {
    const letters: DeliveredMessage[] = [];
    const subscription = await bus.consume({
      group: 'reader',
      topics: [deadLetterTopic(topic, group)],
      handleBatch: async ({ messages }) => void letters.push(...messages),
    });
    await bus.caughtUp(['reader']);
    await subscription.stop();
    return letters;
  }

  it('hands the decoded events of a batch over in one call, in order', async () => {
    await publish('1', '2', '3');
    const batches: EventBatch<number>[] = [];
    await run({ handle: async (batch) => void batches.push(batch) });
    expect(batches).toHaveLength(1);
    expect(batches[0]).toMatchObject({ topic });
    expect(batches[0]?.events.map(({ event, message }) => [event, message.offset])).toEqual([
      [1, '0'],
      [2, '1'],
      [3, '2'],
    ]);
    expect(await deadLetters()).toEqual([]);
  });

  it('keeps a message that cannot be decoded as it came, with its cause and origin, and handles the rest', async () => {
    const garbage = Uint8Array.of(0xff, 0x00, 0xfe);
    await publish('1', garbage, '3');
    const handled: number[] = [];
    const told: DeadLetter[] = [];
    await run({ handle: collect(handled), onDeadLetter: (letter) => told.push(letter) });
    expect(handled).toEqual([1, 3]);
    const letters = await deadLetters();
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({
      topic: 'orders.billing.dlq',
      key: 'key-1',
      headers: {
        trace: 'trace-1',
        'dlq-cause': 'not a number',
        'dlq-topic': topic,
        'dlq-partition': '0',
        'dlq-offset': '1',
        'dlq-group': group,
        'dlq-at': '2026-01-02T03:04:05.000Z',
      },
    });
    expect(Buffer.from(letters[0]?.value ?? []).equals(garbage)).toBe(true);
    expect(told).toMatchObject([{ group, message: { offset: '1' }, cause: { message: 'not a number' } }]);
  });

  it('finds the messages that a handler cannot take, and no others, wherever they are in a batch', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (poisonous) => {
        round += 1;
        const batch: Batch = {
          topic: `${topic}-${round}`,
          partition: 0,
          messages: poisonous.map((_, i) => delivered(`${topic}-${round}`, i)),
        };
        await bus.publish(batch.messages);
        const done: number[] = [];
        const subscription = await subscribe<number>({
          bus,
          group,
          topics: [batch.topic],
          decode,
          now,
          handle: async ({ events }) => {
            if (events.some(({ event }) => poisonous[event])) throw new Error('poison');
            done.push(...events.map(({ event }) => event));
          },
        });
        await bus.caughtUp([group]);
        await subscription.stop();
        const letters: number[] = [];
        const reader = await bus.consume({
          group: 'reader',
          topics: [deadLetterTopic(batch.topic, group)],
          handleBatch: async ({ messages }) => void letters.push(...messages.map(decode)),
        });
        await bus.caughtUp(['reader']);
        await reader.stop();
        expect(done).toEqual(batch.messages.map(decode).filter((i) => !poisonous[i]));
        expect(letters).toEqual(batch.messages.map(decode).filter((i) => poisonous[i]));
      }),
      { numRuns: 25 },
    );
  });

  describe('when partitions are handed over side by side', () => {
    /** Delivers the published messages of each partition once, all at the same time. @returns what became of each */
    async function deliver(partitions: readonly number[][], options: Partial<SubscribeOptions<number>>) {
      let outcomes: PromiseSettledResult<void>[] = [];
      const sideBySide: Bus = {
        ...delegateTo(bus),
        consume: async ({ handleBatch }) => {
          const batches = partitions.map((events, partition) => ({
            topic,
            partition,
            messages: events.map((event) => ({ ...delivered(topic, event), partition })),
          }));
          outcomes = await Promise.allSettled(batches.map((batch) => handleBatch(batch)));
          return { stop: async () => {} };
        },
      };
      await subscribe<number>({ bus: sideBySide, group, topics: [topic], decode, now, handle, ...options });
      return outcomes.map(({ status }) => status);
    }

    const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

    // One after the other costs a round trip each; at the same time, they would overtake each other in the store.
    it('handles them in one call at a time, up to its bound, and each partition in order', async () => {
      const partitions = [numbers(900), numbers(900, 1_000), numbers(1_000, 2_000), numbers(3_000, 3_000)];
      const calls: number[][] = [];
      let running = 0;
      const outcomes = await deliver(partitions, {
        handle: async ({ events }) => {
          running += 1;
          expect(running).toBe(1);
          calls.push(events.map(({ event }) => event));
          await Promise.resolve();
          running -= 1;
        },
      });
      expect(outcomes).toEqual(partitions.map(() => 'fulfilled'));
      const [first, second, third, fourth] = partitions;
      expect(calls).toEqual([[...(first ?? []), ...(second ?? [])], third, fourth]);
    });

    it('finds the message at fault without a loss to the others', async () => {
      const handled = new Set<number>();
      const outcomes = await deliver([[1, 2], [3, 4], [5]], {
        handle: async ({ events }) => {
          if (events.some(({ event }) => event === 4)) throw new Error('poison');
          for (const { event } of events) handled.add(event);
        },
      });
      expect(outcomes).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
      expect([...handled].sort()).toEqual([1, 2, 3, 5]);
      expect((await deadLetters()).map(decode)).toEqual([4]);
    });

    it('acknowledges none of them when the engine is away', async () => {
      const outcomes = await deliver([[1], [2]], {
        handle: async () => {
          throw new OperationalError('STORE_UNAVAILABLE', 'the store is away');
        },
      });
      expect(outcomes).toEqual(['rejected', 'rejected']);
    });
  });

  it('never makes a dead letter of an engine that is away: the whole batch comes again until it is handled', async () => {
    await publish('1', '2', '3');
    const handled: number[] = [];
    const retries: unknown[] = [];
    let attempts = 0;
    await run({
      handle: async (batch) => {
        attempts += 1;
        if (attempts < 3) throw new OperationalError('STORE_UNAVAILABLE', 'the store is away');
        await collect(handled)(batch);
      },
      onRetry: (error, { messages }) => retries.push([error, messages.length]),
    });
    expect(handled).toEqual([1, 2, 3]);
    const retry = [expect.objectContaining({ code: 'STORE_UNAVAILABLE' }), 3];
    expect(retries).toEqual([retry, retry]);
    expect(await deadLetters()).toEqual([]);
  });

  it('writes each dead letter once, also when the engine goes away in the midst of the search for it', async () => {
    await publish('1', 'x', '3', '4');
    const handled = new Set<number>();
    let away = true;
    await run({
      handle: async ({ events }) => {
        const [first] = events;
        if (events.some(({ event }) => event === 3)) {
          if (events.length > 1) throw new Error('poison');
          if (away) {
            away = false;
            throw new OperationalError('STORE_UNAVAILABLE', 'the store is away');
          }
          throw new Error(`poison ${first?.event}`);
        }
        for (const { event } of events) handled.add(event);
      },
      onRetry: () => {},
    });
    expect([...handled]).toEqual([1, 4]);
    expect((await deadLetters()).map(({ headers }) => headers['dlq-cause'])).toEqual(['not a number', 'poison 3']);
  });

  it('acknowledges a batch only when its dead letters are kept', async () => {
    await publish('x');
    let refusals = 2;
    const unreliable: Bus = {
      ...delegateTo(bus),
      publish: async (messages) => {
        refusals -= 1;
        if (refusals >= 0) throw new OperationalError('BUS_UNAVAILABLE', 'the bus is away');
        await bus.publish(messages);
      },
    };
    const retries: unknown[] = [];
    await run({ bus: unreliable, onRetry: (error) => retries.push(error) });
    expect(retries).toHaveLength(2);
    expect(await deadLetters()).toHaveLength(1);
  });

  it('decodes each message once for each time that it is delivered', async () => {
    await publish('1', '2', '3', '4');
    let decoded = 0;
    await run({
      decode: (message) => {
        decoded += 1;
        return decode(message);
      },
      handle: async () => {
        throw new Error('poison');
      },
    });
    expect(decoded).toBe(4);
    expect(await deadLetters()).toHaveLength(4);
  });

  it('bounds the cause in a header, whatever a parser says about a large message', async () => {
    await publish('1');
    await run({
      decode: () => {
        throw new Error('e'.repeat(1_000_000));
      },
    });
    expect((await deadLetters())[0]?.headers['dlq-cause']).toHaveLength(1_000);
  });

  it('refuses at once a group in whose name no dead letter could be written', async () => {
    const subscribing = subscribe({ bus, group: 'a/b', topics: [topic], decode, now, handle });
    await expect(subscribing).rejects.toThrow('"orders.a/b.dlq" is not a topic name');
  });
});

async function handle(): Promise<void> {}

function decode({ value }: { readonly value: Uint8Array }): number {
  const number = Number(Buffer.from(value).toString());
  if (Number.isNaN(number)) throw new Error('not a number');
  return number;
}

function collect(into: number[]): (batch: EventBatch<number>) => Promise<void> {
  return async ({ events }) => void into.push(...events.map(({ event }) => event));
}

function delivered(name: string, i: number): DeliveredMessage {
  return {
    topic: name,
    key: 'key',
    value: Buffer.from(String(i)),
    headers: {},
    partition: 0,
    offset: String(i),
    timestampMs: 0,
  };
}

function delegateTo(bus: Bus): Bus {
  return {
    ensureTopics: (topics) => bus.ensureTopics(topics),
    publish: (messages) => bus.publish(messages),
    consume: (options) => bus.consume(options),
    tail: (options) => bus.tail(options),
    lag: (groups) => bus.lag(groups),
    caughtUp: (groups) => bus.caughtUp(groups),
    close: () => bus.close(),
  };
}
