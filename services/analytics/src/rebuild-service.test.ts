import type { EncodedEvent } from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import type { TokenContent } from '@referral/host';
import { defineCollection, forwardTo, type Store } from '@referral/store';
import { type Installation, openInstallation } from '@referral/testing';
import { SetClock } from '../test/set-clock.ts';
import { clickTold, orderTold, referralTold, rewardTold, shareTold, tenant, tenantTold } from '../test/world.ts';
import { analyticsService } from './service.ts';

const root = '/api/loyalty/referrals';
const platform: TokenContent = { kind: 'admin', scopes: ['platform'] };

let clock: SetClock;
let installation: Installation;
/** Called before the copy reads a page of facts. */
let beforeScan: () => Promise<void>;

beforeEach(async () => {
  clock = new SetClock();
  beforeScan = async () => {};
  installation = await openInstallation({
    services: [analyticsService, analyticsService],
    partitions: 3,
    clock,
    aroundStore: (store): Store => ({
      ...forwardTo(store),
      async scan(collection, options) {
        await beforeScan();
        return store.scan(collection, options);
      },
    }),
  });
});
afterEach(() => installation.close());

const history: readonly EncodedEvent[] = [
  tenantTold('America/New_York'),
  shareTold(1),
  shareTold(2, { channel: 'email' }),
  clickTold(1),
  referralTold({ referee: 'bob', status: 'attributed', revision: 1 }),
  referralTold({ referee: 'bob', status: 'converted', revision: 2 }),
  referralTold({ referee: 'cem', status: 'attributed', revision: 1, channel: 'email' }),
  referralTold({ referee: 'dee', status: 'expired', revision: 2, attributedAt: '2025-11-30T12:00:00Z' }),
  referralTold({ referee: 'eve', status: 'reversed', revision: 3, referrer: 'zoe' }),
  referralTold({ referee: 'fay', status: 'converted', revision: 2, referrer: 'zoe', channel: 'sms' }),
  referralTold({ referee: 'gil', status: 'withdrawn', revision: 2 }),
  referralTold({ referee: 'hal', status: 'rejected', revision: 2 }),
  orderTold({ referee: 'bob', order: 'o1', net: 2_000 }),
  orderTold({ referee: 'bob', order: 'o1', net: 1_550, revision: 2 }),
  orderTold({ referee: 'bob', order: 'o2', net: 500, currency: 'JPY' }),
  orderTold({ referee: 'gil', order: 'o3', net: 900 }),
  orderTold({ referee: 'hal', order: 'o4', net: 800 }),
  rewardTold('issued', 'rwd_1'),
  rewardTold('issued', 'rwd_2'),
  rewardTold('reversed', 'rwd_2'),
  referralTold({ tenantId: 'globex', referee: 'bob', status: 'converted', revision: 2 }),
];

async function bring(...events: readonly EncodedEvent[]): Promise<void> {
  await installation.publish(events);
  await installation.settled();
}

/** Everything that anybody can read of a tenant, apart from when. */
async function figures(tenantId = tenant): Promise<unknown[]> {
  const admin = await installation.as({ kind: 'admin', tenantId });
  const paths = [
    'summary',
    'summary?from=2026-01-10&to=2026-01-11',
    'channels',
    'leaderboard',
    'leaderboard?from=2026-01-10&to=2026-01-11',
    'timeseries?interval=month',
  ];
  const answers: unknown[] = [];
  for (const path of paths) {
    const { as_of: _, ...body } = (await admin.get(`${root}/${path}`).expect(200)).body;
    answers.push(body);
  }
  for (const customerId of ['ann', 'zoe']) {
    const customer = await installation.as({ kind: 'customer', tenantId, customerId });
    const { as_of: _, ...body } = (await customer.get(`${root}/my-rank`).expect(200)).body;
    answers.push(body);
  }
  return [...answers, (await admin.get(`${root}/export.csv`).expect(200)).text];
}

const start = async () => (await (await installation.as(platform)).post('/api/analytics/rebuild').expect(202)).body;
const state = async () => (await (await installation.as(platform)).get('/api/analytics/rebuild').expect(200)).body;

interface StoredDocument {
  readonly counters: Readonly<Record<string, number>>;
  readonly contributions?: Readonly<Record<string, object>>;
}

async function documentsOf(name: string) {
  const collection = defineCollection<StoredDocument>(name);
  await installation.store.prepare([collection]);
  return installation.store.scan(collection, { limit: 1_000 });
}

const allOf = (counters: object, value: number) =>
  Object.fromEntries(Object.keys(counters).map((name) => [name, value]));

