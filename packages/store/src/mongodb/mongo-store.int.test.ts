import { randomUUID } from 'node:crypto';
import { AssertionFailure } from '@referral/errors';
import { describeOnEngines, freePort, openTcpProxy, type TcpProxy } from '@referral/local-engines';
import mongoose, { type Connection, type mongo } from 'mongoose';
import { describeDeclarations } from '../declaration.contract.ts';
import { describeStore } from '../store.contract.ts';
import { type Change, type Collection, defineCollection, type Outcome, type Store } from '../store.ts';
import { type MongoStoreOptions, openMongoStore } from './index.ts';
import { connect } from './mongo-connection.ts';
import type { StoredDocument } from './stored-document.ts';

interface Thing {
  readonly color?: string;
  readonly size?: number;
}

const things = defineCollection<Thing>('test.things', [
  { name: 'by_color', keys: ['color'], unique: true },
  { name: 'by_size', keys: ['size'] },
]);
const notes = defineCollection<unknown>('test.notes');

const ok: Outcome = { status: 'ok' };
const stale: Outcome = { status: 'stale' };
const duplicate: Outcome = { status: 'duplicate', index: 'by_color' };
const unavailable = { name: 'OperationalError', code: 'STORE_UNAVAILABLE' };

const change = (id: string, expectedVersion: number, body: Thing): Change<Thing> => ({
  collection: things,
  id,
  expectedVersion,
  body,
});

