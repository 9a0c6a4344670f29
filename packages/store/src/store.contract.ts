import { AssertionFailure } from '@referral/errors';
import fc from 'fast-check';
import {
  type Change,
  type Collection,
  type Document,
  defineCollection,
  type IndexValue,
  InvalidCursorError,
  type Outcome,
  type PageOptions,
  type Store,
} from './store.ts';

export interface OpenedStore {
  readonly store: Store;
  /** Closes the store and opens the same data again, unprepared. */
  reopen(): Promise<Store>;
  /** Closes what is open and removes the data. */
  close(): Promise<void>;
}

interface Person {
  readonly tenant_id: string;
  readonly name?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly age?: number | null;
  readonly active?: boolean;
  readonly tags?: readonly string[];
  readonly address?: { readonly city?: string } | null;
}

const people = defineCollection<Person>('people', [
  { name: 'by_name', keys: ['tenant_id', 'name'] },
  { name: 'by_email', keys: ['tenant_id', 'email'], unique: true },
  { name: 'by_age', keys: ['tenant_id', 'age'] },
  { name: 'by_activity', keys: ['active', 'age'] },
  { name: 'by_tag', keys: ['tenant_id', 'tags'] },
  { name: 'by_city', keys: ['address.city'] },
]);
const notes = defineCollection<unknown>('notes');
const letters = defineCollection<unknown>('letters', [], { writtenOnce: true });

const ok: Outcome = { status: 'ok' };
const stale: Outcome = { status: 'stale' };
const duplicate: Outcome = { status: 'duplicate', index: 'by_email' };

