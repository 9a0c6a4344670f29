import {
  decodeEvent,
  deriveId,
  discountGranted,
  encodeEvent,
  journalEntryPosted,
  loyaltyPointsPosted,
  promoCreditPosted,
  referralMilestoneReached,
} from '@referral/contracts';
import { atMinute, credit, fixed, milestone, milestoneEventOf, percent, points, referral } from '../test/referrals.ts';
import { bobsReferral, convertedBy, openShop, promised, type Shop, secondProcess, steps } from '../test/shop.ts';

let shop: Shop;
afterEach(() => shop.installation.close());

const bobsDiscount = deriveId('dsc', bobsReferral, 'referee');
const latenessMinutes = 24 * 60;
/** Ann has points or credit from having brought Bob. */
const annHas = (referrerReward: ReturnType<typeof points>) =>
  shop.tell(referral({ referrerReward, refereeReward: null }));
/** How many answers there are of each status. */
function statusesOf(answers: readonly { readonly status: number }[]): Record<number, number> {
  const sums: Record<number, number> = {};
  for (const { status } of answers) sums[status] = (sums[status] ?? 0) + 1;
  return sums;
}
/** Each event of a topic once, however often it was published. */
async function eventsOf(topic: string) {
  const messages = await shop.installation.messages(topic);
  return [...new Map(messages.map((message) => [decodeEvent(message).id, decodeEvent(message)])).values()];
}
const dataOf = async (topic: string) => (await eventsOf(topic)).map(({ data }) => data);

describe('redeeming points and credit', () => {
  test('takes them, tells of it, and balances in the journal', async () => {
    shop = await openShop();
    await annHas(credit(2_000));
    const { status, body } = await shop.redeem({ customer_id: 'ann', order_id: 'o1', credit: 12.5 });
    expect(status).toBe(201);
    expect(body).toEqual({
      redemption_id: expect.stringMatching(/^rdm_/),
      status: 'used',
      credit: 12.5,
      balance: { customer_id: 'ann', points: 0, credit: [{ currency: 'USD', amount: 7.5 }], discounts: [] },
    });
    await shop.installation.settled();
    expect(await dataOf(promoCreditPosted.type)).toMatchObject([
      { amount: 2_000 },
      { amount: -1_250, currency: 'USD' },
    ]);
    const entries = await dataOf(journalEntryPosted.type);
    expect(entries.at(-1)).toMatchObject({
      kind: 'redemption',
      about: body.redemption_id,
      cause: 'o1',
      postings: [
        { account: 'customer:ann', unit: 'USD', amount: -1_250 },
        { account: 'redeemed', unit: 'USD', amount: 1_250 },
      ],
    });
    expect((await shop.balance('ann')).credit).toEqual([{ currency: 'USD', amount: 7.5 }]);
  });

  test('refuses more than there is, and a balance below zero until it is back', async () => {
    shop = await openShop();
    await annHas(points(100));
    const tooMuch = await shop.redeem({ customer_id: 'ann', order_id: 'o1', points: 101 });
    expect([tooMuch.status, tooMuch.body.type]).toEqual([409, 'urn:referral:problem:insufficient-balance']);
    expect((await shop.redeem({ customer_id: 'ann', order_id: 'o1', points: 60 })).status).toBe(201);
    await shop.tell(referral({ revision: 2, status: 'reversed' }));
    expect((await shop.balance('ann')).points).toBe(-60);
    expect((await shop.redeem({ customer_id: 'ann', order_id: 'o2', points: 1 })).status).toBe(409);
    await shop.tell(referral({ revision: 3, referrerReward: points(100), refereeReward: null }));
    expect((await shop.redeem({ customer_id: 'ann', order_id: 'o2', points: 40 })).status).toBe(201);
    expect((await shop.balance('ann')).points).toBe(0);
  });

  test.each([1, 2])(
    'of a hundred requests at once to %d processes, exactly as many succeed as the balance holds',
    async (processes) => {
      shop = await openShop({ processes });
      await annHas(points(100));
      const at = (index: number) => (index % processes === 0 ? '' : secondProcess);
      const ask = (index: number) =>
        shop.redeem({ customer_id: 'ann', order_id: `o${index}`, points: 7 }, { at: at(index) });
      const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(index)));
      expect(statusesOf(answers)).toEqual({ 201: 14, 409: 86 });
      await shop.installation.settled();
      expect((await shop.balance('ann')).points).toBe(2);
      expect(await eventsOf(loyaltyPointsPosted.type)).toHaveLength(15);
      expect(await eventsOf(journalEntryPosted.type)).toHaveLength(15);
    },
  );

  test('the same request a hundred times at once takes once, and is answered alike', async () => {
    shop = await openShop({ processes: 2 });
    await annHas(points(100));
    const body = { customer_id: 'ann', order_id: 'o1', points: 30 };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        shop.redeem(body, { key: 'k', at: index % 2 === 0 ? '' : secondProcess }),
      ),
    );
    expect(statusesOf(answers)).toEqual({ 201: 100 });
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect((await shop.balance('ann')).points).toBe(70);
    await shop.installation.settled();
    expect((await shop.balance('ann')).points).toBe(70);
  });

  test('all of it told again, to a process that has just started, takes nothing more', async () => {
    shop = await openShop();
    await annHas(points(100));
    const body = { customer_id: 'ann', order_id: 'o1', points: 30 };
    const first = await shop.redeem(body);
    await shop.redeem({ ...body, order_id: 'o2' });
    await shop.installation.settled();
    const messages = await shop.installation.messages(loyaltyPointsPosted.type);
    await shop.installation.restart();
    await shop.installation.publish([...messages.toReversed(), ...messages]);
    await shop.installation.settled();
    expect((await shop.balance('ann')).points).toBe(40);
    expect((await shop.redeem(body)).body.redemption_id).toBe(first.body.redemption_id);
    expect((await shop.balance('ann')).points).toBe(40);
  });
});

