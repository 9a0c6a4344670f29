import {
  createEvent,
  customerProfile,
  defaultProgram,
  type EncodedEvent,
  encodeEvent,
  type ReferralLifecycle,
  type ReferralStatus,
  referralAttributed,
  referralConverted,
  referralReversed,
} from '@referral/contracts';
import { acmeWaste, createTenant, openReferralCode, type ReferralCode } from '../test/installation.ts';
import { codes, replacedPrograms } from './collections.ts';

let installation: ReferralCode;

beforeEach(async () => {
  installation = await openReferralCode();
  await createTenant(installation);
});

afterEach(() => installation.close());

async function myCode(customerId: string, claims: object = {}) {
  return (await (await installation.customer({ customerId, ...claims })).get('/api/referrals/my-code').expect(200))
    .body;
}

async function putConfig() {
  const config = { referral_enabled: true, referral_reward_type: 'credit', referral_reward_value: 19.99 };
  const referee = { referral_reward_referee_type: 'discount_percent', referral_reward_referee_value: 12.5 };
  await (await installation.admin())
    .put('/api/referrals/config')
    .send({ ...config, ...referee })
    .expect(200);
}

describe('a customer’s code', () => {
  it('is one, told once, however many first accesses come at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => myCode('cus_1', { name: 'John Doe' })));
    expect(new Set(answers.map(({ referral_code }) => referral_code)).size).toBe(1);
    expect(await installation.told('referral_code_created')).toHaveLength(1);
    expect(await installation.told('customer_profile')).toHaveLength(1);
  });

  it('is another for every customer', async () => {
    const customers = Array.from({ length: 100 }, (_, n) => `cus_${n}`);
    const answers = await Promise.all(customers.map((customer) => myCode(customer)));
    expect(new Set(answers.map(({ referral_code }) => referral_code)).size).toBe(customers.length);
  });

  it('says whether a profile was told with it', async () => {
    await myCode('cus_1', { name: 'John Doe' });
    await myCode('cus_2');
    const created = await installation.told('referral_code_created');
    const hasProfile = new Map(created.map(({ data }) => [data.customer_id, data.has_profile]));
    expect(hasProfile).toEqual(
      new Map([
        ['cus_1', true],
        ['cus_2', false],
      ]),
    );
  });
});

describe('the profile of a customer', () => {
  function learnt(data: object, at: string): EncodedEvent {
    const profile = { tenant_id: 'acme-waste', customer_id: 'cus_1', learnt_at: at, ...data };
    return encodeEvent(customerProfile, createEvent(customerProfile, profile, { identity: [at], occurredAt: at }));
  }

  it('is told again only when the token says something new, and keeps what a signup said', async () => {
    await installation.receive([learnt({ name: 'J', email: 'john@example.com' }, '2026-03-01T00:00:00Z')]);
    await myCode('cus_1', { name: 'John Doe' });
    await myCode('cus_1', { name: 'John Doe' });
    await installation.settled();
    installation.clock.nowMs += 1_000;
    await myCode('cus_1', { name: 'John Doe', phone: '+15550100' });
    const told = (await installation.told('customer_profile')).map(({ data }) => data);
    const known = { tenant_id: 'acme-waste', customer_id: 'cus_1', email: 'john@example.com' };
    expect(told.slice(1)).toEqual([
      { ...known, name: 'John Doe', learnt_at: '2026-03-20T10:00:00.000Z' },
      { ...known, name: 'John Doe', phone: '+15550100', learnt_at: '2026-03-20T10:00:01.000Z' },
    ]);
  });

  it('is gone for good once it is erased: neither shown nor told again', async () => {
    await putConfig();
    const { referral_code } = await myCode('cus_1', { name: 'John Doe' });
    await installation.settled();
    await installation.receive([learnt({ erased: true }, '2026-03-02T00:00:00Z')]);
    await myCode('cus_1', { name: 'John Doe', email: 'john@example.com' });
    const { body } = await installation.anybody
      .post('/api/referrals/validate')
      .send({ referral_code, tenant_slug: 'acme-waste' });
    expect(body).toMatchObject({ valid: true, referrer_name: null });
    const names = (await installation.told('customer_profile')).map(({ data }) => data.email);
    expect(names).not.toContain('john@example.com');
  });
});

describe('the programme', () => {
  it('travels whole and exactly, and each version counts from a later moment', async () => {
    await putConfig();
    const call = (await installation.admin()).put('/api/referrals/program');
    await call
      .set('If-Match', '"v1"')
      .send({ ...defaultProgram, enabled: true })
      .expect(200);
    const [first, second] = await installation.told('program_updated');
    expect(first?.data).toMatchObject({
      version: 1,
      effective_at: '2026-03-20T10:00:00.000Z',
      program: {
        enabled: true,
        referrer_reward: { type: 'credit', value: 1_999, currency: 'USD' },
        referee_reward: { type: 'discount_percent', value: 1_250 },
      },
    });
    expect(second?.data).toMatchObject({ version: 2, effective_at: '2026-03-20T10:00:00.001Z' });
  });

  it('leaves a record of every version that was replaced, and of who made it', async () => {
    await putConfig();
    const ann = await installation.as({ kind: 'admin', tenantId: 'acme-waste', email: 'ann@acme.example' });
    const put = (ifMatch: string, enabled: boolean) =>
      ann
        .put('/api/referrals/program')
        .set('If-Match', ifMatch)
        .send({ ...defaultProgram, enabled });
    await put('"v1"', true).expect(200);
    await put('"v2"', false).expect(200);
    const kept = await installation.store.getMany(replacedPrograms, ['acme-waste:1', 'acme-waste:2', 'acme-waste:3']);
    expect([...kept.values()].map(({ body }) => [body.version, body.changed_by, body.program.enabled])).toEqual([
      [1, 'admin', true],
      [2, 'ann@acme.example', true],
    ]);
  });
});

