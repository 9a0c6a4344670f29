import type { EncodedEvent } from '@referral/contracts';
import { forwardTo } from '@referral/store';
import { type Installation, openInstallation } from '@referral/testing';
import {
  codeCreated,
  day,
  ofTenant,
  profileLearnt,
  programSaved,
  purchased,
  signedUp,
  tenant,
  tenantExists,
} from '../../test/world.ts';
import { profiles } from '../collections.ts';
import { attributionService } from '../service.ts';

const globex = 'globex';
const annsCode = 'AAAA2222';
const bobsCode = 'BBBB2222';
const world = [tenantExists(), programSaved(), codeCreated('cus-1', annsCode), codeCreated('cus-2', bobsCode)];
const ann = profileLearnt({ customer_id: 'cus-1', name: 'Ann Zoë Müller', email: 'ann@shop.example' });
const bob = { customer_id: 'cus-2', name: 'Bob Stone', email: 'b.stone@mail.example' };
const yamada = { customer_id: 'cus-3', name: '山田太郎', email: 'yt@mail.example' };
const dora = { customer_id: 'cus-4', name: 'Dora Müller', email: 'dora@home.example' };
/** Ann has brought Bob, then Dora; Bob has brought Yamada. */
const story = [
  ...world,
  ann,
  signedUp({ ...bob, referral_code: annsCode, occurred_at: day(2) }),
  signedUp({ ...dora, referral_code: annsCode, occurred_at: day(3) }),
  signedUp({ ...yamada, referral_code: bobsCode, occurred_at: day(4) }),
  purchased({ customer_id: 'cus-4', order_id: 'o4', occurred_at: day(5) }),
];

let installation: Installation;
/** How many pages of the store the requests have read. */
let pagesRead = 0;
beforeEach(async () => {
  installation = await openInstallation({
    services: [attributionService],
    aroundStore: (store) => ({
      ...forwardTo(store),
      page: (collection, options) => {
        pagesRead += 1;
        return store.page(collection, options);
      },
    }),
  });
});
afterEach(() => installation.close());

async function bring(...events: EncodedEvent[]): Promise<void> {
  await installation.publish(events);
  await installation.settled();
}

interface Row {
  readonly referrer_customer_id: string;
  readonly referee_customer_id: string;
}

async function ask(query: Readonly<Record<string, string>>, of = tenant) {
  const caller = await installation.as({ kind: 'admin', tenantId: of });
  const { status, body } = await caller.get('/api/referrals').query(query);
  const pairs: string[] = (body.data ?? []).map(
    ({ referrer_customer_id, referee_customer_id }: Row) => `${referrer_customer_id}→${referee_customer_id}`,
  );
  return { status, pairs, cursor: body.next_cursor, errors: body.errors };
}

async function found(q: string, of = tenant): Promise<string[]> {
  const { status, pairs, cursor } = await ask({ q }, of);
  expect([status, cursor]).toEqual([200, null]);
  return pairs;
}

/** Page after page to the end. */
async function all(query: Readonly<Record<string, string>>): Promise<string[]> {
  const pairs: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.status).toBe(200);
    expect(page.pairs.length).toBeLessThanOrEqual(Number(query.limit));
    pairs.push(...page.pairs);
    if (page.cursor === null) return pairs;
    cursor = page.cursor;
  }
}

