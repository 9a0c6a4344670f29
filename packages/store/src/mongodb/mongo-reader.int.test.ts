import { randomUUID } from 'node:crypto';
import { describeOnEngines } from '@referral/local-engines';
import mongoose from 'mongoose';
import { defineCollection } from '../store.ts';
import { openMongoReader, openMongoStore } from './index.ts';

interface Thing {
  readonly n: number;
  readonly 'a.b'?: string;
}

const things = defineCollection<Thing>('test.things', [{ name: 'by_n', keys: ['n'], unique: true }]);

describeOnEngines(['mongodb'], 'a reader of MongoDB', ({ mongodbUrl: url }) => {
  const database = `reader-${randomUUID()}`;

  afterAll(async () => {
    const connection = await mongoose.createConnection(url, { dbName: database }).asPromise();
    await connection.dropDatabase();
    await connection.destroy();
  });

  test('reads every document by id and nothing that the store keeps for itself', async () => {
    const store = await openMongoStore({ url, database });
    await store.prepare([things]);
    const idOf = (n: number) => `thing-${String(n).padStart(5, '0')}`;
    // A member with a dot in its name is kept in another form.
    const bodies = Array.from({ length: 2_100 }, (_, n): Thing => (n === 1_700 ? { n, 'a.b': 'c' } : { n }));
    await store.commit(bodies.map((body, n) => ({ collection: things, id: idOf(n), expectedVersion: 0, body })));
    await store.commit([{ collection: things, id: idOf(3), expectedVersion: 1, body: { n: -3 } }]);

    const reader = await openMongoReader({ url, database });
    const found: unknown[] = [];
    for await (const document of reader.documents(things.name)) found.push(document);
    expect(found).toEqual(
      bodies.map((body, n) =>
        n === 3 ? { id: idOf(3), version: 2, body: { n: -3 } } : { id: idOf(n), version: 1, body },
      ),
    );
    for await (const document of reader.documents('test.nothing')) expect(document).toBeUndefined();
    await reader.close();
    await reader.close();
    await store.close();
  });
});
