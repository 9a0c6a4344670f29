import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveId, type JournalEntry } from '@referral/contracts';
import { AssertionFailure, OperationalError } from '@referral/errors';
import { openEmbeddedStore, type Store } from '@referral/store';
import fc from 'fast-check';
import { appliedBeforeCrash, interrupt, takingTurns } from '../../test/stores.ts';
import { book, collections, seals } from '../collections.ts';
import { transfer } from '../domain/postings.ts';
import { hashOfEntry, hashOfSeal } from './hashes.ts';
import { CompleteHeads, sealEntries } from './seal-entries.ts';

let directory: string;
let store: Store;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'book-'));
  store = openEmbeddedStore({ directory });
  await store.prepare(collections);
});

afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

let tenants = 0;
/** A tenant that no other test knows. */
const newTenant = () => {
  tenants += 1;
  return `t${tenants}`;
};

const at = Date.UTC(2026, 0, 1);

function entryOf(tenant_id: string, n: number): JournalEntry {
  const entry_id = deriveId('jen', tenant_id, n);
  return {
    tenant_id,
    entry_id,
    kind: 'referral',
    about: `ref_${n}`,
    cause: `evt_${n}`,
    postings: transfer(entry_id, 'program', 'customer:ann', 'points', n),
    occurred_at: new Date(at + n).toISOString(),
  };
}

const entriesOf = (tenant: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => entryOf(tenant, from + index));

/** One process that seals: its own memory, perhaps its own view of the store. */
function createSealer(through: Store = store, maxPerSeal?: number) {
  const heads = new CompleteHeads();
  return (entries: readonly JournalEntry[]) =>
    sealEntries({ store: through, heads, now: () => at, ...(maxPerSeal === undefined ? {} : { maxPerSeal }) }, entries);
}

/** A tenant's ledger read as an auditor would, who shares no code with what wrote it. */
async function audit(tenant: string): Promise<string[][]> {
  const page = { prefix: [tenant], direction: 'ascending', limit: 1_000 } as const;
  const chain = (await store.page(seals, { ...page, index: 'tenant' })).items.map(({ body }) => body);
  const entries = (await store.page(book, { ...page, index: 'order' })).items;
  let previous_hash: string | null = null;
  for (const [index, seal] of chain.entries()) {
    expect(seal).toMatchObject({ number: index + 1, previous_hash });
    expect(seal.hash).toBe(
      sha256(
        `{"entries":[${seal.entries.map((each) => `{"entry_id":"${each.entry_id}","hash":"${each.hash}"}`)}],` +
          `"number":${seal.number},"previous_hash":${JSON.stringify(previous_hash)},"tenant_id":"${tenant}"}`,
      ),
    );
    previous_hash = seal.hash;
  }
  const sealed = chain.flatMap(({ number, entries: named }) =>
    named.map(({ entry_id, hash }, position) => ({ entry_id, hash, seal_number: number, position })),
  );
  expect(
    entries.map(({ id, body: { hash, seal_number, position } }) => ({ entry_id: id, hash, seal_number, position })),
  ).toEqual(sealed);
  for (const { body } of entries) expect(sha256(rewritten(body))).toBe(body.hash);
  return chain.map(({ entries: named }) => named.map(({ entry_id }) => entry_id));
}

