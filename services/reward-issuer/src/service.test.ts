import type { Bus } from '@referral/bus';
import {
  decodeEvent,
  defaultProgram,
  discountGranted,
  loyaltyPointsPosted,
  promoCreditPosted,
  type ReferralLifecycle,
  type ReferralStatus,
  referralConverted,
  rewardIssued,
  rewardReversed,
  toProgramTerms,
} from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import { atMinute, credit, fixed, percent, points, referral } from '../test/referrals.ts';
import { startWorld, type World } from '../test/world.ts';

const published = [rewardIssued, rewardReversed, loyaltyPointsPosted, promoCreditPosted, discountGranted].map(
  ({ type }) => type,
);
const admin = (tenantId: string) => ({ kind: 'admin', tenantId }) as const;

let world: World;
afterEach(() => world.close());

/** What customers of a tenant have. Ids of discounts depend on the revision that granted them. */
async function balancesOf(tenant: string) {
  const answers = await Promise.all(
    ['ann', 'bob', 'cid'].map((customer) => world.get(`/api/customers/${customer}/balance`, admin(tenant))),
  );
  return answers.map(({ body }) => ({
    ...body,
    discounts: body.discounts
      .filter(({ status }: { status: string }) => status !== 'withdrawn')
      .map(({ id: _, ...discount }: { id: string }) => discount),
  }));
}

async function rewardsOf(tenant: string) {
  return (await world.get('/api/rewards?limit=200', admin(tenant))).body.data;
}

/** Everything that was published, each event once however often it was. */
async function distinctEvents() {
  const messages = (await Promise.all(published.map((topic) => world.read(topic)))).flat();
  return new Map(messages.map((message) => [decodeEvent(message).id, message]));
}

describe('a conversion', () => {
  test('rewards both sides, and both can see it in units that people use', async () => {
    world = await startWorld();
    const terms = toProgramTerms(
      {
        ...defaultProgram,
        referrer_reward: { type: 'credit', value: 20.5 },
        referee_reward: { type: 'discount_percent', value: 10 },
      },
      'USD',
    );
    if (Array.isArray(terms)) throw new Error('20.5 USD and 10 % are exact');
    const { referrer_reward, referee_reward } = terms;
    expect(referee_reward).toEqual(percent(1_000));
    await world.tell(referral({ referrerReward: referrer_reward, refereeReward: referee_reward }));
    await world.settled();

    const [ann, bob] = await balancesOf('acme');
    expect(ann).toEqual({
      customer_id: 'ann',
      points: 0,
      credit: [{ currency: 'USD', amount: 20.5 }],
      discounts: [],
    });
    expect(bob.discounts).toEqual([{ type: 'discount_percent', value: 10, status: 'granted' }]);
    const own = await world.get('/api/rewards/my-balance', { kind: 'customer', tenantId: 'acme', customerId: 'ann' });
    expect(own.body).toEqual(ann);

    const { referral_id } = referral();
    const common = { id: expect.stringMatching(/^rwd_/), kind: 'referral', referral_id, status: 'issued' };
    expect(await rewardsOf('acme')).toEqual(
      expect.arrayContaining([
        {
          ...common,
          customer_id: 'ann',
          side: 'referrer',
          type: 'credit',
          value: 20.5,
          currency: 'USD',
          issued_at: atMinute(1),
        },
        { ...common, customer_id: 'bob', side: 'referee', type: 'discount_percent', value: 10, issued_at: atMinute(1) },
      ]),
    );
  });

  test('in yen and dinars keeps the decimals that these have', async () => {
    world = await startWorld();
    await world.tell(referral({ referrerReward: credit(500, 'JPY'), refereeReward: fixed(1_234, 'KWD') }));
    await world.settled();
    const [ann, bob] = await balancesOf('acme');
    expect(ann.credit).toEqual([{ currency: 'JPY', amount: 500 }]);
    expect(bob.discounts).toEqual([{ type: 'discount_fixed', value: 1.234, currency: 'KWD', status: 'granted' }]);
  });

  test('that was reversed leaves nothing behind but the record of it', async () => {
    world = await startWorld();
    await world.tell(referral({ refereeReward: credit(500) }));
    await world.settled();
    await world.tell(referral({ revision: 2, status: 'reversed' }));
    await world.settled();
    expect(await balancesOf('acme')).toEqual(await balancesOf('nobody-yet'));
    const times = { issued_at: atMinute(1), reversed_at: atMinute(62) };
    const gone = { status: 'reversed', ...times };
    expect(await rewardsOf('acme')).toMatchObject([gone, gone]);
  });

  test('that says too little to be rewarded goes to the dead letters, and its neighbours are rewarded', async () => {
    world = await startWorld();
    await world.tell({ ...referral({ referee: 'eve' }), rewards: undefined }, referral());
    await world.settled();
    expect(await world.deadLetters(referralConverted.type)).toHaveLength(1);
    expect(await rewardsOf('acme')).toHaveLength(2);
  });
});

