import { defaultProgram } from '@referral/contracts';
import { services } from '@referral/standalone';
import { type Caller, type Installation, openInstallation } from '@referral/testing';
import type { Json } from './platform.ts';

/** Everybody at once: two of each service share the partitions of every topic, and requests do not wait for each other. */

const rounds = 5;
const acme = { slug: 'acme', name: 'Acme', currency: 'USD', time_zone: 'UTC' };

let installation: Installation;
beforeAll(async () => {
  installation = await openInstallation({ services: [...services, ...services], partitions: 4 });
  const platform = await installation.as({ kind: 'admin', scopes: ['platform'] });
  for (let round = 1; round <= rounds; round += 1) {
    for (const kind of ['signups', 'conversions', 'cap']) {
      const slug = `${kind}-${round}`;
      await platform
        .post('/api/tenants')
        .send({ ...acme, slug })
        .expect(201);
    }
  }
});
afterAll(() => installation.close());

const nth = (count: number) => Array.from({ length: count }, (_, index) => index);
const roundsOf = nth(rounds).map((index) => index + 1);

async function save(tenantId: string, changes: object): Promise<void> {
  const program = {
    ...defaultProgram,
    enabled: true,
    qualifying_event: { type: 'first_purchase' },
    referrer_reward: { type: 'points', value: 100 },
    referee_reward: { type: 'credit', value: 5 },
    ...changes,
  };
  await (await installation.as({ kind: 'admin', tenantId })).put('/api/referrals/program').send(program).expect(200);
}

async function codeOf(tenantId: string, customerId: string): Promise<string> {
  const caller = await installation.as({ kind: 'customer', tenantId, customerId });
  return (await caller.get('/api/referrals/my-code').expect(200)).body.referral_code;
}

const event = (type: string, id: string, data: object) => ({
  specversion: '1.0',
  id,
  source: '/shop',
  type,
  time: '2026-01-02T00:00:00Z',
  data: { occurred_at: '2026-01-02T00:00:00Z', ...data },
});

async function sendAll(caller: Caller, events: readonly object[]): Promise<void> {
  await Promise.all(events.map((one) => caller.post('/api/events').send(one).expect(202)));
}

const purchase = (tenant_id: string, customer_id: string, order_id: string) =>
  event('purchase_completed', `purchase-${order_id}`, {
    tenant_id,
    customer_id,
    order_id,
    amount: 2_000,
    currency: 'USD',
    occurred_at: '2026-01-03T00:00:00Z',
  });

const all = async (tenantId: string, path: string): Promise<Json[]> =>
  (await (await installation.as({ kind: 'admin', tenantId })).get(`${path}?limit=200`).expect(200)).body.data;

test.each(roundsOf)(
  'round %i: one customer signs up 50 times at once, each time with another code: one referral',
  async (round) => {
    const tenant_id = `signups-${round}`;
    await save(tenant_id, { qualifying_event: { type: 'signup' } });
    const codes = await Promise.all(nth(50).map((index) => codeOf(tenant_id, `referrer-${index}`)));
    const service = await installation.as({ kind: 'service', tenantId: tenant_id });
    await sendAll(
      service,
      codes.map((referral_code, index) =>
        event('customer_signed_up', `signup-${index}`, { tenant_id, customer_id: 'friend', referral_code }),
      ),
    );
    await installation.settled();
    const referrals = await all(tenant_id, '/api/referrals');
    expect(referrals).toHaveLength(1);
    // All at one moment: the first in the total order, by source and id, whoever came first.
    expect(referrals[0]).toMatchObject({ referrer_customer_id: 'referrer-0', status: 'converted', code: codes[0] });
    const standing = (await all(tenant_id, '/api/rewards')).filter(({ status }) => status === 'issued');
    expect(standing.map(({ side, customer_id }) => `${side} ${customer_id}`).sort()).toEqual([
      'referee friend',
      'referrer referrer-0',
    ]);
  },
);

test.each(roundsOf)(
  'round %i: one referee converts 50 times at once: one conversion, one reward for each side',
  async (round) => {
    const tenant_id = `conversions-${round}`;
    await save(tenant_id, {});
    const referral_code = await codeOf(tenant_id, 'referrer');
    const service = await installation.as({ kind: 'service', tenantId: tenant_id });
    const signup = event('customer_signed_up', 'signup', { tenant_id, customer_id: 'friend', referral_code });
    await sendAll(service, [signup, ...nth(50).map((index) => purchase(tenant_id, 'friend', `order-${index}`))]);
    await installation.settled();
    expect(await all(tenant_id, '/api/referrals')).toMatchObject([{ status: 'converted', referrer_ordinal: 1 }]);
    expect((await all(tenant_id, '/api/rewards')).map(({ side }) => side).sort()).toEqual(['referee', 'referrer']);
    const admin = await installation.as({ kind: 'admin', tenantId: tenant_id });
    const { body: referrer } = await admin.get('/api/customers/referrer/balance').expect(200);
    const { body: friend } = await admin.get('/api/customers/friend/balance').expect(200);
    expect({ points: referrer.points, credit: friend.credit }).toEqual({
      points: 100,
      credit: [{ currency: 'USD', amount: 5 }],
    });
  },
);

test.each(roundsOf)(
  'round %i: 100 friends of one referrer convert at once under a cap of 5: five count',
  async (round) => {
    const tenant_id = `cap-${round}`;
    await save(tenant_id, {
      limits: { max_referrals_per_referrer: 5, cooldown_seconds: 0, over_limit: 'referee_only' },
    });
    const referral_code = await codeOf(tenant_id, 'referrer');
    const service = await installation.as({ kind: 'service', tenantId: tenant_id });
    await sendAll(
      service,
      nth(100).flatMap((index) => [
        event('customer_signed_up', `signup-${index}`, { tenant_id, customer_id: `friend-${index}`, referral_code }),
        purchase(tenant_id, `friend-${index}`, `order-${index}`),
      ]),
    );
    await installation.settled();
    const referrals = await all(tenant_id, '/api/referrals');
    expect(referrals).toHaveLength(100);
    const ordinals = referrals.flatMap(({ referrer_ordinal }) => referrer_ordinal ?? []);
    expect(ordinals.sort()).toEqual([1, 2, 3, 4, 5]);
    const rewards = await all(tenant_id, '/api/rewards');
    expect(rewards.filter(({ side }) => side === 'referrer')).toHaveLength(5);
    expect(rewards.filter(({ side }) => side === 'referee')).toHaveLength(100);
  },
);