// Damage shows that figures come from the facts: a copy of the old ones would have it too.
test('figures are what the facts come to, also where they were damaged, and nothing is left of the old ones', async () => {
  await bring(...history);
  const before = await figures();
  const ofGlobex = await figures('globex');
  const folds = await documentsOf('analytics.folds');
  const damaged = folds.map(({ id, version, body }) => ({
    collection: defineCollection('analytics.folds'),
    id,
    expectedVersion: version,
    body: { ...body, counters: allOf(body.counters, 77), slots: {} },
  }));
  await installation.store.commit(damaged);
  // The store of the services has the collections by their declarations.
  await installation.restart();
  expect(await figures()).not.toEqual(before);

  expect(await start()).toMatchObject({ state: 'building', generation: 1, last: null, progress: { generation: 2 } });
  await installation.settled();
  expect(await figures()).toEqual(before);
  expect(await figures('globex')).toEqual(ofGlobex);
  const last = { finished_at: '2026-01-20T12:00:00.000Z', facts: expect.any(Number) };
  expect(await state()).toEqual({ state: 'idle', generation: 2, last, progress: null });

  await start();
  await installation.settled();
  expect(await figures()).toEqual(before);
  expect(await state()).toMatchObject({ state: 'idle', generation: 3 });
  await installation.restart();
  expect(await figures()).toEqual(before);
  for (const name of ['analytics.folds', 'analytics.facts', 'analytics.folds.2', 'analytics.facts.2']) {
    expect(await documentsOf(name)).toEqual([]);
  }
});

// A release that counts in more folds than the one before: a rebuild is what brings it its past.
test('referrals are counted in folds that are younger than they are', async () => {
  await bring(...history);
  const before = await figures();
  const isYoung = (foldId: string) => foldId.includes(':referrer-');
  for (const { name, documents } of [
    { name: 'analytics.folds', documents: await documentsOf('analytics.folds') },
    { name: 'analytics.facts', documents: await documentsOf('analytics.facts') },
  ]) {
    const changes = documents.map(({ id, version, body }) => {
      const counters = isYoung(id) ? {} : body.counters;
      const contributions = Object.fromEntries(
        Object.entries(body.contributions ?? {}).filter(([foldId]) => !isYoung(foldId)),
      );
      const older =
        name === 'analytics.folds'
          ? { ...body, counters, ...(isYoung(id) ? { slots: {} } : {}) }
          : { ...body, contributions };
      return { collection: defineCollection(name), id, expectedVersion: version, body: older };
    });
    await installation.store.commit(changes);
  }
  await installation.restart();
  expect(await figures()).not.toEqual(before);

  await start();
  await installation.settled();
  expect(await figures()).toEqual(before);
});

test('one that is under way is told how far it is, and is not begun a second time', async () => {
  await bring(...history);
  const seen: unknown[] = [];
  beforeScan = async () => {
    clock.at += 4_000;
    seen.push(await start(), await state());
  };
  const begun = await start();
  await installation.settled();
  const progress = { ...begun.progress, step: 'facts', fraction: 0, facts: 0, estimated_seconds_left: null };
  expect(seen.slice(0, 2)).toEqual([begun, begun]);
  expect(begun).toMatchObject({ state: 'building', progress });
  expect(await state()).toMatchObject({ state: 'idle', generation: 2 });
});

test('events that come by the topics meanwhile are counted, and read at once', async () => {
  await bring(...history);
  let during: unknown[] = [];
  beforeScan = async () => {
    beforeScan = async () => {};
    await installation.publish([
      referralTold({ referee: 'bob', status: 'withdrawn', revision: 3 }),
      orderTold({ referee: 'fay', referrer: 'zoe', order: 'o5', net: 4_000 }),
      referralTold({ referee: 'ida', status: 'converted', revision: 2, referrer: 'zoe' }),
      clickTold(2),
    ]);
    await installation.bus.caughtUp(['analytics']);
    during = await figures();
  };
  await start();
  await installation.settled();
  expect(during[0]).toMatchObject({ lag_events: 0, referrals: { converted: 2 }, funnel: { clicks: 2 } });
  expect(await figures()).toEqual(during);
});

// The lease of a replica that is gone keeps nobody from going on for long.
test('one that breaks off goes on where it was, in another process', async () => {
  await bring(...history);
  const before = await figures();
  beforeScan = async () => {
    throw new OperationalError('STORE_UNAVAILABLE', 'the store went away');
  };
  await start();
  await expect(installation.settled()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(await figures()).toEqual(before);
  beforeScan = async () => {};
  clock.at += 60_000;
  await installation.restart();
  await bring(...history);
  expect(await state()).toMatchObject({ state: 'idle', generation: 2 });
  clock.at -= 60_000;
  expect(await figures()).toEqual(before);
});

test.each<[string, TokenContent]>([
  ['a customer', { kind: 'customer', tenantId: tenant, customerId: 'ann' }],
  ['a service', { kind: 'service', tenantId: tenant }],
  ['an admin of one tenant', { kind: 'admin', tenantId: tenant }],
])('%s may neither start nor watch one', async (_, content) => {
  const caller = await installation.as(content);
  await caller.post('/api/analytics/rebuild').expect(403);
  await caller.get('/api/analytics/rebuild').expect(403);
  await installation.anybody.post('/api/analytics/rebuild').expect(401);
  expect(await state()).toMatchObject({ state: 'idle', generation: 1 });
});
