import type { EncodedEvent } from '@referral/contracts';
import { type Installation, openInstallation } from '@referral/testing';
import fc from 'fast-check';
import {
  clicked,
  codeCreated,
  day,
  programSaved,
  promoUpdated,
  purchased,
  signedUp,
  tenant,
  tenantExists,
} from '../test/world.ts';
import { referees, referrals } from './collections.ts';
import { attributionService } from './service.ts';

const admin = { kind: 'admin', tenantId: tenant } as const;
const service = { kind: 'service', tenantId: tenant } as const;
const code = 'KH7N4WP3';

const world = [tenantExists(), programSaved(), codeCreated('ann', code)];
const bob = signedUp({ customer_id: 'bob', referral_code: 'kh7n-4wp3', channel: 'whatsapp', occurred_at: day(2) });
const bobBuys = purchased({ customer_id: 'bob', order_id: 'o1', occurred_at: day(3) });

let installation: Installation;
beforeEach(async () => {
  installation = await openInstallation({ services: [attributionService] });
});
afterEach(() => installation.close());

async function bring(...events: EncodedEvent[]): Promise<void> {
  await installation.publish(events);
  await installation.settled();
}

/** Each lifecycle event once, however often it was published. */
async function told(): Promise<string[]> {
  const types = ['referral_attributed', 'referral_converted', 'referral_rejected', 'referral_reversed'];
  const events = (await Promise.all(types.map((type) => installation.published(type)))).flat();
  return [...new Map(events.map((event) => [event.id, event])).values()].map(({ type, data }) => {
    const { referrer_customer_id, referee_customer_id, revision } = data as Record<string, unknown>;
    return `${type} ${referrer_customer_id}→${referee_customer_id} r${revision}`;
  });
}

async function fateOf(eventId: string) {
  const { body } = await (await installation.as(service)).get(`/api/events/${eventId}`).expect(200);
  return body;
}

describe('a signup with a code and a first purchase', () => {
  test('attributes, then converts, and says so in events that can be acted on alone', async () => {
    await bring(...world, bob, bobBuys);
    expect(await told()).toEqual(['referral_attributed ann→bob r1', 'referral_converted ann→bob r2']);
    const [converted] = await installation.published('referral_converted');
    expect(converted?.data).toMatchObject({
      status: 'converted',
      code,
      channel: 'whatsapp',
      program_version: 1,
      referrer_ordinal: 1,
      converted_at: '2026-01-03T00:00:00.000Z',
      qualifying: { type: 'first_purchase', order_id: 'o1', amount: 2_000, currency: 'USD' },
      rewards: { referrer: { type: 'points', value: 100 }, referee: { type: 'discount_percent', value: 1_000 } },
      cause: 'purchase-o1',
    });
    const { body } = await (await installation.as(admin)).get('/api/referrals').expect(200);
    expect(body.data).toMatchObject([{ referrer_customer_id: 'ann', referee_customer_id: 'bob', status: 'converted' }]);
    expect(await fateOf('purchase-o1')).toMatchObject({
      status: 'effect',
      effects: [{ type: 'referral_converted' }, { type: 'referral_revenue_changed' }],
    });
  });

  test('brought twice, and once more after a restart, has one effect', async () => {
    await bring(...world, bob, bobBuys, bob, bobBuys);
    await installation.restart();
    await bring(bob, bobBuys);
    expect(await told()).toEqual(['referral_attributed ann→bob r1', 'referral_converted ann→bob r2']);
  });

  test('converts at once when signing up is what qualifies', async () => {
    await bring(tenantExists(), programSaved({ qualifying_event: { type: 'signup' } }), codeCreated('ann', code), bob);
    expect(await told()).toEqual(['referral_attributed ann→bob r1', 'referral_converted ann→bob r2']);
  });
});

describe('what arrives before what it needs', () => {
  test('waits for the programme and the code, and is found waiting', async () => {
    await bring(bob, bobBuys);
    expect(await fateOf('signup-bob')).toMatchObject({ status: 'waiting', reason: `program:${tenant}` });
    await bring(tenantExists(), programSaved());
    expect(await fateOf('signup-bob')).toMatchObject({ status: 'waiting', reason: `code:${tenant}:${code}` });
    expect(await told()).toEqual([]);
    await bring(codeCreated('ann', code));
    expect(await told()).toEqual(['referral_attributed ann→bob r1', 'referral_converted ann→bob r2']);
  });

  test('a click that comes after the signup which names its visitor still attributes it', async () => {
    const carl = signedUp({ customer_id: 'carl', visitor_id: 'vis_1', occurred_at: day(3) });
    await bring(...world, carl);
    expect(await fateOf('signup-carl')).toMatchObject({ status: 'ignored', reason: 'no_touch_in_window' });
    await bring(clicked(code, 'vis_1', 'ann', day(2)));
    expect(await told()).toEqual(['referral_attributed ann→carl r1']);
    expect(await fateOf('signup-carl')).toMatchObject({ status: 'effect' });
  });
});