describe('the count of successful referrals', () => {
  const word = { attributed: referralAttributed, converted: referralConverted, reversed: referralReversed };

  function told(referee: string, revision: number, status: ReferralStatus & keyof typeof word): EncodedEvent {
    const data: ReferralLifecycle = {
      tenant_id: 'acme-waste',
      referral_id: `ref_${referee}`,
      revision,
      status,
      referrer_customer_id: 'cus.with$dots',
      referee_customer_id: referee,
      code: 'KH7N4WP3',
      channel: 'link',
      program_version: 1,
      attributed_at: '2026-03-20T10:00:00Z',
      decision_id: `dec_${referee}_${revision}`,
      referrer_ordinal: null,
    };
    const event = createEvent(word[status], data, { identity: [referee, revision], occurredAt: data.attributed_at });
    return encodeEvent(word[status], event);
  }

  const history = [
    told('a', 1, 'attributed'),
    told('a', 2, 'converted'),
    told('b', 1, 'attributed'),
    told('b', 2, 'converted'),
    told('b', 3, 'reversed'),
    told('c', 1, 'attributed'),
    told('d', 1, 'attributed'),
    told('d', 2, 'converted'),
    told('d', 3, 'reversed'),
    told('d', 4, 'converted'),
  ];

  it('holds those that are converted and not reversed, whatever comes twice or out of order', async () => {
    await installation.receive(history);
    expect((await myCode('cus.with$dots')).referral_count).toBe(2);
    await installation.receive([...history].reverse());
    await installation.receive(history);
    expect((await myCode('cus.with$dots')).referral_count).toBe(2);
  });

  it('is the same when everything arrives backwards, one by one', async () => {
    for (const event of [...history].reverse()) await installation.receive([event]);
    expect((await myCode('cus.with$dots')).referral_count).toBe(2);
    expect((await myCode('somebody else')).referral_count).toBe(0);
  });
});

describe('what a call decides', () => {
  it('is published right after the answer, without waiting for a sweep', async () => {
    await myCode('cus_1');
    await installation.seen('referral_code_created');
    await putConfig();
    await installation.seen('program_updated');
    expect(await installation.told('program_updated')).toHaveLength(1);
  });

  it('is published after a crash between the commit and the bus', async () => {
    await installation.settled();
    await installation.bus.close();
    const { referral_code } = await myCode('cus_1', { name: 'John Doe' });
    await putConfig();
    const share = (
      await installation.customer({
        customerId: 'cus_1',
        name: 'John Doe',
      })
    ).post('/api/referrals/share');
    await share.send({ channel: 'email' }).expect(200);
    await installation.restart();
    const [created] = await installation.told('referral_code_created');
    expect(created?.data).toMatchObject({ code: referral_code, has_profile: true });
    for (const type of ['customer_profile', 'program_updated', 'referral_link_shared']) {
      expect(await installation.told(type)).toHaveLength(1);
    }
  });

  it('is the same event again when the crash comes between the bus and emptying the outbox', async () => {
    await installation.settled();
    await installation.bus.close();
    await myCode('cus_1');
    const id = 'acme-waste:cus_1';
    const decided = await installation.store.get(codes, id);
    await installation.restart();
    await installation.settled();
    const emptied = await installation.store.get(codes, id);
    if (!decided || !emptied) throw new Error('the code has a document');
    await installation.store.commit([{ collection: codes, id, expectedVersion: emptied.version, body: decided.body }]);
    await installation.settled();
    expect(await installation.published('referral_code_created')).toHaveLength(2);
    expect(await installation.told('referral_code_created')).toHaveLength(1);
    expect((await installation.store.get(codes, id))?.body).toEqual(emptied.body);
  });

  it('has a bound while the bus is away: then the call says that it may be tried again', async () => {
    await installation.close();
    installation = await openReferralCode({ env: { OUTBOX_MAX_WAITING: '2' } });
    await createTenant(installation, acmeWaste);
    await installation.settled();
    await installation.bus.close();
    const share = async () => {
      const call = (await installation.customer()).post('/api/referrals/share');
      return (await call.send({ channel: 'email' })).status;
    };
    expect([await share(), await share()]).toEqual([200, 503]);
    await installation.restart();
    await installation.settled();
    expect(await share()).toBe(200);
  });
});
