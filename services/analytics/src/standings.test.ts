import { OperationalError } from '@referral/errors';
import { forwardTo } from '@referral/store';
import { type Installation, openInstallation } from '@referral/testing';
import fc from 'fast-check';
import { referralTold, tenant } from '../test/world.ts';
import { analyticsService } from './service.ts';

const root = '/api/loyalty/referrals';
let installation: Installation | undefined;

afterEach(() => installation?.close());

async function open(options: Partial<Parameters<typeof openInstallation>[0]> = {}) {
  installation = await openInstallation({ services: [analyticsService, analyticsService], partitions: 3, ...options });
  return installation;
}

async function rankOf(at: Installation, customerId: string, tenantId = tenant) {
  const customer = await at.as({ kind: 'customer', tenantId, customerId });
  return (await customer.get(`${root}/my-rank`).expect(200)).body;
}

const converted = (referrer: string, n: number) =>
  referralTold({ referrer, referee: `${referrer}-${n}`, status: 'converted', revision: 2 });
const reversed = (referrer: string, n: number) =>
  referralTold({ referrer, referee: `${referrer}-${n}`, status: 'reversed', revision: 3 });

test('a rank is told to customers alone: shared by those who have as many, null for those without any', async () => {
  const at = await open();
  await at.publish([converted('ann', 1), converted('ann', 2), converted('bea', 1), converted('cyd', 1)]);
  await at.publish([converted('dan', 1), reversed('dan', 1)]);
  await at.settled();
  expect(await rankOf(at, 'ann')).toMatchObject({ rank: 1, conversions: 2, lag_events: 0, as_of: expect.any(String) });
  expect(await rankOf(at, 'bea')).toMatchObject({ rank: 2, conversions: 1 });
  expect(await rankOf(at, 'cyd')).toMatchObject({ rank: 2, conversions: 1 });
  expect(await rankOf(at, 'dan')).toMatchObject({ rank: null, conversions: 0 });
  expect(await rankOf(at, 'nobody')).toMatchObject({ rank: null, conversions: 0 });
  expect(await rankOf(at, 'ann', 'globex')).toMatchObject({ rank: null, conversions: 0 });
  const admin = await at.as({ kind: 'admin', tenantId: tenant });
  await admin.get(`${root}/my-rank`).expect(403);
});

test('ranks are those of the leaderboard, whatever comes in which order, twice, and with a store that fails', async () => {
  let commits = 0;
  let failEvery = Number.POSITIVE_INFINITY;
  const at = await open({
    aroundStore: (store) => ({
      ...forwardTo(store),
      async commit(changes) {
        commits += 1;
        if (commits % failEvery !== 0) return store.commit(changes);
        if (commits % 2 === 0) await store.commit(changes.slice(0, Math.ceil(changes.length / 2)));
        throw new OperationalError('STORE_UNAVAILABLE', 'the store went away');
      },
    }),
  });
  const referrers = ['ann', 'bea', 'cyd', 'dan', 'eve'];
  const told = fc.record({
    referrer: fc.constantFrom(...referrers),
    n: fc.nat(6),
    status: fc.constantFrom('converted', 'converted', 'reversed', 'attributed'),
    revision: fc.integer({ min: 1, max: 5 }),
  } as const);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(told, { maxLength: 40 }), fc.integer({ min: 3, max: 8 }), async (words, every) => {
      run += 1;
      const tenantId = `run${run}`;
      failEvery = every;
      const newest = new Map(words.map((word) => [`${word.referrer} ${word.n} ${word.revision}`, word]));
      const events = [...newest.values()].map(({ referrer, n, status, revision }) =>
        referralTold({ tenantId, referrer, referee: `${referrer}-${n}`, status, revision }),
      );
      await at.publish(events);
      await at.publish(events.toReversed());
      await at.settled();
      const admin = await at.as({ kind: 'admin', tenantId });
      const { body } = await admin.get(`${root}/leaderboard`).expect(200);
      for (const row of body.data) {
        const { rank, conversions } = await rankOf(at, row.referrer_customer_id, tenantId);
        expect({ rank, conversions }).toEqual({ rank: row.rank, conversions: row.conversions });
      }
    }),
    { numRuns: 15 },
  );
  expect(commits).toBeGreaterThan(50);
}, 60_000);