describe('refusals', () => {
  const refusalOf = async (...events: EncodedEvent[]) => {
    await bring(...world, ...events);
    expect(await told()).toEqual([]);
    const { body } = await (await installation.as(admin)).get('/api/referrals/refused').expect(200);
    return body.data.map(({ reason }: { reason: string }) => reason);
  };

  test('nobody refers themselves, by id', async () => {
    expect(await refusalOf(signedUp({ customer_id: 'ann', referral_code: code, occurred_at: day(2) }))).toEqual([
      'self_referral',
    ]);
  });

  test('nobody refers themselves under another account with the same address', async () => {
    const ann = signedUp({ customer_id: 'ann', email: 'Ann@Example.com', occurred_at: day(1) });
    await bring(ann);
    const again = signedUp({
      customer_id: 'ann2',
      email: ' ann@example.com',
      referral_code: code,
      occurred_at: day(2),
    });
    expect(await refusalOf(again)).toEqual(['same_email']);
  });

  test('a customer who has bought before is not new', async () => {
    const before = purchased({ customer_id: 'bob', order_id: 'o0', occurred_at: day(1) });
    expect(await refusalOf(before, bob)).toEqual(['not_a_new_customer']);
  });

  test('a promo that cannot be combined drops the code', async () => {
    const promo = { code: 'SPRING', combinable_with_referral: false };
    const dora = signedUp({ customer_id: 'dora', referral_code: code, promo, occurred_at: day(2) });
    expect(await refusalOf(dora)).toEqual(['promo_not_combinable']);
  });

  test('two customers refer each other only once', async () => {
    const annToo = signedUp({ customer_id: 'ann', referral_code: 'BBBB2222', occurred_at: day(4) });
    await bring(...world, codeCreated('bob', 'BBBB2222'), bob);
    await bring(annToo);
    expect(await told()).toEqual(['referral_attributed ann→bob r1']);
    expect(await fateOf('signup-ann')).toMatchObject({ status: 'ignored', reason: 'reciprocal_referral' });
  });
});

describe('an enrolment', () => {
  const form = { tenant_slug: tenant, name: 'Jane', email: 'jane@example.com' };
  const enrol = async (referral_code: string) => {
    const { body } = await installation.anybody
      .post('/api/enrollments')
      .send({ ...form, referral_code })
      .expect(201);
    await installation.settled();
    return body;
  };

  test('goes on with a mistyped code, and a second attempt with the right one attributes', async () => {
    await bring(...world);
    const mistyped = await enrol('NOPE1234');
    expect(await fateOf(mistyped.event_id)).toMatchObject({ status: 'ignored', reason: 'unknown_code' });
    const { customer_id } = await enrol(code);
    expect(customer_id).toBe(mistyped.customer_id);
    expect(await told()).toEqual([`referral_attributed ann→${customer_id} r1`]);
  });

  // Who comes back to the form without the link has still come through it.
  test('from a browser that opened a link before is attributed by that click', async () => {
    const visitor = `vis_${'0'.repeat(32)}`;
    await bring(...world, clicked(code, visitor, 'ann', new Date().toISOString()));
    await installation.anybody
      .post('/api/enrollments')
      .set('cookie', `theme=dark; referral_visitor=${visitor}`)
      .send(form)
      .expect(201);
    await installation.settled();
    expect(await told()).toEqual([expect.stringMatching(/^referral_attributed ann→cus_\w+ r1$/)]);
  });

  test('sent twice is one signup', async () => {
    await bring(...world);
    expect((await enrol(code)).event_id).toBe((await enrol(' kh7n-4wp3 ')).event_id);
    expect(await told()).toHaveLength(1);
  });
});

