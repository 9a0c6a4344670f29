import { defaultProgram, eventDefinitions } from '@referral/contracts';
import type { TokenContent } from '@referral/host';
import { services } from '@referral/standalone';
import { type Caller, type Installation, openInstallation } from '@referral/testing';

type Answer = Awaited<ReturnType<Caller['get']>>;

/** Whatever is sent: an answer that says what is wrong, never a 5xx, and nothing is written. */

const tenant = 'acme-waste';
const admin = { kind: 'admin', tenantId: tenant } as const;
const customer = { kind: 'customer', tenantId: tenant, customerId: 'cus_1' } as const;
const service = { kind: 'service', tenantId: tenant } as const;
const platform: TokenContent = { kind: 'admin', scopes: ['platform'] };
const acme = { slug: tenant, name: 'Acme Waste', currency: 'USD', time_zone: 'UTC' };
const operator = { $ne: null };

let installation: Installation;
let before: number;

beforeAll(async () => {
  installation = await openInstallation({ services });
  await (await installation.as(platform)).post('/api/tenants').send(acme).expect(201);
  const program = { ...defaultProgram, enabled: true };
  await (await installation.as(admin)).put('/api/referrals/program').send(program).expect(200);
  await (await installation.as(customer)).get('/api/referrals/my-code').expect(200);
  await installation.settled();
  before = await written();
});
afterAll(() => installation.close());