describe('people are found', () => {
  beforeEach(() => bring(...story));
  const annBrought = ['cus-1→cus-4', 'cus-1→cus-2'];
  const bobsOwn = ['cus-2→cus-3', 'cus-1→cus-2'];

  test.each([
    ['the name of a referrer', 'ann', annBrought],
    ['the name of who was referred, in any case', 'STONE', bobsOwn],
    ['the beginning of a word', 'sto', bobsOwn],
    ['an e-mail', 'b.stone@mail.example', bobsOwn],
    ['the host of an e-mail', 'home', ['cus-1→cus-4']],
    ['an id', 'cus-4', ['cus-1→cus-4']],
    ['an id, with space around it', '  cus-1 ', annBrought],
    ['a code as people type it', 'aaaa-2222', annBrought],
    ['two words in any order', 'stone bob', bobsOwn],
    ['a word of the name and one of the e-mail', 'mail bob', bobsOwn],
    ['a name without its diacritics', 'zoe', annBrought],
    ['a name with them, spelt otherwise', 'ZOE\u0308', annBrought],
    ['a name with marks that turn the writing round', '\u202eann\u202c', annBrought],
    ['a name in Chinese characters', '山田', ['cus-2→cus-3']],
  ])('by %s', async (_, q, pairs) => {
    expect(await found(q)).toEqual(pairs);
  });

  test.each([
    ['two people’s names', 'bob dora'],
    ['the inside of a word', 'tone'],
    ['the beginning of an id', 'cus-'],
    ['the beginning of a code', 'AAAA222'],
    ['markup', '<script>alert(1)</script>'],
    ['a pattern', '.*'],
    ['an operator', '$where'],
    ['an operator with a value', '{"$ne":null}'],
    ['the end of a key', 'cus-1\u0000'],
    ['nothing that can be seen', '\u200f\u202e'],
    ['a hundred characters', 'W'.repeat(100)],
  ])('but not by %s', async (_, q) => {
    expect(await found(q)).toEqual([]);
  });

  test.each([
    ['', 'q'],
    ['   ', 'q'],
    ['x'.repeat(101), 'q'],
  ])('%j is no search', async (q, path) => {
    expect(await ask({ q })).toMatchObject({ status: 400, errors: [{ path }] });
  });

  test('a search is one text, not a structure', async () => {
    expect(await ask({ 'q[$ne]': 'ann' })).toMatchObject({ status: 400, errors: [{ path: 'q[$ne]' }] });
  });

  test('a referral whose people are both found stands once', async () => {
    expect(await found('müller')).toEqual(annBrought);
    expect(await found('mail')).toEqual(bobsOwn);
    expect(await all({ q: 'example', limit: '1' })).toEqual([...annBrought, 'cus-2→cus-3']);
    await bring(signedUp({ customer_id: 'cus-5', name: 'Cus 1 or 5', referral_code: annsCode, occurred_at: day(6) }));
    expect(await found('cus-1')).toEqual(['cus-1→cus-5', ...annBrought]);
    expect(await found('cus-5')).toEqual(['cus-1→cus-5']);
  });

  test('a status narrows what is found', async () => {
    expect((await ask({ q: 'ann', status: 'converted' })).pairs).toEqual(['cus-1→cus-4']);
    expect((await ask({ q: 'ann', status: 'attributed' })).pairs).toEqual(['cus-1→cus-2']);
    expect((await ask({ q: 'bob', status: 'expired' })).pairs).toEqual([]);
  });

  test('what is learnt of somebody later is found, and what they were called before is not', async () => {
    await bring(profileLearnt({ customer_id: 'cus-2', name: 'Robert Stone', learnt_at: day(9) }));
    expect(await found('robert')).toEqual(bobsOwn);
    expect(await found('bob')).toEqual([]);
  });

  // Erasure is a promise to a person: nothing that they could be found by stays, neither in a search nor on disk.
  test('who is erased is found by no name any more', async () => {
    await bring(
      profileLearnt({ customer_id: 'cus-2', erased: true, learnt_at: day(9) }),
      profileLearnt({ ...bob, learnt_at: day(10) }),
    );
    for (const q of ['bob', 'stone', 'b.stone@mail.example']) expect(await found(q)).toEqual([]);
    expect((await installation.store.get(profiles, `${tenant}:cus-2`))?.body).toEqual({
      tenant_id: tenant,
      customer_id: 'cus-2',
      learnt_at: day(9),
      erased: true,
    });
    expect(await found('cus-2')).toEqual(bobsOwn);
  });

  test('another tenant’s people are never found', async () => {
    const elsewhere = [
      tenantExists(),
      programSaved(),
      codeCreated('cus-8', 'CCCC2222'),
      signedUp({ customer_id: 'cus-9', name: 'Eve Else', referral_code: 'CCCC2222', occurred_at: day(2) }),
    ];
    await bring(...elsewhere.map((event) => ofTenant(globex, event)));
    for (const q of ['eve', 'cus-9', 'cus-8', 'CCCC2222']) {
      expect(await found(q, globex)).toEqual(['cus-8→cus-9']);
      expect(await found(q)).toEqual([]);
    }
    for (const q of ['ann', 'cus-1', annsCode]) expect(await found(q, globex)).toEqual([]);
  });

  test('who is erased between two pages is passed over, and the others come', async () => {
    const { pairs, cursor } = await ask({ q: 'mail', limit: '1' });
    expect(pairs).toEqual(['cus-2→cus-3']);
    await bring(profileLearnt({ customer_id: 'cus-2', erased: true, learnt_at: day(9) }));
    // Found by the one who was referred, now that the referrer is not.
    expect(await ask({ q: 'mail', limit: '1', cursor })).toMatchObject({ status: 200, pairs: ['cus-2→cus-3'] });
  });
});

