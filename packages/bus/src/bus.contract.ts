import { randomUUID } from 'node:crypto';
import { gate } from '../test/gate.ts';
import type { Batch, Bus, DeliveredMessage, Message } from './bus.ts';

export interface OpenedBus {
  readonly bus: Bus;
  /** Closes the bus and opens another one on the same data. */
  reopen(): Promise<Bus>;
  /** Closes whatever is open and releases the engine. */
  close(): Promise<void>;
}

export interface BusFeatures {
  /** What a test may take, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
}

const week = { ms: 7 * 24 * 3_600_000 };

/** Holds an engine to the comments of the port. Call it from the engine's own test. */
export function describeBus(name: string, open: () => Promise<OpenedBus>, features: BusFeatures = {}): void {
  describe(`${name} keeps the contract of the bus`, () => {
    jest.setTimeout(features.timeoutMs ?? 60_000);
    let opened: OpenedBus;
    let bus: Bus;

    beforeEach(async () => {
      opened = await open();
      bus = opened.bus;
    });

    afterEach(async () => {
      await opened.close();
    });

    async function newTopic(partitions = 3): Promise<string> {
      const topic = unique('topic');
      await bus.ensureTopics([{ name: topic, partitions, retention: week }]);
      return topic;
    }

    /** Consumes until the group is level, then stops. */
    async function drain(group: string, topics: readonly string[], on = bus): Promise<DeliveredMessage[]> {
      const received: DeliveredMessage[] = [];
      const subscription = await on.consume({ group, topics, handleBatch: collect(received) });
      await on.caughtUp([group]);
      await subscription.stop();
      return received;
    }

    describe('topics', () => {
      it('leaves a topic alone that exists: its keys stay where they are', async () => {
        const topic = await newTopic(2);
        await bus.ensureTopics([{ name: topic, partitions: 7, retention: 'compact' }]);
        await bus.publish(numbered(topic, 40, (i) => `key-${i}`));
        const partitions = new Set((await drain(unique('group'), [topic])).map(({ partition }) => partition));
        expect([...partitions].sort()).toEqual([0, 1]);
      });

      it('creates what a publisher names', async () => {
        const topic = unique('topic');
        await bus.publish([message(topic, 'a', 'first')]);
        expect(texts(await drain(unique('group'), [topic]))).toEqual(['first']);
      });

      it('creates what a consumer names, so that consumers may start before publishers', async () => {
        const [topic, group] = [unique('topic'), unique('group')];
        const received: DeliveredMessage[] = [];
        await bus.consume({ group, topics: [topic], handleBatch: collect(received) });
        await bus.publish([message(topic, 'a', 'first')]);
        await bus.caughtUp([group]);
        expect(texts(received)).toEqual(['first']);
      });
    });

    describe('messages', () => {
      it('come out as they went in: keys, headers and bytes, whatever is in them', async () => {
        const topic = await newTopic(1);
        const allBytes = Uint8Array.from({ length: 256 }, (_, i) => i);
        const sent: Message[] = [
          { topic, key: 'plain', value: Buffer.from('{"a":1}'), headers: { ce_type: 'x', traceparent: '00-ab-cd-01' } },
          { topic, key: 'ключ-鍵-🔑', value: allBytes, headers: { note: 'ünï ✓', 'x-long': 'v'.repeat(5_000) } },
          { topic, key: 'k'.repeat(300), value: Buffer.alloc(200_000, 7), headers: {} },
          { topic, key: null, value: new Uint8Array(0), headers: { empty: '' } },
        ];
        const before = Date.now();
        await bus.publish(sent);
        const received = await drain(unique('group'), [topic]);
        expect(received.map(({ key, headers }) => ({ key, headers }))).toEqual(
          sent.map(({ key, headers }) => ({ key, headers })),
        );
        expect(received.map(({ value }) => Buffer.from(value).toString('hex'))).toEqual(
          sent.map(({ value }) => Buffer.from(value).toString('hex')),
        );
        expect(received.map(({ offset }) => offset)).toEqual(['0', '1', '2', '3']);
        for (const { timestampMs } of received) {
          expect(timestampMs).toBeGreaterThanOrEqual(before - 60_000);
          expect(timestampMs).toBeLessThanOrEqual(Date.now() + 60_000);
        }
      });

      it('keep the order of their key, over many publishes', async () => {
        const topic = await newTopic(3);
        for (let i = 0; i < 300; i += 30) await bus.publish(numbered(topic, 30, (n) => `key-${n % 7}`, i));
        const received = await drain(unique('group'), [topic]);
        expect(received).toHaveLength(300);
        const byKey = grouped(received, ({ key }) => key);
        expect(byKey.size).toBe(7);
        for (const messages of byKey.values()) {
          expect(new Set(messages.map(({ partition }) => partition)).size).toBe(1);
          expect(numbers(messages)).toEqual([...numbers(messages)].sort((a, b) => a - b));
        }
      });

      it('get offsets without holes in each partition', async () => {
        const topic = await newTopic(3);
        await bus.publish(numbered(topic, 50, () => null));
        await bus.publish(numbered(topic, 50, () => null));
        const received = await drain(unique('group'), [topic]);
        for (const messages of grouped(received, ({ partition }) => partition).values()) {
          expect(messages.map(({ offset }) => offset)).toEqual(messages.map((_, i) => String(i)));
        }
      });

      it('are durable when publish resolves: another opening of the same data has them', async () => {
        const topic = await newTopic();
        await bus.publish(numbered(topic, 100, (i) => `key-${i}`));
        bus = await opened.reopen();
        expect(numbers(await drain(unique('group'), [topic])).sort((a, b) => a - b)).toEqual(upTo(100));
      });

      it('may be 10,000 in one publish', async () => {
        const topic = await newTopic(3);
        await bus.publish(numbered(topic, 10_000, (i) => `key-${i % 100}`));
        const received = await drain(unique('group'), [topic]);
        expect(numbers(received).sort((a, b) => a - b)).toEqual(upTo(10_000));
      });

      it('may be none', async () => {
        await expect(bus.publish([])).resolves.toBeUndefined();
      });
    });

    describe('a group', () => {
      it('gets everything that was published before it first came', async () => {
        const topic = await newTopic();
        await bus.publish(numbered(topic, 20, (i) => `key-${i}`));
        expect(await drain(unique('group'), [topic])).toHaveLength(20);
      });

      it('gets every message, however many other groups do', async () => {
        const topic = await newTopic();
        const [one, two]: [DeliveredMessage[], DeliveredMessage[]] = [[], []];
        const groups = [unique('group'), unique('group')];
        await bus.consume({ group: groups[0] ?? '', topics: [topic], handleBatch: collect(one) });
        await bus.consume({ group: groups[1] ?? '', topics: [topic], handleBatch: collect(two) });
        await bus.publish(numbered(topic, 100, (i) => `key-${i}`));
        await bus.caughtUp(groups);
        expect(numbers(one).sort((a, b) => a - b)).toEqual(upTo(100));
        expect(numbers(two).sort((a, b) => a - b)).toEqual(upTo(100));
      });

      it('gets batches of one partition, never empty, never above maxBatchSize', async () => {
        const topics = [await newTopic(2), await newTopic(2)];
        for (const topic of topics) await bus.publish(numbered(topic, 50, (i) => `key-${i}`));
        const batches: Batch[] = [];
        const group = unique('group');
        await bus.consume({ group, topics, maxBatchSize: 7, handleBatch: async (batch) => void batches.push(batch) });
        await bus.caughtUp([group]);
        expect(batches.flatMap(({ messages }) => messages)).toHaveLength(100);
        for (const { topic, partition, messages } of batches) {
          expect(messages.length).toBeGreaterThan(0);
          expect(messages.length).toBeLessThanOrEqual(7);
          for (const each of messages) expect(each).toMatchObject({ topic, partition });
        }
      });

      it('shares the partitions among its members: no message is with both, none is left out', async () => {
        const topic = await newTopic(4);
        const group = unique('group');
        const received: DeliveredMessage[] = [];
        const busy = new Set<number>();
        const members: [Set<number>, Set<number>] = [new Set(), new Set()];
        let overlaps = 0;
        for (const partitions of members) {
          await bus.consume({
            group,
            topics: [topic],
            maxBatchSize: 5,
            handleBatch: async (batch) => {
              if (busy.has(batch.partition)) overlaps += 1;
              busy.add(batch.partition);
              await new Promise((resolve) => setImmediate(resolve));
              received.push(...batch.messages);
              partitions.add(batch.partition);
              busy.delete(batch.partition);
            },
          });
        }
        let published = 0;
        // Engines that spread over machines take a while to share out the partitions.
        while (members.some((partitions) => partitions.size === 0)) {
          await bus.publish(numbered(topic, 40, (i) => `key-${i}`, published));
          published += 40;
          await bus.caughtUp([group]);
        }
        expect(new Set(numbers(received)).size).toBe(published);
        expect(overlaps).toBe(0);
      });

      it('passes the partitions of a member that stops to the others', async () => {
        const topic = await newTopic(4);
        const group = unique('group');
        const received: DeliveredMessage[] = [];
        const leaving = await bus.consume({ group, topics: [topic], handleBatch: collect([]) });
        await bus.consume({ group, topics: [topic], handleBatch: collect(received) });
        await leaving.stop();
        await bus.publish(numbered(topic, 40, (i) => `key-${i}`));
        await bus.caughtUp([group]);
        expect(new Set(numbers(received)).size).toBe(40);
      });
    });

    describe('acknowledgement', () => {
      it('does not happen when a batch is rejected: the same messages come again, none is skipped', async () => {
        const topic = await newTopic(1);
        await bus.publish(numbered(topic, 10, () => 'key'));
        const group = unique('group');
        const attempts: string[][] = [];
        const errors: unknown[] = [];
        const failure = new Error('not yet');
        await bus.consume({
          group,
          topics: [topic],
          maxBatchSize: 5,
          handleBatch: async ({ messages }) => {
            attempts.push(texts(messages));
            if (attempts.length <= 2) throw failure;
          },
          onError: (error, batch) => errors.push([error, texts(batch.messages)]),
        });
        await bus.caughtUp([group]);
        const [first] = attempts;
        expect(attempts[1]).toEqual(first);
        expect(attempts[2]).toEqual(first);
        expect(attempts.slice(2).flat()).toEqual(upTo(10).map(String));
        expect(errors).toEqual([
          [failure, first],
          [failure, first],
        ]);
      });

      it('outlives the process: what was acknowledged does not come again, what was not does', async () => {
        const [done, failing] = [await newTopic(), await newTopic()];
        const group = unique('group');
        await bus.publish(numbered(done, 30, (i) => `key-${i}`));
        await drain(group, [done]);
        await bus.publish(numbered(failing, 10, () => 'key'));
        const rejected = gate();
        await bus.consume({
          group,
          topics: [failing],
          handleBatch: async () => {
            rejected.open();
            throw new Error('never');
          },
          onError: () => {},
        });
        await rejected.opened;
        bus = await opened.reopen();
        await bus.publish(numbered(done, 5, (i) => `key-${i}`, 30));
        const received = await drain(group, [done, failing]);
        const byTopic = grouped(received, ({ topic }) => topic);
        expect(numbers(byTopic.get(done) ?? []).sort((a, b) => a - b)).toEqual([30, 31, 32, 33, 34]);
        expect(numbers(byTopic.get(failing) ?? [])).toEqual(upTo(10));
      });

      it('waits for the handler: stop takes no further batch and lets the one under way finish', async () => {
        const topic = await newTopic(1);
        await bus.publish(numbered(topic, 10, () => 'key'));
        const group = unique('group');
        const started = gate();
        const finish = gate();
        const handled: DeliveredMessage[] = [];
        const subscription = await bus.consume({
          group,
          topics: [topic],
          maxBatchSize: 4,
          handleBatch: async ({ messages }) => {
            started.open();
            await finish.opened;
            handled.push(...messages);
          },
        });
        await started.opened;
        const stopped = Promise.all([subscription.stop(), subscription.stop()]);
        expect(handled).toEqual([]);
        finish.open();
        await stopped;
        expect(handled.length).toBeGreaterThan(0);
        expect(handled.length).toBeLessThanOrEqual(4);
        const rest = await drain(group, [topic]);
        expect(numbers([...handled, ...rest])).toEqual(upTo(10));
      });
    });

    describe('tail', () => {
      it('from the earliest: everything kept, then what comes, in order, and stops when told', async () => {
        const topic = await newTopic(1);
        await bus.publish(numbered(topic, 5, () => 'key'));
        const watched = watcher();
        const tail = await bus.tail({ topics: [topic], from: 'earliest', onMessages: watched.onMessages });
        await watched.seen(5);
        await bus.publish(numbered(topic, 5, () => 'key', 5));
        await watched.seen(10);
        expect(numbers(watched.messages)).toEqual(upTo(10));
        await tail.stop();
        await tail.stop();
        await bus.publish(numbered(topic, 1, () => 'key', 10));
        expect(await drain(unique('group'), [topic])).toHaveLength(11);
        expect(watched.messages).toHaveLength(10);
      });

      it('from the latest: only what is published after it listens', async () => {
        const topic = await newTopic(3);
        await bus.publish(numbered(topic, 20, (i) => `key-${i}`));
        const watched = watcher();
        await bus.tail({ topics: [topic], from: 'latest', onMessages: watched.onMessages });
        await bus.publish(numbered(topic, 20, (i) => `key-${i}`, 20));
        await watched.seen(20);
        expect(numbers(watched.messages).sort((a, b) => a - b)).toEqual(upTo(40).slice(20));
      });

      it.each([0, 20])('tells once when it has delivered what there was: %i messages', async (count) => {
        const [topic, empty] = [await newTopic(3), await newTopic(1)];
        await bus.publish(numbered(topic, count, (i) => `key-${i}`));
        const watched = watcher();
        const whenCaughtUp: number[] = [];
        const caughtUp = gate();
        await bus.tail({
          topics: [topic, empty],
          from: 'earliest',
          onMessages: watched.onMessages,
          onCaughtUp: () => {
            whenCaughtUp.push(watched.messages.length);
            caughtUp.open();
          },
        });
        await caughtUp.opened;
        await bus.publish(numbered(empty, 1, () => 'key', count));
        await watched.seen(count + 1);
        expect(whenCaughtUp).toEqual([count]);
      });

      it('takes nothing from any group', async () => {
        const topic = await newTopic(1);
        const group = unique('group');
        const watched = watcher();
        await bus.tail({ topics: [topic], from: 'earliest', onMessages: watched.onMessages });
        await bus.publish(numbered(topic, 3, () => 'key'));
        await watched.seen(3);
        expect(numbers(await drain(group, [topic]))).toEqual([0, 1, 2]);
      });
    });

    describe('lag and caughtUp', () => {
      it('counts per group and topic what is not acknowledged', async () => {
        const [one, two, elsewhere] = [await newTopic(), await newTopic(), await newTopic()];
        const group = unique('group');
        await drain(group, [one, two]);
        await bus.publish(numbered(one, 12, (i) => `key-${i}`));
        await bus.publish(numbered(elsewhere, 9, (i) => `key-${i}`));
        const rows = await bus.lag([group, unique('group')]);
        expect(rows).toHaveLength(2);
        expect(rows).toContainEqual({ group, topic: one, messages: 12 });
        expect(rows).toContainEqual({ group, topic: two, messages: 0 });
        await drain(group, [one]);
        expect(await bus.lag([group])).toContainEqual({ group, topic: one, messages: 0 });
      });

      it('has caught up only when what handlers publish on is acknowledged as well', async () => {
        const [first, second, third] = [await newTopic(), await newTopic(), await newTopic()];
        const groups = [unique('group'), unique('group'), unique('group')];
        const forward = (to: string) => async (batch: Batch) => {
          await bus.publish(batch.messages.map(({ key, value, headers }) => ({ topic: to, key, value, headers })));
        };
        const arrived: DeliveredMessage[] = [];
        await bus.consume({ group: groups[0] ?? '', topics: [first], maxBatchSize: 10, handleBatch: forward(second) });
        await bus.consume({ group: groups[1] ?? '', topics: [second], maxBatchSize: 10, handleBatch: forward(third) });
        await bus.consume({ group: groups[2] ?? '', topics: [third], handleBatch: collect(arrived) });
        await bus.publish(numbered(first, 100, (i) => `key-${i}`));
        await bus.caughtUp(groups);
        expect(new Set(numbers(arrived)).size).toBe(100);
        for (const { messages } of await bus.lag(groups)) expect(messages).toBe(0);
      });
    });

    describe('close', () => {
      it('stops every subscription, lets their handlers finish, and may be called twice', async () => {
        const topic = await newTopic(1);
        await bus.publish(numbered(topic, 1, () => 'key'));
        const started = gate();
        let finished = false;
        await bus.consume({
          group: unique('group'),
          topics: [topic],
          handleBatch: async () => {
            started.open();
            await new Promise((resolve) => setImmediate(resolve));
            finished = true;
          },
        });
        await started.opened;
        await Promise.all([bus.close(), bus.close()]);
        expect(finished).toBe(true);
      });

      it('makes a later publish fail as unavailable, so that its caller knows', async () => {
        const topic = await newTopic(1);
        await bus.close();
        await expect(bus.publish([message(topic, 'a', 'late')])).rejects.toMatchObject({
          name: 'OperationalError',
          code: 'BUS_UNAVAILABLE',
        });
      });
    });
  });
}

function unique(kind: string): string {
  return `${kind}-${randomUUID()}`;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function message(topic: string, key: string | null, text: string): Message {
  return { topic, key, value: Buffer.from(text), headers: {} };
}

function numbered(topic: string, count: number, key: (i: number) => string | null, from = 0): Message[] {
  return upTo(count).map((i) => message(topic, key(from + i), String(from + i)));
}

function texts(messages: readonly Message[]): string[] {
  return messages.map(({ value }) => Buffer.from(value).toString());
}

function numbers(messages: readonly Message[]): number[] {
  return texts(messages).map(Number);
}

function collect(into: DeliveredMessage[]): (batch: Batch) => Promise<void> {
  return async ({ messages }) => {
    into.push(...messages);
  };
}

function grouped<K>(
  messages: readonly DeliveredMessage[],
  keyOf: (message: DeliveredMessage) => K,
): Map<K, DeliveredMessage[]> {
  const groups = new Map<K, DeliveredMessage[]>();
  for (const each of messages) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return groups;
}

function watcher() {
  const messages: DeliveredMessage[] = [];
  let wake = () => {};
  return {
    messages,
    onMessages(more: readonly DeliveredMessage[]) {
      messages.push(...more);
      wake();
    },
    async seen(count: number): Promise<void> {
      while (messages.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