describe('whatever arrives twice or in another order, customers have the same', () => {
  const historyOf = (tenant: string): ReferralLifecycle[] => [
    referral({ tenant, revision: 1, status: 'attributed' }),
    referral({ tenant, revision: 2 }),
    referral({ tenant, revision: 3, status: 'reversed' }),
    referral({ tenant, revision: 4 }),
    referral({ tenant, revision: 5, status: 'withdrawn' }),
    referral({ tenant, revision: 6, referrer: 'cid', referrerReward: credit(500), refereeReward: points(70) }),
  ];
  const expected = [
    { customer_id: 'ann', points: 0, credit: [], discounts: [] },
    { customer_id: 'bob', points: 70, credit: [], discounts: [] },
    { customer_id: 'cid', points: 0, credit: [{ currency: 'USD', amount: 5 }], discounts: [] },
  ];

  test('the events of referrals, across their topics', async () => {
    world = await startWorld();
    const orders = [
      [1, 2, 3, 4, 5],
      [5, 4, 3, 2, 1],
      [2, 1, 4, 3, 5],
      [5, 1, 2, 3, 4],
      [4, 5, 3, 1, 2],
    ];
    for (const [tenant, order] of orders.entries()) {
      const history = historyOf(`t${tenant}`);
      for (const index of order) {
        const told = history[index];
        if (told) await world.tell(told);
        // One at a time: the order is the one written here, not the one in which topics are polled.
        await world.settled();
      }
    }
    for (const tenant of orders.keys()) expect(await balancesOf(`t${tenant}`)).toEqual(expected);
  });

  test('many referees of one referrer, all at once', async () => {
    world = await startWorld();
    const referees = Array.from({ length: 60 }, (_, index) => `r${index}`);
    const told = (revision: number, status: ReferralStatus) =>
      referees.map((referee) => referral({ referee, revision, status, refereeReward: null }));
    await world.tell(...told(3, 'converted'), ...told(2, 'reversed'), ...told(1, 'converted'), ...told(2, 'reversed'));
    await world.settled();
    const { points: held } = (await world.get('/api/customers/ann/balance', admin('acme'))).body;
    expect(held).toBe(100 * referees.length);
    const standing = (await rewardsOf('acme')).filter(({ status }: { status: string }) => status === 'issued');
    expect(standing).toHaveLength(referees.length);
  });

  test('the same events all over again, to a service that has just started, publish nothing but repeats', async () => {
    world = await startWorld();
    const history = historyOf('acme').slice(1);
    await world.tell(...history);
    await world.settled();
    const before = await distinctEvents();
    await world.restart();
    await world.tell(...history.toReversed(), ...history);
    await world.publish([...before.values()]);
    await world.settled();
    expect(await balancesOf('acme')).toEqual(expected);
    expect(new Set((await distinctEvents()).keys())).toEqual(new Set(before.keys()));
  });

  test('the ledger’s own events: rewards before or after their reversal', async () => {
    world = await startWorld();
    await world.tell(referral());
    await world.settled();
    await world.tell(referral({ revision: 2, status: 'reversed' }));
    await world.settled();
    const rewards = await rewardsOf('acme');
    expect(rewards).toHaveLength(2);
    const messages = [...(await distinctEvents()).values()];
    await world.close();

    world = await startWorld();
    for (const arrivals of [messages.toReversed(), [...messages, ...messages]]) {
      await world.publish(arrivals);
      await world.settled();
      expect(await rewardsOf('acme')).toEqual(rewards);
    }
    expect(await balancesOf('acme')).toEqual(await balancesOf('nobody-yet'));
  });
});

describe('a crash between the journal’s write and the bus’s answer', () => {
  test.each([
    ['nothing was published', false],
    ['everything was published and the answer was lost', true],
  ])('when %s, exactly one reward per side comes of it', async (_, isPublished) => {
    world = await startWorld((bus) => failingOnce(bus, isPublished));
    await world.tell(referral({ refereeReward: points(50) }));
    await world.settled();
    expect(await rewardsOf('acme')).toHaveLength(2);
    const [ann, bob] = await balancesOf('acme');
    expect([ann.points, bob.points]).toEqual([100, 50]);
    const issued = await world.read(rewardIssued.type);
    expect(issued).toHaveLength(isPublished ? 4 : 2);
    expect(new Set(issued.map((message) => decodeEvent(message).id)).size).toBe(2);
  });

  /** The real bus, but its first publication fails. */
  function failingOnce(bus: Bus, isPublished: boolean): Bus {
    let hasFailed = false;
    return {
      ensureTopics: (topics) => bus.ensureTopics(topics),
      consume: (options) => bus.consume(options),
      tail: (options) => bus.tail(options),
      lag: (groups) => bus.lag(groups),
      caughtUp: (groups) => bus.caughtUp(groups),
      close: () => bus.close(),
      async publish(messages) {
        if (hasFailed) return bus.publish(messages);
        hasFailed = true;
        if (isPublished) await bus.publish(messages);
        throw new OperationalError('BUS_UNAVAILABLE', 'the connection broke');
      },
    };
  }
});

