import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EncodedEvent } from '@referral/contracts';
import { defineCollection, openEmbeddedStore, type Store } from '@referral/store';
import { type Decided, decideDocuments, updateDocument } from './decide-documents.ts';

interface Tally {
  readonly causes: readonly string[];
  readonly name?: string;
}

const tallies = defineCollection<Tally>('test.tallies', [{ name: 'name', keys: ['name'], unique: true }]);

let directory: string;
let store: Store;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'decide-'));
  store = openEmbeddedStore({ directory });
  await store.prepare([tallies]);
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

const said = (text: string): EncodedEvent => ({ topic: 'said', key: text, value: Buffer.from(text), headers: {} });

/** Remembers its causes: one that is known changes nothing, and what the document says is told again. */
function decide(body: Tally | undefined, cause: string): Decided<Tally> {
  const before = body ?? { causes: [] };
  const after = before.causes.includes(cause) ? before : { ...before, causes: [...before.causes, cause] };
  return { body: after, events: [said(after.causes.join())] };
}

const tasks = (...pairs: [string, string][]) => pairs.map(([documentId, command]) => ({ documentId, command }));
const told = (events: readonly EncodedEvent[]) => events.map(({ value }) => Buffer.from(value).toString());

describe('decideDocuments', () => {
  test('decides the commands of one document one upon the other, in one write', async () => {
    const batch = tasks(['a', '1'], ['b', '1'], ['a', '2']);
    const { events, bodies } = await decideDocuments({ store, collection: tallies, tasks: batch, decide });
    expect(told(events)).toEqual(['1', '1,2', '1']);
    expect(bodies.get('a')).toEqual({ causes: ['1', '2'] });
    expect((await store.get(tallies, 'a'))?.version).toBe(1);
  });

  test('writes nothing for a repeat, and tells again what the document says', async () => {
    await decideDocuments({ store, collection: tallies, tasks: tasks(['a', '1'], ['a', '2']), decide });
    const { events } = await decideDocuments({ store, collection: tallies, tasks: tasks(['a', '1']), decide });
    expect(told(events)).toEqual(['1,2']);
    expect((await store.get(tallies, 'a'))?.version).toBe(1);
  });

  // Two replicas may hold the same document for a moment; neither's commands may be lost.
  test('decides again upon what a faster writer left', async () => {
    const writers = Array.from({ length: 20 }, (_, n) =>
      decideDocuments({ store, collection: tallies, tasks: tasks(['a', `w${n}`], [`own${n}`, 'x']), decide }),
    );
    await Promise.all(writers);
    const document = await store.get(tallies, 'a');
    expect([...(document?.body.causes ?? [])].sort()).toEqual(Array.from({ length: 20 }, (_, n) => `w${n}`).sort());
    expect(document?.version).toBe(20);
  });

  test('leaves alone what neither exists nor shall', async () => {
    const nothing = () => ({ body: undefined, events: [] });
    const { bodies } = await decideDocuments({ store, collection: tallies, tasks: tasks(['a', '1']), decide: nothing });
    expect(bodies.size).toBe(0);
    expect(await store.get(tallies, 'a')).toBeUndefined();
  });
});

describe('updateDocument', () => {
  test('changes upon what it has just read, however many change at once', async () => {
    const changes = Array.from({ length: 20 }, (_, n) =>
      updateDocument(store, tallies, 'a', (body) => ({ causes: [...(body?.causes ?? []), String(n)] })),
    );
    await Promise.all(changes);
    expect((await store.get(tallies, 'a'))?.body.causes).toHaveLength(20);
  });

  test('says which unique index refuses a change', async () => {
    await updateDocument(store, tallies, 'a', () => ({ causes: [], name: 'taken' }));
    expect(await updateDocument(store, tallies, 'b', () => ({ causes: [], name: 'taken' }))).toEqual({
      duplicate: 'name',
    });
    expect(await store.get(tallies, 'b')).toBeUndefined();
  });
});