describe('an Idempotency-Key', () => {
  beforeEach(async () => {
    shop = await openShop();
    await annHas(points(100));
  });
  const body = { customer_id: 'ann', order_id: 'o1', points: 30 };

  test('with the same body is the same answer, whatever has happened since', async () => {
    const first = await shop.redeem(body, { key: 'k1' });
    await shop.redeem({ ...body, order_id: 'o2' }, { key: 'k2' });
    const again = await shop.redeem(body, { key: 'k1' });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect((await shop.balance('ann')).points).toBe(40);
  });

  test.each([{ points: 31 }, { order_id: 'o2' }, { customer_id: 'bob' }])(
    'with another body (%j) is refused',
    async (other) => {
      await shop.redeem(body, { key: 'k1' });
      const { status, body: refused } = await shop.redeem({ ...body, ...other }, { key: 'k1' });
      expect([status, refused.type]).toEqual([422, 'urn:referral:problem:idempotency-key-reused']);
      expect((await shop.balance('ann')).points).toBe(70);
    },
  );

  test('is each tenant’s own', async () => {
    await shop.redeem(body, { key: 'k1' });
    expect((await shop.redeem({ ...body, points: 5 }, { key: 'k1', tenantId: 'other' })).status).toBe(409);
  });

  test('of a request that was refused may be tried again', async () => {
    const asked = { customer_id: 'ann', order_id: 'o1', points: 150 };
    expect((await shop.redeem(asked, { key: 'k1' })).status).toBe(409);
    await shop.tell(referral({ referee: 'eve', referrerReward: points(100), refereeReward: null }));
    expect((await shop.redeem(asked, { key: 'k1' })).status).toBe(201);
  });

  test('that is missing is the order and what it takes: another amount is refused', async () => {
    const first = await shop.redeem(body);
    expect((await shop.redeem(body)).body).toEqual(first.body);
    const other = await shop.redeem({ ...body, points: 31 });
    expect([other.status, other.body.type]).toEqual([409, 'urn:referral:problem:order-already-redeemed']);
    expect(other.body.detail).toBe('For this order, 30 points were redeemed already.');
    expect((await shop.balance('ann')).points).toBe(70);
  });

  const crashes = steps.flatMap((step) => (['nothing', 'all'] as const).map((applied) => ({ step, applied })));
  test.each(crashes)('finishes once what broke off at its $step with $applied of it written', async (crash) => {
    shop.breakAt(crash.step, crash.applied);
    expect((await shop.redeem(body, { key: 'k1' })).status).toBe(503);
    const second = await shop.redeem(body, { key: 'k1' });
    expect(second.status).toBe(201);
    await shop.installation.restart();
    await shop.installation.settled();
    expect((await shop.redeem(body, { key: 'k1' })).body).toEqual(second.body);
    expect((await shop.balance('ann')).points).toBe(70);
    expect(await eventsOf(loyaltyPointsPosted.type)).toHaveLength(2);
  });
});