describe('over HTTP', () => {
  beforeEach(async () => {
    world = await startWorld();
  });

  test('rewards are listed newest first, page by page, of all customers or of one', async () => {
    const referees = ['r1', 'r2', 'r3'];
    await world.tell(...referees.map((referee, index) => referral({ referee, revision: index + 1 })));
    await world.settled();
    const seen: { issued_at: string }[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await world.get(`/api/rewards?limit=4${cursor && `&cursor=${cursor}`}`, admin('acme'));
      expect(page.status).toBe(200);
      seen.push(...page.body.data);
      cursor = page.body.next_cursor;
    }
    expect(seen.map(({ issued_at }) => issued_at)).toEqual([3, 3, 2, 2, 1, 1].map(atMinute));
    const ofOne = await world.get('/api/rewards?customer_id=r2', admin('acme'));
    expect(ofOne.body).toMatchObject({ data: [{ customer_id: 'r2', side: 'referee' }], next_cursor: null });
  });

  test('a customer whom nobody knows has nothing', async () => {
    const { status, body } = await world.get('/api/customers/no%2Fone/balance', admin('acme'));
    expect(status).toBe(200);
    expect(body).toEqual({ customer_id: 'no/one', points: 0, credit: [], discounts: [] });
    expect((await world.get('/api/rewards', admin('acme'))).body).toEqual({ data: [], next_cursor: null });
  });

  test('what belongs to another tenant cannot be reached, not even with that tenant’s cursor', async () => {
    await world.tell(referral(), referral({ referee: 'eve' }));
    await world.settled();
    expect((await balancesOf('other')).map(({ points: held }) => held)).toEqual([0, 0, 0]);
    expect(await rewardsOf('other')).toEqual([]);
    const { next_cursor } = (await world.get('/api/rewards?limit=1', admin('acme'))).body;
    expect((await world.get(`/api/rewards?cursor=${next_cursor}`, admin('other'))).status).toBe(400);
    expect((await world.get('/api/rewards?tenant_id=acme', admin('other'))).status).toBe(400);
    const namesake = await world.get('/api/rewards/my-balance', {
      kind: 'customer',
      tenantId: 'other',
      customerId: 'ann',
    });
    expect(namesake.body.points).toBe(0);
  });

  test('ids that look like names of members or operators are customers like any other', async () => {
    const ids = ['__proto__', 'constructor', 'a.b.$c', 'übermut@example.com', 'x:y', '%00'];
    await world.tell(...ids.map((referrer, index) => referral({ referrer, referee: `r${index}` })));
    await world.settled();
    for (const id of ids) {
      const { body } = await world.get(`/api/customers/${encodeURIComponent(id)}/balance`, admin('acme'));
      expect(body).toMatchObject({ customer_id: id, points: 100 });
    }
  });

  test.each([
    `/api/customers/${'x'.repeat(129)}/balance`,
    `/api/customers/${encodeURIComponent('é'.repeat(65))}/balance`,
    '/api/customers/%00/balance',
    '/api/customers/%E0%A4%A/balance',
    `/api/rewards?customer_id=${'x'.repeat(129)}`,
    '/api/rewards?customer_id=',
    '/api/rewards?customer_id[$ne]=1',
    '/api/rewards?customer_id=a&customer_id=b',
    '/api/rewards?limit=0',
    '/api/rewards?limit=201',
    '/api/rewards?limit=1e2',
    '/api/rewards?cursor=bm9uc2Vuc2U',
    '/api/rewards?cursor=$',
    '/api/rewards?nonsense=1',
  ])('%s is a bad request', async (path) => {
    const { status, type } = await world.get(path, admin('acme'));
    expect([status, type]).toEqual([400, 'application/problem+json']);
  });

  test('each call is for its kind of token, and for none without one', async () => {
    const customer = { kind: 'customer', tenantId: 'acme', customerId: 'ann' } as const;
    for (const path of ['/api/rewards', '/api/customers/ann/balance', '/api/rewards/my-balance']) {
      expect((await world.anybody.get(path)).status).toBe(401);
      expect((await world.anybody.get(path).auth('a.b.c', { type: 'bearer' })).status).toBe(401);
      expect((await world.get(path, path.endsWith('my-balance') ? admin('acme') : customer)).status).toBe(403);
      expect((await world.get(path, { kind: 'service', tenantId: 'acme' })).status).toBe(403);
    }
    const platform = await world.get('/api/rewards', { kind: 'admin', scopes: ['platform'] });
    expect(platform.status).toBe(403);
  });
});