/** What every engine promises. Each test opens a store of its own, empty. */
export function describeStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} keeps the store's contract:`, () => {
    let opened: OpenedStore;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
      await store.prepare([people, notes, letters]);
    });
    afterEach(() => opened.close());

    const person = (id: string, expectedVersion: number, body: Omit<Person, 'tenant_id'>): Change<Person> => ({
      collection: people,
      id,
      expectedVersion,
      body: { tenant_id: 't1', ...body },
    });
    const insertAll = async (bodies: Readonly<Record<string, Omit<Person, 'tenant_id'>>>) => {
      const outcomes = await store.commit(Object.entries(bodies).map(([id, body]) => person(id, 0, body)));
      expect(outcomes).toEqual(outcomes.map(() => ok));
    };
    const idsOf = async (index: string, prefix: readonly IndexValue[], options: Partial<PageOptions> = {}) =>
      (await allPages(store, people, { index, prefix, direction: 'ascending', limit: 3, ...options })).map(
        ({ id }) => id,
      );

    describe('reading', () => {
      test('what does not exist is undefined, and left out of many', async () => {
        await insertAll({ a: {}, b: {} });
        expect(await store.get(people, 'c')).toBeUndefined();
        const found = await store.getMany(people, ['c', 'b', '', 'a', 'b', 'x'.repeat(5_000)]);
        expect([...found.keys()].sort()).toEqual(['a', 'b']);
        expect(found.get('b')).toEqual({ id: 'b', version: 1, body: { tenant_id: 't1' } });
        expect(await store.getMany(people, [])).toEqual(new Map());
        await insertAll({ '\ufffd': {} });
        expect(await store.get(people, '\ud800')).toBeUndefined();
        expect(await store.getMany(people, ['\ud800'])).toEqual(new Map());
      });

      test('what is read is what was written', async () => {
        const body = {
          empty: '',
          text: 'Grüße 👩‍👩‍👧 \u0000 "quoted" \\ 日本語',
          'a name with spaces': [],
          number: -1.5e-7,
          large: Number.MAX_SAFE_INTEGER,
          nothing: null,
          flag: false,
          nested: { list: [1, 'two', { three: [null, true, {}] }], deeper: { still: { there: 1 } } },
        };
        await store.commit([{ collection: notes, id: 'ключ/👍 1', expectedVersion: 0, body }]);
        expect(await store.get(notes, 'ключ/👍 1')).toEqual({ id: 'ключ/👍 1', version: 1, body });
      });

      test('what no database likes comes back as JSON would give it', async () => {
        const deep = Array.from({ length: 300 }).reduce<unknown>((inner) => [{ inner }], 'deep down');
        const bodies: Readonly<Record<string, unknown>> = {
          members: JSON.parse(
            '{"a.b":1,"$set":{"$gt":0},"":2,"__proto__":{"x":1},"_bsontype":"Long","n\\u0000l":3,"toBSON":4}',
          ),
          reference: { $ref: 'people', $id: 'a', $db: 'other' },
          brokenText: ['\ud800', 'a\ud83d', '\uffff'],
          brokenName: { '\udfff': 'half' },
          numbers: [2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 1e21, 5e-324, 1.7e308, 0.1, Number.MIN_SAFE_INTEGER],
          minusZero: -0,
          notNumbers: [Number.NaN, Number.POSITIVE_INFINITY],
          holes: [undefined, 1, undefined],
          moment: new Date(0),
          deep,
          text: 'just text',
          nothing: null,
          bytesOfAnother: { sub_type: 0, buffer: 'e30=' },
        };
        const entries = Object.entries(bodies);
        for (const version of [0, 1]) {
          const changes = entries.map(([id, body]) => ({ collection: notes, id, expectedVersion: version, body }));
          expect(await store.commit(changes)).toEqual(changes.map(() => ok));
          for (const [id, body] of entries) {
            expect((await store.get(notes, id))?.body).toStrictEqual(JSON.parse(JSON.stringify(body)));
          }
        }
      });

      test('undefined members are left out', async () => {
        const body = { kept: null, left: undefined, nested: { left: undefined } };
        await store.commit([{ collection: notes, id: 'n', expectedVersion: 0, body }]);
        expect((await store.get(notes, 'n'))?.body).toStrictEqual({ kept: null, nested: {} });
      });

      test('a body belongs to whoever read it: changing it changes nothing stored', async () => {
        await store.commit([{ collection: notes, id: 'n', expectedVersion: 0, body: { list: [1] } }]);
        const read = await store.get(notes, 'n');
        Object.assign(read?.body ?? {}, { list: [] });
        expect((await store.get(notes, 'n'))?.body).toEqual({ list: [1] });
      });

      test('collections do not share documents', async () => {
        await store.commit([{ collection: notes, id: 'same', expectedVersion: 0, body: 'note' }]);
        expect(await store.get(people, 'same')).toBeUndefined();
        expect(await store.commit([person('same', 0, {})])).toEqual([ok]);
        expect((await store.get(notes, 'same'))?.body).toBe('note');
      });
    });

    describe('committing', () => {
      test('the version is 1 after the insert and one more after each change', async () => {
        for (const version of [1, 2, 3]) {
          expect(await store.commit([person('a', version - 1, { age: version })])).toEqual([ok]);
          const body = { tenant_id: 't1', age: version };
          expect(await store.get(people, 'a')).toEqual({ id: 'a', version, body });
        }
      });

      test('a body replaces the whole body', async () => {
        await insertAll({ a: { name: 'Ann', age: 1 } });
        await store.commit([person('a', 1, { age: 2 })]);
        expect((await store.get(people, 'a'))?.body).toStrictEqual({ tenant_id: 't1', age: 2 });
      });

      test('stale and duplicate are told apart, in the order of the changes, and do not touch the others', async () => {
        await insertAll({ a: { email: 'a@x' }, b: { email: 'b@x' }, c: {} });
        const outcomes = await store.commit([
          person('new', 0, { email: 'new@x' }),
          person('a', 0, { name: 'inserted twice' }),
          person('b', 1, { email: 'a@x', name: 'wants the e-mail of a' }),
          person('c', 2, { name: 'ahead of its time' }),
          person('missing', 1, { name: 'changed before it was there' }),
          person('other', 0, { email: 'b@x' }),
          person('c2', 0, { name: 'fine' }),
        ]);
        expect(outcomes).toEqual([ok, stale, duplicate, stale, stale, duplicate, ok]);
        const after = await store.getMany(people, ['new', 'a', 'b', 'c', 'missing', 'other', 'c2']);
        expect(Object.fromEntries([...after].map(([id, { version, body }]) => [id, [version, body]]))).toEqual({
          new: [1, { tenant_id: 't1', email: 'new@x' }],
          a: [1, { tenant_id: 't1', email: 'a@x' }],
          b: [1, { tenant_id: 't1', email: 'b@x' }],
          c: [1, { tenant_id: 't1' }],
          c2: [1, { tenant_id: 't1', name: 'fine' }],
        });
        expect(await idsOf('by_name', ['t1'])).toEqual(['c2']);
      });

      test('a change that is stale as well as a duplicate is stale', async () => {
        await insertAll({ a: { email: 'a@x' }, b: { email: 'b@x' } });
        const changes = [
          person('b', 0, { email: 'a@x' }),
          person('a', 2, { email: 'b@x' }),
          person('missing', 1, { email: 'a@x' }),
        ];
        expect(await store.commit(changes)).toEqual([stale, stale, stale]);
        expect(await store.get(people, 'missing')).toBeUndefined();
      });

      test('of concurrent changes of one version exactly one succeeds', async () => {
        await insertAll({ a: { age: 0 } });
        for (let version = 1; version <= 3; version += 1) {
          const attempts = Array.from({ length: 50 }, (_, age) => store.commit([person('a', version, { age })]));
          const outcomes = (await Promise.all(attempts)).flat();
          expect(outcomes.filter(({ status }) => status === 'ok')).toHaveLength(1);
          expect(outcomes.filter(({ status }) => status === 'stale')).toHaveLength(49);
          const winner = outcomes.findIndex(({ status }) => status === 'ok');
          expect(await store.get(people, 'a')).toMatchObject({ version: version + 1, body: { age: winner } });
          expect(await idsOf('by_age', ['t1', winner])).toEqual(['a']);
        }
      });

      test('what is as a rule written once is changed as anything else', async () => {
        const letter = (id: string, expectedVersion: number, body: unknown): Change => ({
          collection: letters,
          id,
          expectedVersion,
          body,
        });
        expect(await store.commit([letter('a', 0, 'first'), letter('b', 0, 'other')])).toEqual([ok, ok]);
        const attempts = Array.from({ length: 20 }, (_, n) => store.commit([letter('a', 1, n)]));
        const outcomes = (await Promise.all(attempts)).flat();
        expect(outcomes.filter(({ status }) => status === 'ok')).toHaveLength(1);
        const changes = [
          letter('a', 0, 'again'),
          letter('a2', 1, 'missing'),
          letter('b', 3, 'ahead'),
          letter('c', 0, ''),
        ];
        expect(await store.commit(changes)).toEqual([stale, stale, stale, ok]);
        expect(await store.commit([letter('a', 2, 'changed')])).toEqual([ok]);
        const after = await store.getMany(letters, ['a', 'a2', 'b', 'c']);
        expect([...after].map(([id, { version, body }]) => [id, version, body])).toEqual(
          expect.arrayContaining([
            ['a', 3, 'changed'],
            ['b', 1, 'other'],
            ['c', 1, ''],
          ]),
        );
        expect(after.size).toBe(3);
      });

      test('of concurrent inserts of one id exactly one succeeds', async () => {
        const attempts = Array.from({ length: 20 }, (_, age) => store.commit([person('a', 0, { age })]));
        const outcomes = (await Promise.all(attempts)).flat();
        expect(outcomes.filter(({ status }) => status === 'ok')).toHaveLength(1);
        expect(outcomes.filter(({ status }) => status === 'stale')).toHaveLength(19);
        expect((await store.get(people, 'a'))?.version).toBe(1);
      });

      test('of concurrent inserts of one unique key exactly one succeeds and the others are told the index', async () => {
        const attempts = Array.from({ length: 20 }, (_, n) => store.commit([person(`p${n}`, 0, { email: 'one@x' })]));
        const outcomes = (await Promise.all(attempts)).flat();
        expect(outcomes.filter(({ status }) => status === 'ok')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome.status === 'duplicate')).toEqual(Array(19).fill(duplicate));
        const winner = outcomes.findIndex(({ status }) => status === 'ok');
        expect(await idsOf('by_email', ['t1', 'one@x'])).toEqual([`p${winner}`]);
      });

      test('one unique key twice in a batch goes to one of the two', async () => {
        const outcomes = await store.commit([person('a', 0, { email: 'x@x' }), person('b', 0, { email: 'x@x' })]);
        expect(outcomes).toContainEqual(ok);
        expect(outcomes).toContainEqual(duplicate);
      });

      test('a unique key is free again once its document has another or none', async () => {
        await insertAll({ a: { email: 'a@x' }, b: { email: 'b@x' } });
        expect(await store.commit([person('c', 0, { email: 'a@x' })])).toEqual([duplicate]);
        expect(await store.commit([person('a', 1, { email: 'a2@x' }), person('b', 1, { email: null })])).toEqual([
          ok,
          ok,
        ]);
        expect(await store.commit([person('c', 0, { email: 'a@x' }), person('d', 0, { email: 'b@x' })])).toEqual([
          ok,
          ok,
        ]);
        expect(await idsOf('by_email', ['t1'])).toEqual(['a', 'c', 'd']);
      });

      test('a document keeps its own unique key through a change, and another tenant may have the same', async () => {
        await insertAll({ a: { email: 'a@x' } });
        const elsewhere: Change<Person> = { ...person('b', 0, {}), body: { tenant_id: 't2', email: 'a@x' } };
        expect(await store.commit([person('a', 1, { email: 'a@x', age: 2 }), elsewhere])).toEqual([ok, ok]);
      });

      test('unique keys that are absent or null do not collide', async () => {
        const changes = [person('a', 0, {}), person('b', 0, { email: null }), person('c', 0, { email: undefined })];
        expect(await store.commit(changes)).toEqual([ok, ok, ok]);
      });

      test('an empty batch has no outcomes', async () => {
        expect(await store.commit([])).toEqual([]);
      });

      test('a document that stands twice in a batch is refused, with everything around it', async () => {
        const batch = [person('a', 0, {}), person('b', 0, {}), person('a', 1, {})];
        await expect(store.commit(batch)).rejects.toBeInstanceOf(AssertionFailure);
        expect(await store.getMany(people, ['a', 'b'])).toEqual(new Map());
        const note: Change = { collection: notes, id: 'a', expectedVersion: 0, body: {} };
        expect(await store.commit([person('a', 0, {}), note])).toEqual([ok, ok]);
      });

      test('a document that is too large is refused, with everything around it', async () => {
        const huge: Change = { collection: notes, id: 'huge', expectedVersion: 0, body: 'x'.repeat(17 * 1024 * 1024) };
        await expect(store.commit([person('a', 0, {}), huge])).rejects.toBeInstanceOf(AssertionFailure);
        expect(await store.get(people, 'a')).toBeUndefined();
        expect(await store.get(notes, 'huge')).toBeUndefined();
      });

      test('a large document that fits comes back whole', async () => {
        const body = { text: 'ü'.repeat(2_000_000) };
        expect(await store.commit([{ collection: notes, id: 'large', expectedVersion: 0, body }])).toEqual([ok]);
        expect((await store.get(notes, 'large'))?.body).toEqual(body);
      });

      test('identifiers of 128 bytes fit into ids and indexes', async () => {
        const id = 'i'.repeat(128);
        const change: Change<Person> = {
          ...person(id, 0, {}),
          body: { tenant_id: 't'.repeat(128), name: 'n'.repeat(128) },
        };
        expect(await store.commit([change])).toEqual([ok]);
        expect(await idsOf('by_name', ['t'.repeat(128)])).toEqual([id]);
      });
    });

    describe('index order', () => {
      test('strings sort by code point, then ids do', async () => {
        await insertAll({
          emoji: { name: '😀' },
          private: { name: '\uffee' },
          umlaut: { name: 'ä' },
          longer: { name: 'ab' },
          empty: { name: '' },
          z: { name: 'a' },
          upper: { name: 'B' },
          m: { name: 'a' },
          Z: { name: 'a' },
        });
        const sorted = ['empty', 'upper', 'Z', 'm', 'z', 'longer', 'umlaut', 'private', 'emoji'];
        expect(await idsOf('by_name', ['t1'])).toEqual(sorted);
        expect(await idsOf('by_name', ['t1'], { direction: 'descending' })).toEqual(sorted.reverse());
      });

      test('numbers sort by value', async () => {
        const tiny = [1, 1.0000000000000002, 1.0000000000000004, Number.MIN_VALUE].flatMap((each) => [each, -each]);
        const ages = [10, 9, 0, -1.5, 1e21, 0.1, -1e9, 255, 256, ...tiny];
        await insertAll(Object.fromEntries(ages.map((age) => [String(age), { age }])));
        const sorted = ages.sort((a, b) => a - b).map(String);
        expect(await idsOf('by_age', ['t1'])).toEqual(sorted);
        expect(await idsOf('by_age', ['t1'], { direction: 'descending' })).toEqual(sorted.reverse());
      });

      test('zero is one number, whatever its sign', async () => {
        await insertAll({ a: { age: -0 }, b: { age: 0 } });
        expect(await idsOf('by_age', ['t1', 0])).toEqual(['a', 'b']);
        expect(await idsOf('by_age', ['t1', -0])).toEqual(['a', 'b']);
        await store.commit([person('a', 1, { age: 1 })]);
        expect(await idsOf('by_age', ['t1', 0])).toEqual(['b']);
      });

      test('booleans are values of a prefix', async () => {
        await insertAll({ a: { active: true, age: 2 }, b: { active: false, age: 1 }, c: { active: true, age: 1 } });
        expect(await idsOf('by_activity', [true])).toEqual(['c', 'a']);
        expect(await idsOf('by_activity', [false])).toEqual(['b']);
        expect(await idsOf('by_activity', [true, 2])).toEqual(['a']);
      });

      test('a path leads into nested members', async () => {
        await insertAll({ a: { address: { city: 'Ulm' } }, b: { address: {} }, c: { address: null }, d: {} });
        expect(await idsOf('by_city', [])).toEqual(['a']);
      });

      test('a document whose value is absent or null is in no index with it', async () => {
        await insertAll({ a: { age: 0 }, b: { age: null }, c: {}, d: { age: 5 } });
        expect(await idsOf('by_age', ['t1'])).toEqual(['a', 'd']);
        await store.commit([person('a', 1, { age: null }), person('b', 1, { age: 7 }), person('d', 1, {})]);
        expect(await idsOf('by_age', ['t1'])).toEqual(['b']);
      });

      test('an array gives one entry per distinct element', async () => {
        await insertAll({ a: { tags: ['x', 'y', 'x'] }, b: { tags: ['y'] }, c: { tags: [] }, d: {} });
        expect(await idsOf('by_tag', ['t1', 'x'])).toEqual(['a']);
        expect(await idsOf('by_tag', ['t1', 'y'])).toEqual(['a', 'b']);
        await store.commit([person('a', 1, { tags: ['z', 'y'] }), person('c', 1, { tags: ['x'] })]);
        expect(await idsOf('by_tag', ['t1', 'x'])).toEqual(['c']);
        expect(await idsOf('by_tag', ['t1', 'y'])).toEqual(['a', 'b']);
        expect(await idsOf('by_tag', ['t1', 'z'])).toEqual(['a']);
      });

      test('pages of an element join without a gap or a repeat, whatever else their documents hold', async () => {
        await insertAll({
          a: { tags: ['x', 'z'] },
          b: { tags: ['z', 'a', 'x'] },
          c: { tags: ['x'] },
          d: { tags: ['z'] },
        });
        for (const limit of [1, 2, 3]) {
          expect(await idsOf('by_tag', ['t1', 'x'], { limit })).toEqual(['a', 'b', 'c']);
          expect(await idsOf('by_tag', ['t1', 'z'], { limit, direction: 'descending' })).toEqual(['d', 'b', 'a']);
        }
      });

      test('a page over elements that names none is refused', async () => {
        await insertAll({ a: { tags: ['x'] } });
        for (const prefix of [[], ['t1']]) {
          await expect(idsOf('by_tag', prefix)).rejects.toBeInstanceOf(AssertionFailure);
        }
      });

      test('a prefix finds exactly its values: no longer string, no other type, no neighbour', async () => {
        await insertAll({
          a: { name: 'a' },
          ab: { name: 'ab' },
          zero: { name: 'a\u0000' },
          zeroB: { name: 'a\u0000b' },
          one: { name: 'a\u0001' },
          digit: { name: '1', age: 1, email: 'a@x' },
          mail: { email: 'a@xy' },
          ten: { age: 10 },
        });
        for (const direction of ['ascending', 'descending'] as const) {
          expect(await idsOf('by_name', ['t1', 'a'], { direction })).toEqual(['a']);
          expect(await idsOf('by_name', ['t1', 'ab'], { direction })).toEqual(['ab']);
          expect(await idsOf('by_name', ['t1', 'a\u0000'], { direction })).toEqual(['zero']);
          expect(await idsOf('by_name', ['t1', 1], { direction })).toEqual([]);
          expect(await idsOf('by_age', ['t1', 1], { direction })).toEqual(['digit']);
          expect(await idsOf('by_age', ['t1', '1'], { direction })).toEqual([]);
          expect(await idsOf('by_email', ['t1', 'a@x'], { direction })).toEqual(['digit']);
          expect(await idsOf('by_name', ['t'], { direction })).toEqual([]);
          expect(await idsOf('by_name', ['t1', 'x'.repeat(10_000)], { direction })).toEqual([]);
        }
        expect(await idsOf('by_name', ['t1'])).toEqual(['digit', 'a', 'zero', 'zeroB', 'one', 'ab']);
      });
    });

    describe('paging', () => {
      const list: PageOptions = { index: 'by_name', prefix: ['t1'], direction: 'ascending', limit: 2 };
      const tenPeople = () =>
        insertAll(
          Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`p${n}`, { name: `n${n}`, email: `${n}@x` }])),
        );

      test('pages join without a gap or a repeat, whatever their size, in both directions', async () => {
        await tenPeople();
        const expected = Array.from({ length: 10 }, (_, n) => `p${n}`);
        for (const index of ['by_name', 'by_email']) {
          for (const limit of [1, 3, 5, 9, 10, 11, 1_000]) {
            expect(await idsOf(index, ['t1'], { limit })).toEqual(expected);
            expect(await idsOf(index, ['t1'], { limit, direction: 'descending' })).toEqual([...expected].reverse());
          }
        }
      });

      test('a page carries whole documents, and a cursor exactly when there may be more', async () => {
        await tenPeople();
        const first = await store.page(people, list);
        expect(first.items[1]).toEqual({ id: 'p1', version: 1, body: { tenant_id: 't1', name: 'n1', email: '1@x' } });
        expect(first.nextCursor).toMatch(/^[\w-]+$/);
        const all = await store.page(people, { ...list, limit: 11 });
        expect(all.items).toHaveLength(10);
        expect(all).not.toHaveProperty('nextCursor');
        const none = await store.page(people, { ...list, prefix: ['t2'] });
        expect(none).toEqual({ items: [] });
      });

      test('a limit outside of 1 to 1,000 is refused', async () => {
        for (const limit of [0, -1, 1_001, 1.5, Number.NaN]) {
          await expect(store.page(people, { ...list, limit })).rejects.toBeInstanceOf(AssertionFailure);
        }
      });

      test('an index that was not declared, and a prefix longer than it, are refused', async () => {
        await expect(store.page(people, { ...list, index: 'by_shoe' })).rejects.toBeInstanceOf(AssertionFailure);
        const prefix = ['t1', 'a', 'b'];
        await expect(store.page(people, { ...list, prefix })).rejects.toBeInstanceOf(AssertionFailure);
      });

      test('a cursor stays valid when the document that it points at moves away or nothing is left behind it', async () => {
        await tenPeople();
        for (const direction of ['ascending', 'descending'] as const) {
          const { items, nextCursor } = await store.page(people, { ...list, direction });
          const last = items[1];
          await store.commit([person(last?.id ?? '', 1, {})]);
          const next = await store.page(people, { ...list, direction, ...(nextCursor && { cursor: nextCursor }) });
          expect(next.items.map(({ id }) => id)).toEqual(direction === 'ascending' ? ['p2', 'p3'] : ['p7', 'p6']);
        }
        const { nextCursor } = await store.page(people, { ...list, limit: 7 });
        await store.commit([person('p9', 1, {})]);
        expect(nextCursor).toBeDefined();
        expect(await store.page(people, { ...list, ...(nextCursor && { cursor: nextCursor }) })).toEqual({ items: [] });
      });

      test('a cursor of another index, prefix, tenant, direction or collection is refused', async () => {
        await tenPeople();
        await store.commit([{ ...person('other', 0, {}), body: { tenant_id: 't2', name: 'n' } }]);
        const { nextCursor: cursor = '' } = await store.page(people, list);
        const others: Partial<PageOptions>[] = [
          { index: 'by_email' },
          { index: 'by_age' },
          { prefix: ['t2'] },
          { prefix: [] },
          { prefix: ['t1', 'n1'] },
          { direction: 'descending' },
        ];
        for (const other of others) {
          await expect(store.page(people, { ...list, ...other, cursor })).rejects.toBeInstanceOf(InvalidCursorError);
        }
        expect((await store.page(people, { ...list, cursor })).items.map(({ id }) => id)).toEqual(['p2', 'p3']);
      });

      test('a cursor that was made up is refused as a bad request, never as another failure', async () => {
        await tenPeople();
        const { nextCursor: genuine = '' } = await store.page(people, { ...list, prefix: [] });
        const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
        const hostile: unknown[] = [
          '',
          ' ',
          'null',
          '!!!',
          '\u0000',
          '😀',
          'A',
          'x'.repeat(1_000_000),
          `${genuine}=`,
          `${genuine} `,
          genuine.slice(1),
          genuine.slice(0, 8),
          genuine.slice(0, 16),
          `A${genuine}`,
          genuine.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
          json(null),
          json([]),
          json({}),
          json([{ $gt: '' }]),
          json({ __proto__: { prefix: [] }, constructor: { prototype: {} } }),
          '{"__proto__":{"limit":1000}}',
          null,
          0,
          {},
          ['a'],
          { toString: () => genuine },
          Object.create(null),
        ];
        for (const each of hostile) {
          const options: PageOptions = JSON.parse(JSON.stringify({ ...list, prefix: [] }));
          const request = store.page(people, Object.assign(options, { cursor: each }));
          await expect(request).rejects.toBeInstanceOf(InvalidCursorError);
        }
      });

      test('random text is no cursor', async () => {
        await tenPeople();
        await fc.assert(
          fc.asyncProperty(fc.oneof(fc.string(), fc.base64String()), async (cursor) => {
            await expect(store.page(people, { ...list, cursor })).rejects.toBeInstanceOf(InvalidCursorError);
          }),
          { numRuns: 50 },
        );
      });

      test('under writes, every document whose key does not change is seen exactly once', async () => {
        const staying = Array.from({ length: 60 }, (_, n) => `stays${String(n).padStart(2, '0')}`);
        await insertAll(Object.fromEntries(staying.map((id) => [id, { name: id }])));
        for (const direction of ['ascending', 'descending'] as const) {
          const seen: string[] = [];
          let cursor: string | undefined;
          let turn = 0;
          do {
            turn += 1;
            const version = (await store.get(people, 'stays30'))?.version ?? 0;
            const request = store.page(people, { ...list, direction, limit: 7, ...(cursor && { cursor }) });
            const [page] = await Promise.all([
              request,
              store.commit([
                person('stays30', version, { name: 'stays30', age: turn }),
                person(`${direction}-before${turn}`, 0, { name: `a${turn}` }),
                person(`${direction}-within${turn}`, 0, { name: `stays${turn * 5}x` }),
                person(`${direction}-behind${turn}`, 0, { name: `z${turn}` }),
              ]),
            ]);
            seen.push(...page.items.map(({ id }) => id));
            cursor = page.nextCursor;
          } while (cursor && turn < 100);
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen.filter((id) => staying.includes(id)).sort()).toEqual(staying);
        }
      });
    });

    describe('scanning', () => {
      const scanned = async (limit: number, between: (page: number) => Promise<unknown> = async () => {}) => {
        const ids: string[] = [];
        for (let pages = 1; ; pages += 1) {
          const last = ids.at(-1);
          const page = await store.scan(people, { limit, ...(last === undefined ? {} : { after: last }) });
          ids.push(...page.map(({ id }) => id));
          if (page.length < limit) return ids;
          await between(pages);
        }
      };

      test('goes through whole documents by id, and joins without a gap or a repeat', async () => {
        const ids = ['a', 'a\u0000', 'aa', 'b', 'Z', 'é', '😀', '0'];
        await insertAll(Object.fromEntries(ids.map((id) => [id, { name: id }])));
        await store.commit([person('b', 1, { age: 1 })]);
        const sorted = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        for (const limit of [1, 2, 4, ids.length, 1_000]) expect(await scanned(limit)).toEqual(sorted);
        const body = { tenant_id: 't1', age: 1 };
        expect(await store.scan(people, { after: 'aa', limit: 1 })).toEqual([{ id: 'b', version: 2, body }]);
        expect(await store.scan(people, { after: 'ab', limit: 1 })).toEqual([{ id: 'b', version: 2, body }]);
        expect(await store.scan(people, { after: '😀', limit: 1 })).toEqual([]);
        expect(await store.scan(notes, { limit: 10 })).toEqual([]);
      });

      test('sees what was there at the start exactly once, whatever is written meanwhile', async () => {
        const ids = Array.from({ length: 40 }, (_, n) => `p${10 + n}`);
        await insertAll(Object.fromEntries(ids.map((id) => [id, {}])));
        const seen = await scanned(7, (page) => {
          const changed = ids.map((id) => person(id, page, { age: page }));
          return store.commit([...changed, person(`p${page}`, 0, {}), person(`p${20 + page}-late`, 0, {})]);
        });
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((id) => ids.includes(id))).toEqual(ids);
      });

      test('refuses a limit outside of 1 to 1,000', async () => {
        for (const limit of [0, 1_001, 1.5]) {
          await expect(store.scan(people, { limit })).rejects.toBeInstanceOf(AssertionFailure);
        }
      });
    });

    describe('dropping', () => {
      test('removes documents and indexes, leaves other collections alone, and may be repeated', async () => {
        await insertAll({ a: { name: 'Ann', email: 'a@x' }, b: { name: 'Bob' } });
        await store.commit([{ collection: notes, id: 'n', expectedVersion: 0, body: 'kept' }]);
        await store.drop([people]);
        await store.drop([people, defineCollection('never.there')]);
        expect((await store.get(notes, 'n'))?.body).toBe('kept');
        await store.prepare([people]);
        expect(await store.get(people, 'a')).toBeUndefined();
        expect(await store.scan(people, { limit: 10 })).toEqual([]);
        expect(await idsOf('by_name', ['t1'])).toEqual([]);
        await insertAll({ c: { name: 'Cem', email: 'a@x' } });
        expect(await store.commit([person('d', 0, { email: 'a@x' }), person('c', 0, {})])).toEqual([duplicate, stale]);
        expect(await store.commit([person('c', 1, { name: 'Cyd' }), person('e', 3, {})])).toEqual([ok, stale]);
        expect(await idsOf('by_name', ['t1'])).toEqual(['c']);
      });

      test('makes a collection unprepared, until it is prepared again', async () => {
        await insertAll({ a: {} });
        await store.drop([people]);
        await expect(store.get(people, 'a')).rejects.toBeInstanceOf(AssertionFailure);
        await expect(store.commit([person('a', 0, {})])).rejects.toBeInstanceOf(AssertionFailure);
        expect(await store.commit([{ collection: notes, id: 'n', expectedVersion: 0, body: 1 }])).toEqual([ok]);
      });

      test('lasts through closing and opening again', async () => {
        await insertAll({ a: { email: 'a@x' } });
        await store.drop([people]);
        store = await opened.reopen();
        await store.prepare([people]);
        expect(await store.commit([person('b', 0, { email: 'a@x' })])).toEqual([ok]);
        expect((await store.scan(people, { limit: 10 })).map(({ id }) => id)).toEqual(['b']);
      });

      // A rebuild drops what somebody may just be writing to: other collections must not get to feel it.
      test('under writes harms no other collection', async () => {
        const others = Array.from({ length: 20 }, (_, n) => defineCollection<unknown>(`other.${n}`, people.indexes));
        for (const [n, other] of others.entries()) {
          await store.prepare([other]);
          const change = (collection: Collection<unknown>, id: string) => ({ ...person(id, 0, {}), collection });
          const writes = [store.commit([change(other, 'a')]), store.commit([change(notes, `n${n}`)])];
          const drop = store.drop([other]);
          await Promise.allSettled([...writes, drop]);
          await drop;
        }
        expect((await store.scan(notes, { limit: 100 })).map(({ id }) => id).sort()).toEqual(
          others.map((_, n) => `n${n}`).sort(),
        );
      });
    });

    test('collections of one lineage take each other’s cursors', async () => {
      const successor = { ...people, name: 'people.2', lineage: 'people' };
      await store.prepare([successor]);
      const ids = ['a', 'b', 'c'];
      await insertAll(Object.fromEntries(ids.map((id) => [id, { name: 'Ann' }])));
      await store.commit(ids.map((id) => ({ ...person(id, 0, { name: 'Ann' }), collection: successor })));
      const list = { index: 'by_name', prefix: ['t1'], direction: 'ascending', limit: 1 } as const;
      const { nextCursor = '' } = await store.page(people, list);
      const second = await store.page(successor, { ...list, cursor: nextCursor });
      expect(second.items.map(({ id }) => id)).toEqual(['b']);
      const third = await store.page(people, { ...list, cursor: second.nextCursor ?? '' });
      expect(third.items.map(({ id }) => id)).toEqual(['c']);
    });

    describe('living on', () => {
      test('everything that was acknowledged is there after closing and opening again', async () => {
        await insertAll({ a: { name: 'Ann', email: 'a@x' }, b: { name: 'Bob', tags: ['x'] } });
        await store.commit([person('b', 1, { name: 'Ben', tags: ['y'] })]);
        const { nextCursor: cursor = '' } = await store.page(people, { ...namesOfOne, limit: 1 });
        store = await opened.reopen();
        await store.prepare([people, notes, letters]);
        expect(await store.get(people, 'a')).toMatchObject({ version: 1, body: { name: 'Ann' } });
        expect(await store.get(people, 'b')).toMatchObject({ version: 2, body: { name: 'Ben' } });
        expect(await idsOf('by_name', ['t1'])).toEqual(['a', 'b']);
        expect(await idsOf('by_tag', ['t1', 'x'])).toEqual([]);
        expect(await idsOf('by_tag', ['t1', 'y'])).toEqual(['b']);
        expect((await store.page(people, { ...namesOfOne, cursor })).items.map(({ id }) => id)).toEqual(['b']);
        const late = [person('c', 0, { email: 'a@x' }), person('b', 1, {}), person('a', 1, { age: 1 })];
        expect(await store.commit(late)).toEqual([duplicate, stale, ok]);
      });

      test('preparing again changes nothing', async () => {
        await insertAll({ a: { name: 'Ann', email: 'a@x' } });
        await store.prepare([people, notes, letters]);
        expect(await idsOf('by_name', ['t1'])).toEqual(['a']);
        expect(await store.commit([person('b', 0, { email: 'a@x' })])).toEqual([duplicate]);
      });

      test('closing waits for what is under way, and may be done twice', async () => {
        const ids = ['a', 'b', 'c', 'd', 'e'];
        const commits = ids.map((id) => store.commit([person(id, 0, { name: 'Ann' })]));
        await Promise.all([store.close(), store.close()]);
        expect(await Promise.all(commits)).toEqual(ids.map(() => [ok]));
        store = await opened.reopen();
        await store.prepare([people, notes, letters]);
        expect(await idsOf('by_name', ['t1'])).toEqual(ids);
      });
    });

    test('any sequence of commits leaves what a map would hold, and every index in step with it', async () => {
      let round = 0;
      const change = fc.record({
        id: fc.constantFrom('a', 'b', 'c', 'a\u0000', 'é'),
        lag: fc.constantFrom(0, 0, 0, 1, -1),
        name: fc.option(fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', '\u0001', 'é', '😀'), maxLength: 3 })),
        email: fc.option(fc.constantFrom('1@x', '2@x', '3@x')),
        age: fc.option(
          fc.oneof(fc.integer({ min: -300, max: 300 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
        ),
        tags: fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 4 }),
      });
      const batch = (maxLength: number) =>
        fc.uniqueArray(change, { selector: ({ id }) => id, minLength: 1, maxLength });
      const batches = fc.array(fc.oneof(batch(1), batch(4)), { maxLength: 15 });

      await fc.assert(
        fc.asyncProperty(batches, async (sequence) => {
          round += 1;
          const tenant_id = `round ${round}`;
          const model = new Map<string, Document<Person>>();
          for (const each of sequence) {
            const changes: Change<Person>[] = each.map(({ id, lag, email, ...body }) => ({
              collection: people,
              id: `${tenant_id}/${id}`,
              expectedVersion: Math.max(0, (model.get(`${tenant_id}/${id}`)?.version ?? 0) - lag),
              // In which order the changes of a batch contend for a unique key is the engine's affair.
              body: { tenant_id, email: each.length === 1 ? email : null, ...body },
            }));
            expect(await store.commit(changes)).toEqual(changes.map((expected) => commitToModel(model, expected)));
          }
          expect(await store.getMany(people, model.keys())).toEqual(model);
          const lists = ['by_name', 'by_email', 'by_age'].map((index) => ({ index, prefix: [tenant_id] }));
          const listsOfTags = ['x', 'y', 'z'].map((tag) => ({ index: 'by_tag', prefix: [tenant_id, tag] }));
          for (const list of [...lists, ...listsOfTags]) {
            for (const direction of ['ascending', 'descending'] as const) {
              for (const limit of [1, 4]) {
                const options: PageOptions = { ...list, direction, limit };
                const expected = listModel(model, options);
                expect((await allPages(store, people, options)).map(({ id }) => id)).toEqual(expected);
              }
            }
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}

const namesOfOne: PageOptions = { index: 'by_name', prefix: ['t1'], direction: 'ascending', limit: 10 };

async function allPages<Body>(
  store: Store,
  collection: Collection<Body>,
  options: PageOptions,
): Promise<Document<Body>[]> {
  const documents: Document<Body>[] = [];
  let list = options;
  for (let pages = 1; pages <= 100; pages += 1) {
    const { items, nextCursor } = await store.page(collection, list);
    documents.push(...items);
    if (nextCursor === undefined) return documents;
    list = { ...options, cursor: nextCursor };
  }
  throw new Error('the pages do not end');
}

function commitToModel(model: Map<string, Document<Person>>, { id, expectedVersion, body }: Change<Person>): Outcome {
  if ((model.get(id)?.version ?? 0) !== expectedVersion) return stale;
  const others = [...model.values()].filter((document) => document.id !== id);
  if (body.email && others.some((other) => other.body.email === body.email)) return duplicate;
  model.set(id, { id, version: expectedVersion + 1, body: JSON.parse(JSON.stringify(body)) });
  return ok;
}

function listModel(model: Map<string, Document<Person>>, { index, prefix, direction }: PageOptions): string[] {
  const sign = direction === 'ascending' ? 1 : -1;
  const values: Readonly<Record<string, (person: Person) => IndexValue | null | undefined>> = {
    by_name: ({ name }) => name,
    by_email: ({ email }) => email,
    by_age: ({ age }) => age,
    by_tag: ({ tags }) => tags?.find((tag) => tag === prefix[1]),
  };
  const entries = [...model.values()].flatMap(({ id, body }) => {
    const value = values[index]?.(body);
    return value === null || value === undefined ? [] : [{ value, id }];
  });
  return entries.sort((a, b) => sign * (compare(a.value, b.value) || compare(a.id, b.id))).map(({ id }) => id);
}

function compare(a: IndexValue, b: IndexValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