describe('redeeming a discount', () => {
  const forOrder = (order_id: string, more = {}) => ({
    customer_id: 'bob',
    order_id,
    discount_id: bobsDiscount,
    ...more,
  });
  beforeEach(async () => {
    shop = await openShop();
  });

  test('that is granted uses it, for one order', async () => {
    await shop.tell(promised(), convertedBy('o1'));
    const first = await shop.redeem(forOrder('o2'));
    expect(first.body).toMatchObject({ status: 'used', discount_id: bobsDiscount });
    expect(first.body.balance.discounts).toEqual([
      { id: bobsDiscount, type: 'discount_percent', value: 10, status: 'used' },
    ]);
    expect((await shop.redeem(forOrder('o2'))).body).toEqual(first.body);
    const other = await shop.redeem(forOrder('o3'));
    expect([other.status, other.body.type]).toEqual([409, 'urn:referral:problem:discount-not-available']);
    await shop.installation.settled();
    expect(await dataOf(discountGranted.type)).toMatchObject([
      { status: 'granted', revision: 1 },
      { status: 'used', revision: 2, order_id: 'o2' },
    ]);
  });

  test('of two orders at once gives it to one', async () => {
    await shop.tell(convertedBy('o1'));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => shop.redeem(forOrder(`c${index}`))));
    expect(statusesOf(answers)).toEqual({ 201: 1, 409: 19 });
  });

  // D18: the discount is useful only on the purchase that earns it.
  test('that is promised holds it for the order, which is given it used', async () => {
    await shop.tell(promised());
    expect((await shop.balance('bob')).discounts).toEqual([]);
    expect((await shop.redeem(forOrder('o1'))).body.status).toBe('held');
    expect((await shop.redeem(forOrder('o2'))).status).toBe(409);
    await shop.installation.settled();
    expect(await eventsOf(discountGranted.type)).toEqual([]);
    await shop.tell(convertedBy('o1'));
    expect((await shop.balance('bob')).discounts).toMatchObject([{ status: 'used' }]);
    await shop.tell(referral({ revision: 3, status: 'reversed' }), convertedBy('o5', 4));
    expect((await shop.balance('bob')).discounts).toMatchObject([{ status: 'used' }]);
    expect((await shop.redeem(forOrder('o5'))).status).toBe(409);
    expect(await dataOf(discountGranted.type)).toMatchObject([{ status: 'used', order_id: 'o1', revision: 1 }]);
  });

  test('under a key is answered alike, also when the discount is withdrawn since', async () => {
    await shop.tell(promised());
    const first = await shop.redeem(forOrder('o1'), { key: 'k' });
    await shop.tell(referral({ revision: 2, status: 'expired' }));
    const again = await shop.redeem(forOrder('o1'), { key: 'k' });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect((await shop.redeem(forOrder('o1'))).status).toBe(409);
  });

  test('a hold that no order followed lapses; one whose order came does not', async () => {
    await shop.tell(promised());
    await shop.redeem(forOrder('o1'));
    shop.setMinute(100 + latenessMinutes);
    expect((await shop.redeem(forOrder('o2'))).status).toBe(409);
    shop.setMinute(101 + latenessMinutes);
    expect((await shop.redeem(forOrder('o2'))).body.status).toBe('held');
    await shop.spend('o2', 100);
    shop.setMinute(9_000);
    expect((await shop.redeem(forOrder('o3'))).status).toBe(409);
  });

  test('that was withdrawn, or whose time is over, is not available', async () => {
    await shop.tell(promised());
    shop.setMinute(10_001);
    expect((await shop.redeem(forOrder('o1'))).status).toBe(409);
    await shop.tell(referral({ revision: 2, status: 'expired' }));
    expect((await shop.redeem(forOrder('o1'))).status).toBe(409);
  });

  test('that is another’s is not there', async () => {
    await shop.tell(convertedBy('o1'));
    expect((await shop.redeem(forOrder('o2', { customer_id: 'ann' }))).status).toBe(404);
    expect((await shop.redeem(forOrder('o2'), { tenantId: 'other' })).status).toBe(404);
    expect((await shop.redeem(forOrder('o2', { discount_id: 'dsc_0' }))).status).toBe(404);
  });

  test('the bonus of a milestone is a discount of its own, which nothing takes back', async () => {
    const bonus = milestone({ bonus: fixed(500) });
    await shop.installation.publish([encodeEvent(referralMilestoneReached, milestoneEventOf(bonus))]);
    await shop.tell(referral({ refereeReward: null }), referral({ revision: 2, status: 'reversed' }));
    const [discount] = (await shop.balance('ann')).discounts;
    expect(discount).toMatchObject({ type: 'discount_fixed', value: 5, currency: 'USD', status: 'granted' });
    const used = await shop.redeem({ customer_id: 'ann', order_id: 'o1', discount_id: discount.id }, { key: 'k' });
    expect(used.body.status).toBe('used');
  });
});

