import { defaultProgram } from '@referral/contracts';
import { services } from '@referral/standalone';
import { type Caller, type Installation, openInstallation } from '@referral/testing';

/** Histories that no sound shop would tell: each event has its one record, and nothing is guessed. */

const tenant = 'acme';
const now = Date.parse('2026-06-01T00:00:00Z');

let installation: Installation;
let service: Caller;
let admin: Caller;
let code: string;
beforeAll(async () => {
  installation = await openInstallation({ services, clock: { now: () => now } });
  const platform = await installation.as({ kind: 'admin', scopes: ['platform'] });
  await platform
    .post('/api/tenants')
    .send({ slug: tenant, name: 'Acme', currency: 'USD', time_zone: 'UTC' })
    .expect(201);
  admin = await installation.as({ kind: 'admin', tenantId: tenant });
  const program = { ...defaultProgram, enabled: true, qualifying_event: { type: 'first_purchase' } };
  await admin.put('/api/referrals/program').send(program).expect(200);
  const ann = await installation.as({ kind: 'customer', tenantId: tenant, customerId: 'ann' });
  code = (await ann.get('/api/referrals/my-code').expect(200)).body.referral_code;
  service = await installation.as({ kind: 'service', tenantId: tenant });
});
afterAll(() => installation.close());

const event = (type: string, id: string, data: object, occurred_at = '2026-05-01T00:00:00Z') => ({
  specversion: '1.0',
  id,
  source: '/shop',
  type,
  time: occurred_at,
  data: { tenant_id: tenant, occurred_at, ...data },
});
const purchase = (id: string, customer_id: string, more: object = {}, occurred_at?: string) =>
  event('purchase_completed', id, { customer_id, order_id: id, amount: 2_000, currency: 'USD', ...more }, occurred_at);
const refund = (id: string, customer_id: string, order_id: string, more: object = {}) =>
  event('purchase_refunded', id, { customer_id, order_id, refund_id: id, amount: 500, currency: 'USD', ...more });
const signup = (customer_id: string, more: object = {}, occurred_at?: string) =>
  event('customer_signed_up', `signup-${customer_id}`, { customer_id, referral_code: code, ...more }, occurred_at);

async function bring(...events: object[]): Promise<void> {
  await service.post('/api/events').send(events).expect(202);
  await installation.settled();
}
const fateOf = async (id: string) => (await service.get(`/api/events/${id}`).expect(200)).body;

test.each<[string, () => object[], string, object]>([
  [
    'a purchase dated in the future',
    () => [signup('u1'), purchase('future', 'u1', {}, '2026-06-01T00:10:01Z')],
    'future',
    { status: 'ignored', reason: 'occurred_in_the_future' },
  ],
  [
    'one that clocks which differ by minutes may tell',
    () => [signup('u2'), purchase('soon', 'u2', {}, '2026-06-01T00:09:00Z')],
    'soon',
    { status: 'effect', effects: [{ type: 'referral_converted' }, { type: 'referral_revenue_changed' }] },
  ],
  [
    'a signup in the future',
    () => [signup('u3', {}, '2030-01-01T00:00:00Z')],
    'signup-u3',
    { status: 'ignored', reason: 'occurred_in_the_future' },
  ],
  [
    'a refund without its sale',
    () => [signup('u4'), refund('orphan', 'u4', 'none')],
    'orphan',
    { status: 'waiting', reason: 'its sale' },
  ],
  [
    'a refund of another customer’s sale',
    () => [signup('u5'), purchase('sale', 'u5'), refund('stolen', 'u6', 'sale')],
    'stolen',
    { status: 'waiting', reason: 'its sale' },
  ],
  [
    'a refund in another currency',
    () => [signup('u7'), purchase('dollars', 'u7'), refund('euros', 'u7', 'dollars', { currency: 'EUR' })],
    'euros',
    { status: 'ignored', reason: 'currency_differs_from_sale' },
  ],
  [
    'a refund of what is paid back already',
    () => [
      signup('u8'),
      purchase('once', 'u8'),
      refund('back', 'u8', 'once', { amount: 5_000 }),
      refund('more', 'u8', 'once', { occurred_at: '2026-05-02T00:00:00Z' }),
    ],
    'more',
    { status: 'ignored', reason: 'already_refunded_in_full' },
  ],
  [
    'a purchase of somebody nobody referred',
    () => [purchase('stranger', 'u9')],
    'stranger',
    { status: 'ignored', reason: 'no_referral' },
  ],
])('%s', async (_, events, id, expected) => {
  await bring(...events());
  expect(await fateOf(id)).toMatchObject(expected);
});

test.each<[string, object, string]>([
  ['an amount with cents in fractions', purchase('x', 'v1', { amount: 19.99 }), 'data.amount'],
  ['a negative amount', purchase('x', 'v1', { amount: -1 }), 'data.amount'],
  ['an amount beyond what numbers hold exactly', purchase('x', 'v1', { amount: 2 ** 53 }), 'data.amount'],
  ['an unknown currency', purchase('x', 'v1', { currency: 'XQQ' }), 'data.currency'],
  ['a currency in small letters', purchase('x', 'v1', { currency: 'usd' }), 'data.currency'],
  ['an identifier above 128 bytes', purchase('x', 'ü'.repeat(65)), 'data.customer_id'],
  ['a moment that is none', purchase('x', 'v1', {}, 'yesterday'), 'occurred_at'],
])('%s is refused, and said why', async (_, one, path) => {
  const { body } = await service.post('/api/events').send([one]).expect(400);
  expect(body).toMatchObject({ status: 400, errors: [{ path: 'events.0', message: expect.stringContaining(path) }] });
  expect(await fateOf('x')).toMatchObject({ status: 'unknown' });
});

test('10,000 events of one customer are each kept, and add up', async () => {
  const count = 10_000;
  const atOnce = 1_000;
  await bring(signup('busy'));
  for (let from = 0; from < count; from += atOnce) {
    const some = Array.from({ length: atOnce }, (_, index) =>
      purchase(`busy-${from + index}`, 'busy', { amount: 100 }),
    );
    await service.post('/api/events').send(some).expect(202);
  }
  await installation.settled();
  expect(await fateOf(`busy-${count - 1}`)).toMatchObject({
    status: 'effect',
    effects: expect.arrayContaining([{ type: 'referral_revenue_changed', referral_id: expect.any(String) }]),
  });
  const { body } = await admin.get('/api/loyalty/referrals/leaderboard').expect(200);
  const others = 3 * 20;
  expect(body.data[0].revenue).toEqual([{ currency: 'USD', amount: count + others }]);
});