describe('a cursor', () => {
  const elsewhere = story.map((event) => ofTenant(globex, event));
  const cursorFor = async (query: Readonly<Record<string, string>>, of = tenant): Promise<string> =>
    (await ask({ limit: '1', ...query }, of)).cursor;
  const isRefused = async (query: Readonly<Record<string, string>>, of = tenant) =>
    expect(await ask({ limit: '1', ...query }, of)).toMatchObject({
      status: 400,
      errors: [{ path: 'cursor', message: 'must be a cursor that a page before has given' }],
    });
  beforeEach(() => bring(...story, ...elsewhere));

  test('goes on with its own question only', async () => {
    const cursor = await cursorFor({ q: 'ann' });
    expect(await ask({ limit: '1', q: 'ann', cursor })).toMatchObject({ status: 200, pairs: ['cus-1→cus-2'] });
    await isRefused({ q: 'ann', cursor }, globex);
    // One that continues at the beginning of a list holds no cursor of the store, which would tell its tenant.
    const between = { q: 'example', limit: '2' };
    await isRefused({ ...between, cursor: await cursorFor(between) }, globex);
    await isRefused({ q: 'bob', cursor });
    await isRefused({ q: 'ann', status: 'converted', cursor });
    await isRefused({ cursor });
    await isRefused({ q: 'ann', cursor: await cursorFor({}) });
    for (const garbage of ['x', 'page-2', 'bnVsbA', 'e30', cursor.slice(0, -4)]) {
      await isRefused({ q: 'ann', cursor: garbage });
    }
  });

  // A cursor can be read and changed by whoever holds it: the tenant of the token bounds what is found all the same.
  test('that was changed reaches no other list', async () => {
    const contentOf = (cursor: string) => JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [own, people, [customerId, side]] = contentOf(await cursorFor({ q: 'ann' }));
    const [, , [, , theirs]] = contentOf(await cursorFor({ q: 'ann' }, globex));
    const [, , [, , bobs]] = contentOf(await cursorFor({ q: 'example' }));
    const forged = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
    expect(theirs).not.toBe(bobs);
    await isRefused({ q: 'ann', cursor: forged([own, people, [customerId, side, theirs]]) });
    await isRefused({ q: 'ann', cursor: forged([own, people, [customerId, 'referee', bobs]]) });
    await isRefused({ q: 'ann', cursor: forged([own, theirs, null]) });
    await isRefused({ q: 'ann', cursor: forged([own, people, [customerId, 'neither', null]]) });
    expect(await ask({ q: 'ann', cursor: forged([own, people, ['cus-3', side, theirs]]) })).toMatchObject({
      pairs: [],
    });
  });
});

describe('a referrer with 2,500 referrals', () => {
  const count = 2_500;
  const ids = Array.from({ length: count }, (_, n) => `f-${String(n).padStart(4, '0')}`);
  /** One after the other, a minute apart. */
  const when = (n: number) => new Date(Date.parse(day(2)) + n * 60_000).toISOString();
  const friends = ids.map((customer_id, n) =>
    signedUp({ customer_id, name: `Friend ${n}`, referral_code: annsCode, occurred_at: when(n) }),
  );
  const buyers = ids.filter((_, n) => n % 125 === 7);
  const purchases = buyers.map((customer_id) =>
    purchased({ customer_id, order_id: `o-${customer_id}`, occurred_at: day(6) }),
  );
  const broughtByAnn = (customers: readonly string[]) => customers.map((id) => `cus-1→${id}`);
  beforeEach(() => bring(...world, ann, ...friends, ...purchases));

  // What a page leaves out nobody sees, and what it shows twice is counted twice.
  test('lists each exactly once, the newest first, of any status, in calls of bounded work', async () => {
    expect(await all({ q: 'ann', limit: '100' })).toEqual(broughtByAnn(ids.toReversed()));
    expect(await all({ q: annsCode, limit: '200' })).toEqual(broughtByAnn(ids.toReversed()));
    expect(await all({ q: 'ann', status: 'converted', limit: '7' })).toEqual(broughtByAnn(buyers.toReversed()));
    await bring(
      signedUp({ customer_id: 'friend', referral_code: annsCode, occurred_at: day(9) }),
      purchased({ customer_id: 'friend', order_id: 'o-friend', occurred_at: day(10) }),
    );
    // Many pages of people, and one whose id it is besides.
    expect(await all({ q: 'friend', status: 'converted', limit: '7' })).toEqual(broughtByAnn(['friend', ...buyers]));
    expect(await all({ q: 'friend 24', limit: '25' })).toEqual(
      broughtByAnn(ids.filter((_, n) => String(n).startsWith('24'))),
    );
    const before = pagesRead;
    // Nobody's referral is so: page after page is empty, and each has cost no more than it may.
    const { pairs, cursor } = await ask({ q: 'friend', status: 'expired' });
    expect([pairs, typeof cursor]).toEqual([[], 'string']);
    expect(pagesRead - before).toBeLessThanOrEqual(40);
  });
});