describe('discounts, in whatever order their referral’s events arrive', () => {
  test.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0, 1]], [[2, 0, 1, 2, 0]]])(
    '%j: withdrawn in the end, and a repeat says so again',
    async (order) => {
      shop = await openShop();
      const history = [promised(), convertedBy('o1'), referral({ revision: 3, status: 'reversed' })];
      for (const index of order) await shop.tell(...history.slice(index, index + 1));
      expect((await shop.balance('bob')).discounts).toMatchObject([{ id: bobsDiscount, status: 'withdrawn' }]);
      expect((await dataOf(discountGranted.type)).at(-1)).toMatchObject({
        status: 'withdrawn',
        occurred_at: atMinute(63),
      });
      const before = (await eventsOf(discountGranted.type)).length;
      await shop.tell(...history);
      expect(await eventsOf(discountGranted.type)).toHaveLength(before);
    },
  );
});

describe('a quote', () => {
  const cart = (more = {}) => ({ customer_id: 'bob', amount: 80, currency: 'USD', ...more });
  beforeEach(async () => {
    shop = await openShop();
  });

  test('for a customer whom nobody knows has no discounts', async () => {
    const { status, body } = await shop.quote(cart({ customer_id: 'nobody', amount: 0.1 }));
    expect([status, body]).toEqual([200, { subtotal: 0.1, total: 0.1, applied: [], dropped: [] }]);
  });

  test('offers what is promised when the cart would qualify, and while the window is open', async () => {
    await shop.tell(promised());
    const applied = [
      {
        source: 'referral',
        discount_id: bobsDiscount,
        status: 'promised',
        type: 'discount_percent',
        value: 10,
        amount: 8,
      },
    ];
    expect((await shop.quote(cart())).body).toEqual({ subtotal: 80, total: 72, applied, dropped: [] });
    const dropped = [{ source: 'referral', discount_id: bobsDiscount, reason: 'would_not_qualify' }];
    expect((await shop.quote(cart({ amount: 0 }))).body).toMatchObject({ applied: [], dropped });
    shop.setMinute(10_000);
    expect((await shop.quote(cart())).body).toMatchObject({ applied });
    shop.setMinute(10_001);
    expect((await shop.quote(cart())).body).toMatchObject({ total: 80, dropped });
  });

  test('counts what was spent since the attribution towards a minimum, by the newest word on each order', async () => {
    await shop.tell(promised(percent(1_000), { type: 'minimum_spend', minimum_amount: 10_000, currency: 'USD' }));
    const isOffered = async (more = {}) => (await shop.quote(cart(more))).body.applied.length === 1;
    expect(await isOffered()).toBe(false);
    await shop.spend('o1', 1_999);
    expect(await isOffered()).toBe(false);
    await shop.spend('o1', 2_000, 2);
    await shop.spend('o1', 1_999);
    expect(await isOffered()).toBe(true);
    expect(await isOffered({ currency: 'EUR' })).toBe(false);
    await shop.spend('o1', 0, 3);
    expect(await isOffered()).toBe(false);
  });

  test('drops a discount that is held, until the hold lapses', async () => {
    await shop.tell(promised());
    await shop.redeem({ customer_id: 'bob', order_id: 'o1', discount_id: bobsDiscount });
    expect((await shop.quote(cart())).body.dropped).toMatchObject([{ reason: 'held_for_another_order' }]);
    shop.setMinute(101 + latenessMinutes);
    expect((await shop.quote(cart())).body.applied).toMatchObject([{ status: 'promised' }]);
  });

  test('says no more of a discount that was used', async () => {
    await shop.tell(convertedBy('o1'));
    await shop.redeem({ customer_id: 'bob', order_id: 'o2', discount_id: bobsDiscount });
    expect((await shop.quote(cart())).body).toMatchObject({ applied: [], dropped: [] });
  });

  test('tells money in the cart’s currency, promos as they were given', async () => {
    await shop.tell({ ...convertedBy('o1'), rewards: { referrer: null, referee: fixed(1_234, 'KWD') } });
    const promos = [{ code: 'spring', type: 'discount_percent', value: 12.34, combinable_with_referral: true }];
    expect((await shop.quote(cart({ amount: 9.999, currency: 'KWD', promos }))).body).toMatchObject({
      subtotal: 9.999,
      total: 7.532,
      applied: [
        { value: 1.234, amount: 1.234 },
        { code: 'spring', value: 12.34, amount: 1.233 },
      ],
    });
    expect((await shop.quote(cart())).body.dropped).toMatchObject([{ reason: 'other_currency' }]);
  });
});