function rewritten({ about, cause, entry_id, kind, occurred_at, postings, tenant_id }: JournalEntry): string {
  const lines = postings.map(
    ({ account, amount, posting_id, unit }) =>
      `{"account":"${account}","amount":${amount},"posting_id":"${posting_id}","unit":"${unit}"}`,
  );
  return (
    `{"about":"${about}","cause":"${cause}","entry_id":"${entry_id}","kind":"${kind}",` +
    `"occurred_at":"${occurred_at}","postings":[${lines}],"tenant_id":"${tenant_id}"}`
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const idsOf = (entries: readonly JournalEntry[]) => entries.map(({ entry_id }) => entry_id);

describe('a batch', () => {
  test('becomes one seal per tenant, with its entries in their order, and the next one holds the hash of it', async () => {
    const [one, other] = [newTenant(), newTenant()];
    const seal = createSealer();
    await seal([entryOf(one, 2), entryOf(other, 1), entryOf(one, 1)]);
    await seal([entryOf(one, 3)]);
    expect(await audit(one)).toEqual([idsOf([entryOf(one, 2), entryOf(one, 1)]), idsOf([entryOf(one, 3)])]);
    expect(await audit(other)).toEqual([idsOf([entryOf(other, 1)])]);
  });

  test('that is larger than a seal becomes several', async () => {
    const tenant = newTenant();
    await createSealer(store, 2)(entriesOf(tenant, 1, 5));
    expect((await audit(tenant)).map((entries) => entries.length)).toEqual([2, 2, 1]);
  });

  test('that comes again writes nothing, whether or not the process remembers it', async () => {
    const tenant = newTenant();
    const entries = entriesOf(tenant, 1, 4);
    const again = [...entries.toReversed(), ...entries];
    const seal = createSealer();
    await seal(entries);
    await seal(again);
    await createSealer()(again);
    await createSealer()(again.slice(0, 2));
    expect(await audit(tenant)).toEqual([idsOf(entries)]);
  });

  test('of a thousand is committed in two round trips and read in one more', async () => {
    const tenant = newTenant();
    const calls: string[] = [];
    const counting = takingTurns(store, async (call) => calls.push(call));
    const seal = createSealer(counting);
    await seal([entryOf(tenant, 0)]);
    calls.length = 0;
    await seal(entriesOf(tenant, 1, 999));
    expect(calls).toEqual(['getMany', 'commit', 'commit']);
  });
});

// Whoever audits a ledger years from now writes this form again from its description alone.
describe('the canonical form', () => {
  const entry: JournalEntry = {
    tenant_id: 'acme',
    entry_id: 'jen_1',
    kind: 'milestone',
    about: 'ref_1',
    cause: 'a "quoted" ü €',
    postings: [{ posting_id: 'pst_1', account: 'program', unit: 'points', amount: -5 }],
    occurred_at: '2026-01-01T00:00:00.000Z',
  };

  test('of an entry is this', () => {
    expect(hashOfEntry(entry)).toBe(
      sha256(
        '{"about":"ref_1","cause":"a \\"quoted\\" ü €","entry_id":"jen_1","kind":"milestone","occurred_at":"2026-01-01T00:00:00.000Z",' +
          '"postings":[{"account":"program","amount":-5,"posting_id":"pst_1","unit":"points"}],"tenant_id":"acme"}',
      ),
    );
  });

  test('of a seal is this', () => {
    const entries = [{ entry_id: 'jen_1', hash: 'ab' }];
    expect(hashOfSeal({ tenant_id: 'acme', number: 1, previous_hash: null, entries })).toBe(
      sha256('{"entries":[{"entry_id":"jen_1","hash":"ab"}],"number":1,"previous_hash":null,"tenant_id":"acme"}'),
    );
  });

  test('leaves members out that a later version adds, so that old seals stay right', () => {
    const later = { ...entry, note: 'new', postings: entry.postings.map((posting) => ({ ...posting, note: 'new' })) };
    expect(hashOfEntry(later)).toBe(hashOfEntry(entry));
  });
});

describe('an entry that comes again with other content', () => {
  const changed = (entry: JournalEntry): JournalEntry => ({ ...entry, cause: 'somebody else' });

  test.each([
    ['is in the book', []],
    ['is in the last seal alone', [{ atCommit: 2, applied: 'nothing' }]],
  ] as const)('is refused when the first %s, and nothing of its batch is written', async (_, [crash]) => {
    const tenant = newTenant();
    const first = entryOf(tenant, 1);
    const sealing = createSealer(crash ? interrupt(store, crash) : store)([first]);
    await sealing.catch((error) => expect(error).toBeInstanceOf(OperationalError));
    await expect(createSealer()([entryOf(tenant, 2), changed(first)])).rejects.toThrow(AssertionFailure);
    await createSealer()([first, entryOf(tenant, 3)]);
    expect(await audit(tenant)).toEqual([idsOf([first]), idsOf([entryOf(tenant, 3)])]);
  });

  test('in one batch, even as another tenant’s, is refused before either is sealed', async () => {
    const [tenant, other] = [newTenant(), newTenant()];
    const first = entryOf(tenant, 1);
    for (const second of [changed(first), { ...first, tenant_id: other }]) {
      await expect(createSealer()([first, second])).rejects.toThrow(AssertionFailure);
    }
    expect(await audit(tenant)).toEqual([]);
  });
});

describe('a crash', () => {
  const crashes = appliedBeforeCrash.flatMap((applied) => [1, 2, 3, 4].map((atCommit) => ({ atCommit, applied })));
  const redeliveries = [
    ['whole', 100],
    ['in smaller batches', 2],
  ] as const;
  const cases = crashes.flatMap((crash) =>
    redeliveries.flatMap(([how, size]) => [true, false].map((isSame) => ({ ...crash, how, size, isSame }))),
  );

  test.each(cases)(
    'during commit $atCommit with $applied of it written is repaired $how (by the same process: $isSame)',
    async ({ atCommit, applied, size, isSame }) => {
      const tenants = [newTenant(), newTenant()];
      const topic = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => tenants.map((tenant) => entryOf(tenant, n)));
      const crashing = createSealer(interrupt(store, { atCommit, applied }));
      const another = createSealer();
      let crashed = 0;
      for (const batch of [topic.slice(0, 10), topic.slice(10)]) {
        await crashing(batch).catch(async () => {
          crashed += 1;
          for (const part of split(batch, [size])) await (isSame ? crashing : another)(part);
        });
      }
      expect(crashed).toBe(1);
      for (const tenant of tenants) {
        expect((await audit(tenant)).flat()).toEqual(idsOf(entriesOf(tenant, 1, 8)));
      }
    },
  );

  test('whose entries nobody has brought again yet holds up the next seal, and nothing else', async () => {
    const [tenant, other] = [newTenant(), newTenant()];
    await expect(
      createSealer(interrupt(store, { atCommit: 2, applied: 'nothing' }))(entriesOf(tenant, 1, 2)),
    ).rejects.toThrow(OperationalError);
    const seal = createSealer();
    const early = [entryOf(tenant, 3), entryOf(other, 1)];
    await expect(seal(early)).rejects.toMatchObject({ code: 'SEAL_INCOMPLETE' });
    expect(await audit(other)).toEqual([idsOf([entryOf(other, 1)])]);
    await createSealer()(entriesOf(tenant, 1, 2));
    await seal(early);
    expect((await audit(tenant)).flat()).toEqual(idsOf(entriesOf(tenant, 1, 3)));
  });
});

describe('two sealers at once', () => {
  // A process that lost its partition may still be at work on a batch that another has taken over.
  test('on one topic, whatever their batches and whoever is faster, put every entry into one seal', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), sizes, sizes, fc.integer({ min: 1, max: 3 }), async (s, ours, theirs, max) => {
        const tenant = newTenant();
        const topic = entriesOf(tenant, 1, 8);
        const through = takingTurns(store, (call) => s.schedule(Promise.resolve(), call));
        const run = async (batchSizes: readonly number[]) => {
          const seal = createSealer(through, max);
          for (const batch of split(topic, batchSizes)) await seal(batch);
        };
        await s.waitFor(Promise.all([run(ours), run(theirs)]));
        expect((await audit(tenant)).flat()).toEqual(idsOf(topic));
      }),
      { numRuns: 30 },
    );
  });

  test.each(['page', 'getMany', 'commit'])(
    'one that pauses before its %s and is overtaken twice seals nothing again',
    async (paused) => {
      const tenant = newTenant();
      const overtake = createSealer();
      const slow = createSealer(
        once(paused, async () => {
          await overtake([entryOf(tenant, 1)]);
          await overtake([entryOf(tenant, 2)]);
        }),
      );
      await slow([entryOf(tenant, 1), entryOf(tenant, 3)]);
      expect(await audit(tenant)).toEqual([1, 2, 3].map((n) => idsOf([entryOf(tenant, n)])));
    },
  );

  test('with one id for two tenants’ entries: the second to reach the book is called out', async () => {
    const [tenant, other] = [newTenant(), newTenant()];
    const entry = entryOf(tenant, 1);
    let commits = 0;
    const slow = takingTurns(store, async (call) => {
      if (call === 'commit') commits += 1;
      if (commits === 2) await createSealer()([{ ...entry, tenant_id: other }]);
    });
    await expect(createSealer(slow)([entry])).rejects.toThrow(AssertionFailure);
  });

  test('that never win give up with an operational failure instead of spinning for ever', async () => {
    const tenant = newTenant();
    const overtake = createSealer();
    let round = 0;
    const unlucky = takingTurns(store, async (call) => {
      round += 1;
      if (call === 'commit') await overtake([entryOf(tenant, round)]);
    });
    await expect(createSealer(unlucky)([entryOf(tenant, 0)])).rejects.toMatchObject({ code: 'CONTENTION' });
    const sealed = (await audit(tenant)).flat();
    expect(sealed).toHaveLength(100);
    expect(sealed).not.toContain(entryOf(tenant, 0).entry_id);
  });
});

