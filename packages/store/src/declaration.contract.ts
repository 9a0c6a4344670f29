import { AssertionFailure } from '@referral/errors';
import type { OpenedStore } from './store.contract.ts';
import {
  type Change,
  type Collection,
  defineCollection,
  type IndexSpec,
  type IndexValue,
  InvalidCursorError,
  type Store,
} from './store.ts';

interface Thing {
  readonly color?: string;
  readonly label?: string;
  readonly size?: number;
  readonly names?: readonly string[];
}

const byColor: IndexSpec = { name: 'by_color', keys: ['color'] };
const things = (...indexes: IndexSpec[]): Collection<Thing> => defineCollection('things', indexes);
const plain = things();

const change = (id: string, expectedVersion: number, body: Thing): Change<Thing> => ({
  collection: plain,
  id,
  expectedVersion,
  body,
});

/** What every engine makes of declarations, and what it refuses. Each test opens a store of its own, empty. */
export function describeDeclarations(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} and what is declared:`, () => {
    let opened: OpenedStore;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    const reopen = async () => {
      store = await opened.reopen();
    };
    const idsOf = async (collection: Collection<Thing>, index: string, prefix: readonly IndexValue[] = []) => {
      const page = await store.page(collection, { index, prefix, direction: 'ascending', limit: 1_000 });
      return page.items.map(({ id }) => id);
    };

    describe('keeps indexes in step with their declaration:', () => {
      beforeEach(async () => {
        await store.prepare([plain]);
        await store.commit([
          change('a', 0, { color: 'red', size: 3 }),
          change('é', 0, { color: 'blue', size: 2, names: ['x', 'y'] }),
          change('c', 0, { size: 1 }),
        ]);
        await reopen();
      });

      test('one that is added later is built from the documents, and kept up', async () => {
        const indexed = things(byColor, { name: 'by_name', keys: ['names'] });
        await store.prepare([indexed]);
        expect(await idsOf(indexed, 'by_color')).toEqual(['é', 'a']);
        expect(await idsOf(indexed, 'by_name', ['y'])).toEqual(['é']);
        await store.commit([change('a', 1, { color: 'azure' }), change('c', 1, { color: 'green' })]);
        expect(await idsOf(indexed, 'by_color')).toEqual(['a', 'é', 'c']);
      });

      test('one whose keys change is built anew', async () => {
        await store.prepare([things(byColor)]);
        await reopen();
        const indexed = things({ ...byColor, keys: ['size'] });
        await store.prepare([indexed]);
        expect(await idsOf(indexed, 'by_color')).toEqual(['c', 'é', 'a']);
      });

      test('a unique one whose keys change to what others had before is built anew', async () => {
        const unique: IndexSpec = { ...byColor, unique: true };
        await store.prepare([things(unique)]);
        const swapped = [change('x', 0, { color: '1', label: '2' }), change('y', 0, { color: '2', label: '1' })];
        expect(await store.commit(swapped)).toEqual([{ status: 'ok' }, { status: 'ok' }]);
        await reopen();
        const indexed = things({ ...unique, keys: ['label'] });
        await store.prepare([indexed]);
        expect(await idsOf(indexed, 'by_color')).toEqual(['y', 'x']);
        expect(await store.commit([change('z', 0, { label: '1' })])).toEqual([
          { status: 'duplicate', index: 'by_color' },
        ]);
      });

      test('one that was gone for a while misses nothing that happened meanwhile', async () => {
        await store.prepare([things(byColor)]);
        await reopen();
        await store.prepare([plain]);
        await store.commit([change('a', 1, {}), change('c', 1, { color: 'green' })]);
        await reopen();
        const indexed = things(byColor);
        await store.prepare([indexed]);
        expect(await idsOf(indexed, 'by_color')).toEqual(['é', 'c']);
      });

      test('one that becomes unique is refused while documents share a key, and nothing is recorded', async () => {
        await store.prepare([things(byColor)]);
        await store.commit([change('c', 1, { color: 'red' })]);
        await reopen();
        const unique = things({ ...byColor, unique: true });
        await expect(store.prepare([unique])).rejects.toBeInstanceOf(AssertionFailure);
        await reopen();
        await expect(store.prepare([unique])).rejects.toBeInstanceOf(AssertionFailure);
        await store.prepare([things(byColor)]);
        expect(await idsOf(things(byColor), 'by_color')).toEqual(['é', 'a', 'c']);
      });
    });

    describe('refuses before anything is written', () => {
      test.each([
        ['an id without a byte', change('', 0, {})],
        ['an id that is longer than a key', change('i'.repeat(1_978), 0, {})],
        ['an id that is not Unicode', change('\ud800', 0, {})],
        ['an indexed value that is longer than a key', change('b', 0, { color: 'c'.repeat(1_978) })],
        ['an indexed value that is not Unicode', change('b', 0, { color: '\udc00' })],
        ['a version below zero', change('b', -1, {})],
        ['an array in a unique index', { ...change('b', 0, {}), body: { size: [1] } }],
        ['an object in an index', { ...change('b', 0, {}), body: { color: {} } }],
        ['an infinite number in an index', change('b', 0, { size: Number.POSITIVE_INFINITY })],
        ['two arrays in an index', { ...change('b', 0, {}), body: { left: [1], right: [2] } }],
        ['no body', { ...change('b', 0, {}), body: undefined }],
        ['a collection that was not prepared', { ...change('b', 0, {}), collection: defineCollection('unknown') }],
      ])('%s', async (_, refused: Change) => {
        const unique: IndexSpec = { name: 'by_size', keys: ['size'], unique: true };
        await store.prepare([things(byColor, unique, { name: 'by_side', keys: ['left', 'right'] })]);
        await expect(store.commit([change('a', 0, {}), refused])).rejects.toBeInstanceOf(AssertionFailure);
        expect(await store.get(plain, 'a')).toBeUndefined();
      });
    });

    test('takes the longest keys there are', async () => {
      const indexed = things(byColor);
      await store.prepare([indexed]);
      const id = 'i'.repeat(977);
      const color = 'c'.repeat(996);
      expect(await store.commit([change(id, 0, { color })])).toEqual([{ status: 'ok' }]);
      for (const direction of ['ascending', 'descending'] as const) {
        const page = await store.page(indexed, { index: 'by_color', prefix: [color], direction, limit: 1 });
        expect(page.items.map((document) => document.id)).toEqual([id]);
      }
      await store.commit([change('i'.repeat(1_977), 0, {})]);
      expect(await store.get(plain, 'i'.repeat(1_977))).toMatchObject({ version: 1 });
    });

    test('refuses a cursor that was changed to reach into the list of another', async () => {
      const indexed = things({ name: 'by_color_and_size', keys: ['color', 'size'] });
      await store.prepare([indexed]);
      await store.commit(['a', 'b', 'c'].map((id, at) => change(id, 0, { color: at < 2 ? 'red' : 'sad', size: at })));
      const list = { index: 'by_color_and_size', prefix: ['red'], direction: 'ascending', limit: 1 } as const;
      const { nextCursor = '' } = await store.page(indexed, list);
      const bytes = Buffer.from(nextCursor, 'base64url').toString('latin1');
      expect(bytes).toContain('red');
      const cursor = Buffer.from(bytes.replace('red', 'sac'), 'latin1').toString('base64url');
      await expect(store.page(indexed, { ...list, cursor })).rejects.toBeInstanceOf(InvalidCursorError);
    });

    test('is unavailable once it is closed', async () => {
      await store.prepare([plain]);
      await store.close();
      for (const use of [store.get(plain, 'a'), store.commit([]).then(() => store.commit([change('a', 0, {})]))]) {
        await expect(use).rejects.toMatchObject({ name: 'OperationalError', code: 'STORE_UNAVAILABLE' });
      }
    });
  });
}