describe('identities', () => {
  test('another content under a known event id has no effect, whichever customer it names', async () => {
    const forged = signedUp({ customer_id: 'eve', referral_code: code, occurred_at: day(2) }, 'signup-bob');
    await bring(...world, bob, forged);
    expect(await told()).toEqual(['referral_attributed ann→bob r1']);
    expect(await fateOf('signup-bob')).toMatchObject({ status: 'effect', conflicting_contents: 1 });
  });

  // An enrolment is public: whoever knows an address must not be able to rename its owner.
  test('another content under a known event id changes nothing of what is known of a person', async () => {
    const named = (name: string, at: string) =>
      signedUp({ customer_id: 'bob', name, email: 'bob@example.com', occurred_at: at }, 'enrolment-bob');
    await bring(...world, named('Bob', day(2)));
    await bring(named('Eve', day(3)));
    const profiles = await installation.published('customer_profile');
    expect(new Set(profiles.map(({ data }) => (data as { name: string }).name))).toEqual(new Set(['Bob']));
  });

  test('two events of one id from two sources are told apart', async () => {
    await bring(...world, bob);
    const other = signedUp({ customer_id: 'bob', referral_code: 'YYYY', occurred_at: day(1) }, 'signup-bob');
    await bring({ ...other, value: Buffer.from(String(Buffer.from(other.value)).replace('/shop', '/crm')) });
    const statuses = await Promise.all(
      ['/shop', '/crm'].map(async (source) => {
        const caller = await installation.as(service);
        const { body } = await caller.get('/api/events/signup-bob').query({ source }).expect(200);
        return [body.status, body.reason];
      }),
    );
    expect(statuses).toEqual([
      ['effect', undefined],
      ['ignored', 'unknown_code'],
    ]);
  });

  test('an order id that was there before counts once', async () => {
    const again = purchased(
      { customer_id: 'bob', order_id: 'o1', amount: 9_999, occurred_at: day(5) },
      'purchase-o1-again',
    );
    await bring(...world, bob, bobBuys, again);
    expect(await fateOf('purchase-o1-again')).toMatchObject({ status: 'ignored', reason: 'order_already_known' });
    const revenue = await installation.published('referral_revenue_changed');
    expect(new Set(revenue.map(({ data }) => (data as { net_amount: number }).net_amount))).toEqual(new Set([2_000]));
  });

  test('an event about no customer has its record too', async () => {
    await bring(promoUpdated('SPRING', false));
    expect(await fateOf('promo-SPRING')).toMatchObject({ status: 'effect', effects: [{ type: 'promo_updated' }] });
  });

  test('an event that does not parse is set aside with its bytes, and can be asked for', async () => {
    const broken = { ...bobBuys, value: Buffer.from(String(Buffer.from(bobBuys.value)).replace('2000', '-1')) };
    await bring(...world, bob, broken, bobBuys);
    await installation.bus.caughtUp(['attribution.dead-letters']);
    const letters = await installation.messages('purchase_completed.attribution.dlq');
    expect(letters.map(({ value }) => Buffer.from(value))).toEqual([broken.value]);
    expect(await told()).toEqual(['referral_attributed ann→bob r1', 'referral_converted ann→bob r2']);
  });
});

describe('the order of arrival', () => {
  const history = [
    ...world,
    codeCreated('zoe', 'ZZZZ2222'),
    bob,
    // A second signup, earlier in time and by another referrer: it wins whenever it arrives.
    signedUp({ customer_id: 'bob', referral_code: 'ZZZZ2222', occurred_at: day(1, '12:00:00') }, 'signup-bob-early'),
    bobBuys,
    purchased({ customer_id: 'bob', order_id: 'o2', amount: 700, occurred_at: day(4) }),
  ];

  // R4: the facts of one referee end in the same state whatever the order, and however often they come.
  test('does not change who referred whom, nor what it brought', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...history, ...history], { minLength: history.length * 2 }),
        fc.integer({ min: 1, max: 5 }),
        async (events, chunk) => {
          const own = await openInstallation({ services: [attributionService], partitions: 3 });
          try {
            for (let from = 0; from < events.length; from += chunk) {
              await own.publish(events.slice(from, from + chunk));
            }
            await own.settled();
            const referee = await own.store.get(referees, `${tenant}:bob`);
            const current = referee?.body.verdicts.at(-1);
            expect(current).toMatchObject({
              referrer_customer_id: 'zoe',
              status: 'converted',
              converted_at: '2026-01-03T00:00:00.000Z',
            });
            expect(
              referee?.body.revenue.map(({ order_id, referrer_customer_id, net_amount }) => [
                order_id,
                referrer_customer_id,
                net_amount,
              ]),
            ).toEqual(
              expect.arrayContaining([
                ['o1', 'zoe', 2_000],
                ['o2', 'zoe', 700],
              ]),
            );
            const page = await own.store.page(referrals, {
              index: 'listed',
              prefix: [tenant],
              direction: 'ascending',
              limit: 10,
            });
            expect(page.items.map(({ body }) => [body.verdict.referrer_customer_id, body.status])).toEqual([
              ['zoe', 'converted'],
            ]);
          } finally {
            await own.close();
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