test('whatever is batched, repeated, crashes and is redelivered, every entry is in one seal of an unbroken chain', async () => {
  const crash = fc.record({
    atCommit: fc.integer({ min: 1, max: 4 }),
    applied: fc.constantFrom(...appliedBeforeCrash),
  });
  const step = fc.record({
    size: fc.integer({ min: 1, max: 6 }),
    /** How far before its offset a group starts again that could not keep it. */
    back: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 8 })),
    process: fc.integer({ min: 0, max: 1 }),
    crash: fc.option(crash),
  });
  const messages = fc.array(fc.record({ tenant: fc.integer({ min: 0, max: 2 }), n: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 25,
  });
  await fc.assert(
    fc.asyncProperty(messages, fc.array(step, { maxLength: 15 }), async (told, steps) => {
      const names = [newTenant(), newTenant(), newTenant()];
      const topic = told.map(({ tenant, n }) => entryOf(names[tenant] ?? '', n));
      let broken: Store = store;
      const processes = [0, 1].map(() =>
        createSealer(
          redirected(() => broken),
          3,
        ),
      );
      let offset = 0;
      for (const { size, back, process, crash: fault } of steps) {
        const from = Math.max(0, offset - back);
        broken = fault ? interrupt(store, fault) : store;
        const isDone = await processes[process]?.(topic.slice(from, from + size)).then(
          () => true,
          () => false,
        );
        if (isDone) offset = Math.max(offset, from + size);
      }
      broken = store;
      await processes[0]?.(topic.slice(offset));
      for (const tenant of names) {
        const expected = idsOf(topic.filter(({ tenant_id }) => tenant_id === tenant));
        expect((await audit(tenant)).flat()).toEqual([...new Set(expected)]);
      }
    }),
    { numRuns: 80 },
  );
});

/** The store, before whose first such call something else happens. */
function once(name: string, happen: () => Promise<void>): Store {
  let hasHappened = false;
  return takingTurns(store, async (call) => {
    if (call !== name || hasHappened) return;
    hasHappened = true;
    await happen();
  });
}

/** The store that is there at the moment of each call. */
function redirected(current: () => Store): Store {
  return {
    prepare: (declared) => current().prepare(declared),
    get: (collection, id) => current().get(collection, id),
    getMany: (collection, ids) => current().getMany(collection, ids),
    commit: (changes) => current().commit(changes),
    page: (collection, options) => current().page(collection, options),
    scan: (collection, options) => current().scan(collection, options),
    drop: (collections) => current().drop(collections),
    close: () => current().close(),
  };
}

/** Batches of these sizes, over and over, until nothing is left. */
function split<Item>(items: readonly Item[], sizes: readonly number[]): Item[][] {
  const batches: Item[][] = [];
  for (let from = 0; from < items.length; ) {
    const size = sizes[batches.length % sizes.length] ?? 1;
    batches.push(items.slice(from, from + size));
    from += size;
  }
  return batches;
}
