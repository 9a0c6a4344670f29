import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, openEmbeddedBus } from '@referral/bus';
import type { EncodedEvent } from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import { defineCollection, forwardTo, openEmbeddedStore, type Store } from '@referral/store';
import { updateDocument } from './decide-documents.ts';
import { type OutboxRelay, outboxIndex, startOutboxRelay, type WithOutbox, withOutbox } from './outbox.ts';

const notes = defineCollection<WithOutbox>('test.notes', [outboxIndex]);
const never = 3_600_000;

let directory: string;
let store: Store;
let bus: Bus;
let relay: OutboxRelay;
let isAway: boolean;
let committed: Promise<void>;
let onCommit: () => void;
const errors: unknown[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outbox-'));
  store = openEmbeddedStore({ directory: join(directory, 'store') });
  bus = openEmbeddedBus({ directory: join(directory, 'log') });
  isAway = false;
  errors.length = 0;
  await store.prepare([notes]);
  committed = new Promise((resolve) => {
    onCommit = resolve;
  });
  relay = startOutboxRelay({
    store: {
      ...forwardTo(store),
      commit: async (changes) => {
        const outcomes = await store.commit(changes);
        onCommit();
        return outcomes;
      },
    },
    bus: { ...delegate(bus), publish: (messages) => (isAway ? Promise.reject(away) : bus.publish(messages)) },
    collections: [notes],
    sweepEveryMs: never,
    onError: (error) => errors.push(error),
  });
});
afterEach(async () => {
  await relay.stop();
  await bus.close();
  await store.close();
  await rm(directory, { recursive: true });
});

const away = new OperationalError('BUS_UNAVAILABLE', 'the test has taken the bus away');

function delegate(engine: Bus): Bus {
  return {
    ensureTopics: (topics) => engine.ensureTopics(topics),
    publish: (messages) => engine.publish(messages),
    consume: (options) => engine.consume(options),
    tail: (options) => engine.tail(options),
    lag: (groups) => engine.lag(groups),
    caughtUp: (groups) => engine.caughtUp(groups),
    close: () => engine.close(),
  };
}

const note = (text: string): EncodedEvent => ({
  topic: 'noted',
  key: 'k',
  value: Buffer.from(text),
  headers: { h: '1' },
});

const keep = (id: string, text: string) =>
  updateDocument(store, notes, id, (body) => withOutbox(body ?? { outbox: [] }, [note(text)]));

/** Resolves with the texts of this many messages, as they arrive. */
function published(count: number): Promise<string[]> {
  const texts: string[] = [];
  return new Promise((resolve, reject) => {
    bus
      .tail({
        topics: ['noted'],
        from: 'earliest',
        onMessages: (messages) => {
          texts.push(...messages.map(({ value }) => Buffer.from(value).toString()));
          if (texts.length >= count) resolve(texts);
        },
      })
      .catch(reject);
  });
}

const waiting = async () =>
  (await store.page(notes, { index: outboxIndex.name, prefix: [true], direction: 'ascending', limit: 10 })).items
    .length;

test('what waits in a document is published as soon as it is told of, and taken out', async () => {
  await keep('a', 'one');
  relay.wake(notes, 'a');
  expect(await published(1)).toEqual(['one']);
  await relay.drain();
  expect(await waiting()).toBe(0);
});

// A wake that falls between the last look at what is woken and the end of that round must start another one.
test.each(Array.from({ length: 12 }, (_, turns) => turns))(
  'nothing waits for the sweep that is told of %d turns after a round',
  async (turns) => {
    await keep('late', 'late');
    await keep('early', 'early');
    relay.wake(notes, 'early');
    await committed;
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    relay.wake(notes, 'late');
    expect(await published(2)).toEqual(['early', 'late']);
  },
);

test('what a crash or an absent bus left behind is found by its index', async () => {
  isAway = true;
  await keep('a', 'one');
  relay.wake(notes, 'a');
  await keep('b', 'two');
  await expect(relay.drain()).rejects.toBe(away);
  expect(await waiting()).toBe(2);
  isAway = false;
  await relay.drain();
  expect((await published(2)).sort()).toEqual(['one', 'two']);
  expect(await waiting()).toBe(0);
  expect(errors).toEqual([]);
});

test('a document that changes while its outbox is being published loses nothing', async () => {
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      await keep('a', String(n));
      relay.wake(notes, 'a');
    }),
  );
  await relay.drain();
  const texts = new Set(await published(20));
  expect([...texts].sort()).toEqual(Array.from({ length: 20 }, (_, n) => String(n)).sort());
  expect(await waiting()).toBe(0);
});