/** How many messages all topics hold: whatever is accepted anywhere is told in one of them. */
async function written(): Promise<number> {
  const counts = await Promise.all(
    eventDefinitions.map(async ({ type }) => (await installation.messages(type)).length),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function expectProblem(response: Answer, status: number): void {
  expect({ status: response.status, body: response.body }).toMatchObject({ status });
  expect(response.headers['content-type']).toContain('application/problem+json');
  expect(response.body).toMatchObject({ type: expect.any(String), title: expect.any(String), status });
}

const signup = {
  specversion: '1.0',
  id: 'e1',
  source: '/shop',
  type: 'customer_signed_up',
  time: '2026-01-01T00:00:00Z',
  data: { tenant_id: tenant, customer_id: 'cus_2', occurred_at: '2026-01-01T00:00:00Z' },
};
const program = { ...defaultProgram, enabled: true };
const withReward = (type: string, value: unknown) => ({ ...program, referrer_reward: { type, value } });
const config = {
  referral_enabled: true,
  referral_reward_type: 'credit',
  referral_reward_value: 20,
  referral_reward_referee_type: null,
  referral_reward_referee_value: null,
};

describe('bodies', () => {
  test.each<[string, 'post' | 'put', string, TokenContent, unknown]>([
    ['an operator as a tenant’s name', 'post', '/api/tenants', platform, { ...acme, slug: 'other', name: operator }],
    ['a slug with a slash', 'post', '/api/tenants', platform, { ...acme, slug: '../x' }],
    ['an unknown currency', 'post', '/api/tenants', platform, { ...acme, slug: 'other', currency: 'XQQ' }],
    ['an unknown time zone', 'post', '/api/tenants', platform, { ...acme, slug: 'other', time_zone: 'Mars/Base' }],
    ['101 percent', 'put', '/api/referrals/program', admin, withReward('discount_percent', 101)],
    ['a negative value', 'put', '/api/referrals/program', admin, withReward('points', -1)],
    ['too many decimals', 'put', '/api/referrals/program', admin, withReward('credit', 20.005)],
    ['a value beyond counting', 'put', '/api/referrals/program', admin, withReward('credit', 1e300)],
    ['an operator as a value', 'put', '/api/referrals/program', admin, withReward('points', operator)],
    ['an unknown field', 'put', '/api/referrals/program', admin, { ...program, surprise: 1 }],
    ['a list', 'put', '/api/referrals/program', admin, []],
    ['nothing', 'put', '/api/referrals/program', admin, null],
    [
      '101 percent in the short form',
      'put',
      '/api/referrals/config',
      admin,
      { ...config, referral_reward_type: 'discount_percent', referral_reward_value: 101 },
    ],
    ['a type without a value', 'put', '/api/referrals/config', admin, { ...config, referral_reward_value: null }],
    ['an unknown channel', 'post', '/api/referrals/share', customer, { channel: 'pigeon' }],
    [
      'an operator as a code',
      'post',
      '/api/referrals/validate',
      customer,
      { referral_code: operator, tenant_slug: tenant },
    ],
    [
      'an address that is none',
      'post',
      '/api/enrollments',
      service,
      { tenant_slug: tenant, name: 'A', email: 'nobody' },
    ],
    [
      'an unknown field',
      'post',
      '/api/enrollments',
      service,
      { tenant_slug: tenant, name: 'A', email: 'a@b.co', role: 'admin' },
    ],
    ['no event', 'post', '/api/events', service, []],
    [
      'an event of another tenant',
      'post',
      '/api/events',
      service,
      { ...signup, data: { ...signup.data, tenant_id: 'other' } },
    ],
    ['an event that we publish ourselves', 'post', '/api/events', service, { ...signup, type: 'referral_converted' }],
    [
      'an operator as a customer',
      'post',
      '/api/events',
      service,
      { ...signup, data: { ...signup.data, customer_id: operator } },
    ],
    ['an id over 128 bytes', 'post', '/api/events', service, { ...signup, id: 'x'.repeat(129) }],
    ['a promo that is no list', 'put', '/api/referrals/promos', admin, { data: operator }],
  ])('%s to %s %s', async (_what, method, path, token, body) => {
    const caller = await installation.as(token);
    const response = await caller[method](path)
      .set('if-match', '"v1"')
      .set('content-type', 'application/json')
      .send(JSON.stringify(body));
    expectProblem(response, 400);
    expect(await written()).toBe(before);
  });

  test('that are not JSON say so', async () => {
    const caller = await installation.as(service);
    expectProblem(await caller.post('/api/events').set('content-type', 'application/json').send('{"a":'), 400);
    expectProblem(await caller.post('/api/events').set('content-type', 'text/plain').send('hello'), 415);
  });

  test('that are too large are refused before they are read', async () => {
    const large = JSON.stringify({ ...signup, data: { ...signup.data, name: 'x'.repeat(1_100_000) } });
    const send = async (path: string, token: typeof service | typeof admin) =>
      (await installation.as(token)).post(path).set('content-type', 'application/json').send(large);
    expectProblem(await send('/api/events', service), 413);
    expectProblem(await send('/api/enrollments', service), 413);
    expect(await written()).toBe(before);
  });

  test('with more events than may come at once are refused', async () => {
    const events = Array.from({ length: 1_001 }, (_, n) => ({ ...signup, id: `e${n}` }));
    expectProblem(await (await installation.as(service)).post('/api/events').send(events), 413);
    expect(await written()).toBe(before);
  });
});

describe('queries and paths', () => {
  test.each([
    ['/api/referrals?limit=0', 400],
    ['/api/referrals?limit=201', 400],
    ['/api/referrals?limit=5&limit=6', 400],
    ['/api/referrals?cursor=bm90IGEgY3Vyc29y', 400],
    ['/api/referrals?status=withdrawn', 400],
    ['/api/referrals?surprise=1', 400],
    ['/api/referrals/ref_unknown', 404],
    [`/api/referrals/${'x'.repeat(5_000)}`, 404],
    ['/api/referrals/%E0%A4%A', 400],
    ['/api/rewards?cursor=__proto__', 400],
    ['/api/loyalty/referrals/summary?from=yesterday', 400],
    ['/api/loyalty/referrals/summary?from=2026-02-01&to=2026-01-01', 400],
    ['/api/loyalty/referrals/leaderboard?limit=-1', 400],
    ['/api/nothing', 404],
  ])('%s', async (path, status) => {
    expectProblem(await (await installation.as(admin)).get(path), status);
  });

  test('a cursor of one list is no cursor of another', async () => {
    const events = ['a', 'b'].map((n) => ({
      ...signup,
      id: `self-${n}`,
      data: { ...signup.data, customer_id: `self-${n}`, visitor_id: `vis_${n}` },
    }));
    await (await installation.as(service)).post('/api/events').send(events).expect(202);
    await installation.settled();
    before = await written();
    const caller = await installation.as(admin);
    const { body } = await caller.get('/api/referrals/refused?limit=1').expect(200);
    expect(body.next_cursor).toEqual(expect.any(String));
    expectProblem(await caller.get(`/api/referrals?cursor=${body.next_cursor}`), 400);
    const elsewhere = await installation.as({ kind: 'admin', tenantId: 'elsewhere' });
    expectProblem(await elsewhere.get(`/api/referrals/refused?cursor=${body.next_cursor}`), 400);
  });
});

describe('tokens', () => {
  const calls: [string, 'get' | 'post' | 'put', string][] = [
    ['admin', 'get', '/api/referrals'],
    ['admin', 'get', '/api/referrals/config'],
    ['admin', 'put', '/api/referrals/program'],
    ['admin', 'get', '/api/rewards'],
    ['admin', 'get', '/api/customers/cus_1/balance'],
    ['admin', 'get', '/api/loyalty/referrals/summary'],
    ['customer', 'get', '/api/referrals/my-code'],
    ['customer', 'post', '/api/referrals/share'],
    ['customer', 'get', '/api/rewards/my-balance'],
    ['service', 'post', '/api/events'],
    ['platform', 'post', '/api/tenants'],
  ];

  test.each(calls)('%s call %s %s: none is 401, one of another kind 403', async (kind, method, path) => {
    expectProblem(await installation.anybody[method](path), 401);
    const wrong = kind === 'admin' ? customer : kind === 'customer' ? admin : kind === 'service' ? customer : admin;
    expectProblem(await (await installation.as(wrong))[method](path).send({}), 403);
    const forged = `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;
    expectProblem(await installation.anybody[method](path).set('authorization', forged), 401);
  });

  test('another tenant’s things are not there', async () => {
    const stranger = await installation.as({ kind: 'admin', tenantId: 'stranger' });
    expect((await stranger.get('/api/referrals').expect(200)).body.data).toEqual([]);
    expect((await stranger.get('/api/events/self-a').expect(200)).body).toMatchObject({ status: 'unknown' });
    expectProblem(await stranger.get(`/api/tenants/${tenant}`), 404);
  });
});