describeOnEngines(['mongodb'], 'on MongoDB', ({ mongodbUrl: url }) => {
  let database: string;
  let stores: Store[];
  /** What stands in the database, seen beneath the store. */
  let connection: Connection;

  const openStore = async (options: Partial<MongoStoreOptions> = {}): Promise<Store> => {
    const store = await openMongoStore({ url, database, ...options });
    stores.push(store);
    return store;
  };
  const documentsOf = ({ name }: Collection<unknown>): mongo.Collection<StoredDocument> =>
    connection.getClient().db(database).collection(name);
  const openDatabase = async () => {
    database = `store-${randomUUID()}`;
    stores = [];
    connection = await mongoose.createConnection(url, { dbName: database }).asPromise();
  };
  const closeAndDrop = async () => {
    await Promise.all(stores.map((store) => store.close()));
    await connection.dropDatabase();
    await connection.destroy();
  };

  for (const describeContract of [describeStore, describeDeclarations]) {
    describeContract('the MongoDB store', async () => {
      await openDatabase();
      let store = await openStore();
      const reopen = async () => {
        await store.close();
        store = await openStore();
        return store;
      };
      return { store, reopen, close: closeAndDrop };
    });
  }

  describe('the MongoDB store', () => {
    let store: Store;

    beforeEach(async () => {
      await openDatabase();
      store = await openStore();
    });
    afterEach(closeAndDrop);

    const sizes = async (of: Store) =>
      (await of.page(things, { index: 'by_size', prefix: [], direction: 'ascending', limit: 1_000 })).items.map(
        ({ body }) => body.size,
      );

    describe('refuses to start', () => {
      test('without a unique index that was lost and cannot be made again, and starts once it can', async () => {
        await store.prepare([things]);
        await store.commit([change('a', 0, { color: 'red' }), change('b', 0, { color: 'blue' })]);
        await documentsOf(things).dropIndex('unique.by_color:color');
        await store.commit([change('c', 0, { color: 'red' })]);
        const late = await openStore();
        const starting = late.prepare([things]);
        await expect(starting).rejects.toBeInstanceOf(AssertionFailure);
        await expect(starting).rejects.toThrow(/test\.things cannot be indexed.*E11000/);
        expect(await store.commit([change('c', 1, { color: 'green' })])).toEqual([ok]);
        await late.prepare([things]);
        expect(await late.commit([change('d', 0, { color: 'red' })])).toEqual([duplicate]);
      });

      test.each([
        ['is on something else', { 'body.color': 1 }, { unique: true, sparse: true }],
        ['is not unique', { 'unique.by_color:color': 1 }, { sparse: true }],
        ['takes null for a key', { 'unique.by_color:color': 1 }, { unique: true }],
      ] as const)('with an index of the right name that %s', async (_, keys, options) => {
        await documentsOf(things).createIndex(keys, { name: 'unique.by_color:color', ...options });
        const starting = store.prepare([things]);
        await expect(starting).rejects.toBeInstanceOf(AssertionFailure);
        await expect(starting).rejects.toThrow(/index unique\.by_color:color of test\.things is .* drop it first/);
      });
    });

    test('fills an index of many documents while others write, and misses nothing', async () => {
      await store.prepare([things]);
      const ids = Array.from({ length: 250 }, (_, n) => `t${String(n).padStart(3, '0')}`);
      await store.commit(ids.map((id, size) => change(id, 0, { size })));
      await documentsOf(things).updateMany({ version: 1 }, { $set: { keys: {} } });
      await documentsOf(defineCollection('store.indexed')).deleteMany({});
      expect(await sizes(store)).toEqual([]);

      const late = await openStore();
      const preparing = late.prepare([things]);
      for (const id of ids.filter((_, n) => n % 7 === 0)) {
        expect(await store.commit([change(id, 1, { size: 1_000 })])).toEqual([ok]);
      }
      await preparing;
      const expected = ids.map((_, size) => (size % 7 === 0 ? 1_000 : size)).sort((a, b) => a - b);
      expect(await sizes(late)).toEqual(expected);
    });

    test('counts right with two stores on one database that change one document at the same time', async () => {
      const stores = [store, await openStore()];
      await Promise.all(stores.map((each) => each.prepare([things])));
      const count = async (each: Store): Promise<void> => {
        const { version = 0, body } = (await each.get(things, 'counter')) ?? {};
        const [outcome] = await each.commit([change('counter', version, { size: (body?.size ?? 0) + 1 })]);
        if (outcome?.status !== 'ok') await count(each);
      };
      await Promise.all(Array.from({ length: 20 }, (_, n) => stores[n % 2]).map((each) => each && count(each)));
      for (const each of stores) {
        expect(await each.get(things, 'counter')).toEqual({ id: 'counter', version: 20, body: { size: 20 } });
        expect(await sizes(each)).toEqual([20]);
      }
    });

    test('inserts nothing for a change of a document that is gone, not even for a moment', async () => {
      await store.prepare([things]);
      await store.commit([change('gone', 0, { color: 'red' }), change('there', 0, {})]);
      await documentsOf(things).deleteOne({ _id: 'gone' });
      const seen: unknown[] = [];
      const reading = (async () => {
        for (let n = 0; n < 20; n += 1) seen.push(await documentsOf(things).findOne({ _id: 'gone' }));
      })();
      const changes = [change('gone', 1, { color: 'blue' }), change('there', 1, { color: 'red' })];
      expect(await store.commit(changes)).toEqual([stale, ok]);
      await reading;
      expect(new Set(seen)).toEqual(new Set([null]));
      expect(await documentsOf(things).countDocuments({ version: { $gte: 1 } })).toBe(1);
    });

    test('says so when somebody has removed what keeps a change from inserting', async () => {
      await store.prepare([things]);
      await documentsOf(things).deleteMany({ missing: true });
      await expect(store.commit([change('missing', 1, {})])).rejects.toBeInstanceOf(AssertionFailure);
    });

    test('leaves bodies as operators can read them, where MongoDB can hold them', async () => {
      await store.prepare([notes]);
      const deep = Array.from({ length: 100 }).reduce<unknown>((inner) => [inner], 'deep down');
      const bodies = { readable: { color: 'rot', sizes: [1.5, null] }, deep, dotted: { 'a.b': 1 } };
      const changes = Object.entries(bodies).map(([id, body]) => ({ collection: notes, id, expectedVersion: 0, body }));
      expect(await store.commit(changes)).toEqual([ok, ok, ok]);
      const stored = documentsOf(notes);
      expect(await stored.findOne({ _id: 'readable' })).toMatchObject({ version: 1, body: bodies.readable });
      for (const id of ['deep', 'dotted']) {
        expect((await stored.findOne({ _id: id }))?.body).toBeInstanceOf(mongoose.mongo.Binary);
      }
    });

    test('sends one command where one is enough, and at most two per collection and batch', async () => {
      const sent: string[] = [];
      const counted = await openStore({ onCommand: (name) => sent.push(name) });
      await counted.prepare([things, notes]);
      const commandsOf = async (work: () => Promise<unknown>) => {
        sent.length = 0;
        await work();
        return sent.sort();
      };
      const ids = Array.from({ length: 150 }, (_, n) => `t${n}`);
      const inserts = ids.map((id, size) => change(id, 0, { size, color: id }));
      expect(await commandsOf(() => counted.commit(inserts))).toEqual(['insert']);
      const note: Change = { collection: notes, id: 'n', expectedVersion: 0, body: 'note' };
      const mixed = [change('t1', 1, {}), change('new', 0, {}), change('t2', 7, {}), note];
      expect(await commandsOf(() => counted.commit(mixed))).toEqual(['insert', 'insert', 'update']);
      expect(await commandsOf(() => counted.getMany(things, ids))).toEqual(['find']);
      expect(await commandsOf(() => counted.get(things, 't1'))).toEqual(['find']);
      expect(await commandsOf(() => sizes(counted))).toEqual(['find']);
      expect(await commandsOf(() => counted.commit([change('x', 0, { color: 't5' })]))).toEqual(['find', 'insert']);
    });

    test('takes no weaker promise from the URL', async () => {
      const weak = new URL(url);
      for (const [name, value] of Object.entries({ w: '0', journal: 'false', readConcernLevel: 'local' }))
        weak.searchParams.set(name, value);
      weak.searchParams.set('readPreference', 'secondary');
      if (weak.pathname === '') weak.pathname = '/';
      const { options } = (
        await connect({ url: weak.href, database }).then(async (connected) => {
          await connected.destroy();
          return connected;
        })
      ).getClient();
      expect(options.writeConcern).toMatchObject({ w: 'majority', j: true });
      expect(options.readConcern).toMatchObject({ level: 'majority' });
      expect(options.readPreference).toMatchObject({ mode: 'primary' });
    });
  });

  describe('behind a network that fails, the MongoDB store', () => {
    let proxy: TcpProxy;
    let store: Store;
    const patience = { serverSelectionTimeoutMs: 300, answerTimeoutMs: 300 };
    /** With what a loaded machine adds, and before the driver's own look after the server, which comes every 10 s. */
    const boundMs = 8_000;

    beforeEach(async () => {
      await openDatabase();
      const { hostname, port } = new URL(url);
      proxy = await openTcpProxy({ host: hostname, port: Number(port || 27_017) });
      store = await openStore({ url: `mongodb://127.0.0.1:${proxy.port}/?directConnection=true`, ...patience });
      await store.prepare([things]);
      await store.commit([change('a', 0, { size: 1 })]);
    });
    afterEach(async () => {
      await closeAndDrop();
      await proxy.close();
    });

    const calls = () => [
      store.get(things, 'a'),
      store.getMany(things, ['a', 'b']),
      store.commit([change('b', 0, { size: 2 }), change('a', 1, { size: 3 })]),
      store.page(things, { index: 'by_size', prefix: [], direction: 'ascending', limit: 10 }),
      store.prepare([things]),
    ];
    const expectAllUnavailable = async () => {
      const begin = performance.now();
      for (const { status, ...failed } of await Promise.allSettled(calls())) {
        expect({ status, ...failed }).toMatchObject({ status: 'rejected', reason: unavailable });
      }
      expect(performance.now() - begin).toBeLessThan(boundMs);
    };
    /** What a caller does with an operational failure. */
    const untilHealed = async <T>(work: () => Promise<T>): Promise<T> => {
      const deadline = performance.now() + boundMs;
      for (;;) {
        try {
          return await work();
        } catch (error) {
          expect(error).toMatchObject(unavailable);
          if (performance.now() > deadline) throw error;
        }
      }
    };

    test('says so in bounded time when nobody listens, and works again when somebody does', async () => {
      await proxy.close();
      await expectAllUnavailable();
      await expectAllUnavailable();
      await proxy.open();
      expect(await untilHealed(() => store.get(things, 'a'))).toMatchObject({ version: 1 });
      expect(await store.commit([change('b', 0, { size: 2 })])).toEqual([ok]);
    });

    test('says so in bounded time when answers are lost, and finds on looking again what it has written', async () => {
      const passOn = proxy.answers;
      proxy.answers = () => undefined;
      const begin = performance.now();
      await expect(store.commit([change('a', 1, { size: 3 })])).rejects.toMatchObject(unavailable);
      expect(performance.now() - begin).toBeLessThan(boundMs);
      await expectAllUnavailable();
      proxy.answers = passOn;
      proxy.breakConnections();
      expect(await untilHealed(() => store.get(things, 'a'))).toMatchObject({ version: 2, body: { size: 3 } });
      expect(await store.commit([change('a', 1, { size: 3 })])).toEqual([stale]);
    });

    test('survives connections that break under its calls', async () => {
      for (let round = 0; round < 5; round += 1) {
        const running = Promise.allSettled(calls());
        proxy.breakConnections();
        for (const result of await running) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject(unavailable);
        }
      }
      expect(await untilHealed(() => store.getMany(things, ['a', 'b']))).toHaveProperty('size', 2);
    });

    test('tells a stale change from a duplicate when the server names the other index that it collides in', async () => {
      const [answered, named] = ['index: _id_ dup key:', 'index: unique.c:size'];
      expect(named).toHaveLength(answered.length);
      const cats = defineCollection<Thing>('test.cats', [{ name: 'c', keys: ['size'], unique: true }]);
      const cat = (id: string, version: number, size: number) => ({
        ...change(id, version, { size }),
        collection: cats,
      });
      await store.prepare([cats]);
      await store.commit([cat('a', 0, 1), cat('b', 0, 2)]);
      let renamed = 0;
      proxy.answers = (data) => {
        const text = data.toString('latin1');
        renamed += text.split(answered).length - 1;
        return Buffer.from(text.replaceAll(answered, named), 'latin1');
      };
      const outcomes = await store.commit([cat('a', 0, 2), cat('b', 7, 1), cat('c', 0, 1)]);
      expect(outcomes).toEqual([stale, stale, { status: 'duplicate', index: 'c' }]);
      expect(renamed).toBe(2);
    });

    test('closes', async () => {
      await proxy.close();
      await store.close();
      await expect(store.get(things, 'a')).rejects.toMatchObject(unavailable);
      await proxy.open();
    });
  });

  test('a store is not opened where no server answers', async () => {
    const nowhere = `mongodb://127.0.0.1:${await freePort()}/nowhere`;
    await expect(openMongoStore({ url: nowhere, serverSelectionTimeoutMs: 100 })).rejects.toMatchObject(unavailable);
  });
});