describe('hostile input', () => {
  const long = 'x'.repeat(129);
  const redemption = { customer_id: 'ann', order_id: 'o1', points: 5 };
  const { points: _, ...nothing } = redemption;
  const promo = { code: 'P', type: 'discount_percent', value: 10, combinable_with_referral: true };
  const cart = { customer_id: 'ann', amount: 10, currency: 'USD' };
  beforeEach(async () => {
    shop = await openShop();
  });

  test.each([
    [nothing, ''],
    [{ ...redemption, credit: 5 }, ''],
    [{ ...redemption, points: 0 }, 'points'],
    [{ ...redemption, points: -5 }, 'points'],
    [{ ...redemption, points: 1.5 }, 'points'],
    [{ ...redemption, points: 2 ** 53 }, 'points'],
    [{ ...redemption, points: '5' }, 'points'],
    [{ ...redemption, points: null }, 'points'],
    [{ ...nothing, credit: 0 }, 'credit'],
    [{ ...nothing, credit: -1 }, 'credit'],
    [{ ...nothing, credit: 0.001 }, 'credit'],
    [{ ...nothing, credit: 1e300 }, 'credit'],
    [{ ...nothing, credit: 5e-324 }, 'credit'],
    [{ ...redemption, customer_id: long }, 'customer_id'],
    [{ ...redemption, order_id: 'a\u0000b' }, 'order_id'],
    [{ ...nothing, discount_id: long }, 'discount_id'],
    [{ ...nothing, discount_id: { $ne: 1 } }, 'discount_id'],
    [{ ...redemption, tenant_id: 'other' }, 'tenant_id'],
    [[], ''],
  ])('the redemption %j is a bad request', async (body, path) => {
    const answer = await shop.redeem(body);
    expect([answer.status, answer.type]).toEqual([400, 'application/problem+json']);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  test.each([
    [{ ...cart, amount: -1 }, 'amount'],
    [{ ...cart, amount: 10.001 }, 'amount'],
    [{ ...cart, amount: 2 ** 53 }, 'amount'],
    [{ ...cart, amount: 0.1 + 0.2 }, 'amount'],
    [{ ...cart, amount: 1.5, currency: 'JPY' }, 'amount'],
    [{ ...cart, amount: 1e12, currency: 'CLF' }, 'amount'],
    [{ ...cart, currency: 'XXY' }, 'currency'],
    [{ ...cart, currency: 'usd' }, 'currency'],
    [{ ...cart, customer_id: long }, 'customer_id'],
    [{ ...cart, promos: {} }, 'promos'],
    [{ ...cart, promos: Array.from({ length: 51 }, (__, index) => ({ ...promo, code: `P${index}` })) }, 'promos'],
    [{ ...cart, promos: [{ ...promo, value: 100.01 }] }, 'promos.0.value'],
    [{ ...cart, promos: [{ ...promo, value: 1.001 }] }, 'promos.0.value'],
    [{ ...cart, promos: [{ ...promo, type: 'discount_fixed', value: 1.001 }] }, 'promos.0.value'],
    [{ ...cart, promos: [{ ...promo, value: -1 }] }, 'promos.0.value'],
    [{ ...cart, promos: [{ ...promo, type: 'points' }] }, 'promos.0.type'],
    [{ ...cart, promos: [{ ...promo, code: long }] }, 'promos.0.code'],
    [{ ...cart, promos: [{ ...promo, extra: 1 }] }, 'promos.0.extra'],
    [{ ...cart, promos: [promo, { ...promo, code: 'p', value: 11 }] }, 'promos.1.code'],
    [{ ...cart, promos: [{ code: 'P' }] }, 'promos.0.type'],
    [{ ...cart, order_id: 'o1' }, 'order_id'],
  ])('the quote %j is a bad request', async (body, path) => {
    const answer = await shop.quote(body);
    expect([answer.status, answer.type]).toEqual([400, 'application/problem+json']);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  test('a key that is too long, a tenant that is not known, and whoever is no shop are refused', async () => {
    expect((await shop.redeem(redemption, { key: 'k'.repeat(129) })).status).toBe(400);
    expect((await shop.redeem({ ...nothing, credit: 5 }, { tenantId: 'other' })).status).toBe(404);
    for (const path of ['/api/checkout/quote', '/api/checkout/redemptions']) {
      expect((await shop.installation.anybody.post(path).send({})).status).toBe(401);
      for (const kind of ['admin', 'customer'] as const) {
        const caller = await shop.installation.as({ kind, tenantId: 'acme', customerId: 'ann' });
        expect((await caller.post(path).send({})).status).toBe(403);
      }
    }
  });
});
