import { defaultProgram } from '@referral/contracts';
import { publicUrl } from '@referral/testing';
import { acmeWaste, createTenant, openReferralCode, productApi, type ReferralCode } from '../test/installation.ts';

let installation: ReferralCode;

beforeEach(async () => {
  installation = await openReferralCode();
  await createTenant(installation);
});

afterEach(() => installation.close());

const program = {
  ...defaultProgram,
  enabled: true,
  referrer_reward: { type: 'credit', value: 20 },
  referee_reward: { type: 'discount_percent', value: 12.5 },
};

const config = {
  referral_enabled: true,
  referral_reward_type: 'credit',
  referral_reward_value: 20,
  referral_reward_referee_type: 'discount_percent',
  referral_reward_referee_value: 15,
};

async function putProgram(body: object) {
  return (await installation.admin()).put('/api/referrals/program').send(body);
}

async function putConfig(body: object) {
  return (await installation.admin()).put('/api/referrals/config').send(body);
}

function validate(body: object) {
  return installation.anybody.post('/api/referrals/validate').send(body);
}

async function myCode(customerId = 'cus_111', claims: object = {}): Promise<string> {
  const { body } = await (await installation.customer({ customerId, ...claims }))
    .get('/api/referrals/my-code')
    .expect(200);
  return body.referral_code;
}

async function documentedCall(name: string) {
  const call = (await productApi()).calls.find((documented) => documented.name === name);
  if (!call) throw new Error(`the product documents no call ${name}`);
  return call;
}

describe('the calls of the product documents', () => {
  it('PUT and GET config answer word for word', async () => {
    const put = await documentedCall('put config');
    const get = await documentedCall('get config');
    const saved = await (await installation.admin()).put(put.path).send(put.request).expect(200);
    expect(saved.body).toEqual(put.response);
    const read = await (await installation.admin()).get(get.path).expect(200);
    expect(read.body).toEqual(put.response);
    expect(Object.keys(read.body)).toEqual(Object.keys(get.response));
  });

  it('my-code answers with exactly the documented fields', async () => {
    const { path, response } = await documentedCall('my code');
    await putConfig({
      ...config,
      referral_reward_type: 'discount_percent',
      referral_reward_value: 10,
      referral_reward_referee_value: 10,
    });
    const { body } = await (await installation.customer()).get(path).expect(200);
    expect(Object.keys(body)).toEqual(Object.keys(response));
    const { code_alphabet: alphabet } = JSON.parse(JSON.stringify(await productApi()));
    expect(body.referral_code).toMatch(new RegExp(`^[${alphabet}]{8}$`));
    expect(body).toEqual({ ...response, referral_code: body.referral_code, referral_count: 0 });
  });

  it('validate answers word for word', async () => {
    const { path, response } = await documentedCall('validate');
    await putConfig({ ...config, referral_reward_referee_value: 10 });
    const referral_code = await myCode('cus_111', { name: 'John Doe' });
    await installation.settled();
    const { body } = await installation.anybody
      .post(path)
      .send({ referral_code, tenant_slug: 'acme-waste' })
      .expect(200);
    expect(Object.entries(body)).toEqual(Object.entries(response));
  });

  it('both example programmes can be saved and are shown as they were written', async () => {
    for (const { referrer, referee } of (await productApi()).example_programs) {
      const example = {
        referral_enabled: true,
        referral_reward_type: referrer.type,
        referral_reward_value: referrer.value,
        referral_reward_referee_type: referee.type,
        referral_reward_referee_value: referee.value,
      };
      expect((await putConfig(example)).body).toEqual(example);
      const { body } = await (await installation.admin()).get('/api/referrals/program').expect(200);
      expect(body).toEqual({ ...defaultProgram, enabled: true, referrer_reward: referrer, referee_reward: referee });
    }
  });

  it('show a tenant without a programme as disabled', async () => {
    const { body } = await (await installation.admin()).get('/api/referrals/config').expect(200);
    expect(Object.values(body)).toEqual([false, null, null, null, null]);
    const customer = await (await installation.customer()).get('/api/referrals/my-code').expect(200);
    expect(customer.body).toMatchObject({
      referral_enabled: false,
      referrer_reward_type: null,
      referee_reward_value: null,
    });
  });
});

describe('hostile input', () => {
  const operator = { $ne: null };

  it.each([
    ['a percentage above 100', { referral_reward_referee_value: 101 }, 'referral_reward_referee_value'],
    ['a negative value', { referral_reward_value: -1 }, 'referral_reward_value'],
    ['half a point', { referral_reward_type: 'points', referral_reward_value: 0.5 }, 'referral_reward_value'],
    ['a value without a type', { referral_reward_type: null }, 'referral_reward_value'],
    ['an unknown type', { referral_reward_type: 'gold' }, 'referral_reward_type'],
    ['a number as text', { referral_reward_value: '20' }, 'referral_reward_value'],
    ['an operator', { referral_enabled: operator }, 'referral_enabled'],
    ['an unknown field', { tenant_id: 'other' }, 'tenant_id'],
  ])('config refuses %s and names the field', async (_what, fault, path) => {
    const { status, body } = await putConfig({ ...config, ...fault });
    expect([status, body.type]).toEqual([400, 'urn:referral:problem:validation-failed']);
    expect(body.errors.map((error: { path: string }) => error.path)).toContain(path);
    const read = await (await installation.admin()).get('/api/referrals/config').expect(200);
    expect(read.body.referral_enabled).toBe(false);
  });

  it.each([
    ['a percentage above 100', { value: 101 }],
    ['a negative value', { value: -1 }],
    ['more decimals than the currency has', { type: 'discount_fixed', value: 0.005 }],
    ['an operator', { code: operator }],
    ['an unknown field', { tenant_id: 'other' }],
  ])('promos refuse %s', async (_what, fault) => {
    const promo = { code: 'SPRING', type: 'discount_percent', value: 10, combinable_with_referral: true };
    const call = (await installation.admin()).put('/api/referrals/promos');
    await call.send({ data: [{ ...promo, ...fault }] }).expect(400);
  });

  it('promos refuse a code that stands there twice, in whatever case', async () => {
    const promo = { code: 'SPRING', type: 'discount_percent', value: 10, combinable_with_referral: true };
    const call = (await installation.admin()).put('/api/referrals/promos');
    const { body } = await call.send({ data: [promo, { ...promo, code: 'spring' }] }).expect(400);
    expect(body.errors).toEqual([{ path: 'data.1.code', message: 'stands there twice' }]);
  });

  it.each([
    ['a slug with a slash', { slug: 'a/b' }],
    ['an unknown currency', { currency: 'XYZ' }],
    ['an unknown time zone', { time_zone: 'Mars/Olympus' }],
    ['an operator', { name: operator }],
    ['half a character', { name: 'Acme \ud800' }],
    ['an unknown field', { admin: true }],
  ])('tenants refuse %s', async (_what, fault) => {
    const platform = await installation.platform();
    await platform
      .post('/api/tenants')
      .send({ ...acmeWaste, slug: 'new', ...fault })
      .expect(400);
  });

  it.each([
    ['an operator', { referral_code: operator, tenant_slug: 'acme-waste' }],
    ['a list', { referral_code: 'KH7N4WP3', tenant_slug: ['acme-waste'] }],
    ['a code without end', { referral_code: 'A'.repeat(65), tenant_slug: 'acme-waste' }],
    ['an unknown field', { referral_code: 'KH7N4WP3', tenant_slug: 'acme-waste', tenant_id: 'acme-waste' }],
    ['nothing', {}],
  ])('validate refuses %s', async (_what, body) => {
    await validate(body).expect(400);
  });

  it.each([
    ['an unknown channel', { channel: 'pigeon' }],
    ['an operator', { channel: operator }],
    ['an unknown field', { channel: 'email', customer_id: 'cus_222' }],
  ])('share refuses %s', async (_what, body) => {
    await (await installation.customer()).post('/api/referrals/share').send(body).expect(400);
    expect(await installation.told('referral_link_shared')).toEqual([]);
  });

  it('is told apart from a missing, a wrong and a foreign token on every call', async () => {
    const ofAdmins = [
      ['get', '/api/referrals/program'],
      ['put', '/api/referrals/program'],
      ['get', '/api/referrals/program/history'],
      ['get', '/api/referrals/config'],
      ['put', '/api/referrals/config'],
      ['get', '/api/referrals/promos'],
      ['put', '/api/referrals/promos'],
      ['get', '/api/tenants/acme-waste'],
    ] as const;
    const ofCustomers = [
      ['get', '/api/referrals/my-code'],
      ['post', '/api/referrals/share'],
    ] as const;
    const service = await installation.as({ kind: 'service', tenantId: 'acme-waste' });
    for (const [calls, allowed, refused, stranger] of [
      [ofAdmins, 'admin', await installation.customer(), await installation.admin('no-such-tenant')],
      [
        ofCustomers,
        'customer',
        await installation.admin(),
        await installation.customer({ tenantId: 'no-such-tenant' }),
      ],
    ] as const) {
      for (const [method, path] of calls) {
        await installation.anybody[method](path).expect(401);
        await installation.anybody[method](path).set('Authorization', 'Bearer not.a.token').expect(401);
        await service[method](path).expect(403);
        const { body } = await refused[method](path).expect(403);
        expect(body.detail).toContain(allowed);
        await stranger[method](path).send({}).expect(404);
      }
    }
  });
});

describe('tenants', () => {
  const other = { slug: 'other', name: 'Other', currency: 'JPY', time_zone: 'Asia/Tokyo', tenant_id: 'tnt_2' };

  it('are made once: the same again is a repeat, anything else a conflict', async () => {
    const platform = await installation.platform();
    const create = (tenant: object) => platform.post('/api/tenants').send(tenant);
    const { body } = await create(acmeWaste).expect(200);
    expect(body).toEqual({ tenant_id: 'acme-waste', ...acmeWaste });
    await create({ ...acmeWaste, currency: 'EUR' }).expect(409);
    await create({ ...acmeWaste, tenant_id: 'another' }).expect(409);
    await create(other).expect(201);
    expect(await installation.told('tenant_updated')).toHaveLength(2);
  });

  it('are made by the platform alone', async () => {
    await (await installation.admin()).post('/api/tenants').send(other).expect(403);
  });

  it('are shown to the platform and their own admins; to others they do not exist', async () => {
    const platform = await installation.platform();
    await platform.get('/api/tenants/acme-waste').expect(200);
    await (await installation.admin()).get('/api/tenants/acme-waste').expect(200);
    await (await installation.admin('tnt_2')).get('/api/tenants/acme-waste').expect(404);
    await platform.get('/api/tenants/no-such').expect(404);
    await platform.get('/api/tenants/%00%24ne').expect(404);
  });

  // A sign-up page is for people who are nobody's customer yet.
  it('tell anybody their name and currency, and nothing else', async () => {
    const { anybody } = installation;
    const { body } = await anybody.get('/api/tenants/acme-waste/public').expect(200);
    expect(body).toEqual({ slug: 'acme-waste', name: acmeWaste.name, currency: acmeWaste.currency });
    await anybody.get('/api/tenants/no-such/public').expect(404);
    await anybody.get('/api/tenants/%00%24ne/public').expect(404);
  });
});

describe('public validation', () => {
  it('tells nothing apart: unknown tenant, disabled programme, unknown and malformed code answer alike', async () => {
    const referral_code = await myCode();
    const answers = [
      await validate({ referral_code, tenant_slug: 'acme-waste' }),
      await validate({ referral_code, tenant_slug: 'no-such' }),
      await validate({ referral_code, tenant_slug: '' }),
      await validate({ referral_code, tenant_slug: '\ud800' }),
      await validate({ referral_code: 'AAAAAAAA', tenant_slug: 'acme-waste' }),
      await validate({ referral_code: '\ud800 \u0000', tenant_slug: 'acme-waste' }),
    ];
    await putConfig({ ...config, referral_enabled: false });
    answers.push(await validate({ referral_code, tenant_slug: 'acme-waste' }));
    await putConfig(config);
    answers.push(await validate({ referral_code: 'AAAAAAAA', tenant_slug: 'acme-waste' }));
    const varying = new Set(['date', 'x-request-id', 'ratelimit', 'ratelimit-remaining', 'ratelimit-reset']);
    const seen = answers.map(({ status, text, headers }) => {
      return [status, text, ...Object.entries(headers).filter(([name]) => !varying.has(name))];
    });
    expect(seen[0]?.slice(0, 2)).toEqual([200, '{"valid":false}']);
    for (const answer of seen) expect(answer).toEqual(seen[0]);
  });

  it('reads a code as people type it', async () => {
    await putConfig(config);
    const code = await myCode();
    const referral_code = ` ${code.slice(0, 4).toLowerCase()}-${code.slice(4)} `;
    const { body } = await validate({ referral_code, tenant_slug: 'acme-waste' });
    expect(body).toMatchObject({ valid: true, referrer_name: null });
  });

  it('knows a tenant’s codes only in that tenant', async () => {
    await createTenant(installation, { ...acmeWaste, slug: 'other' });
    await putConfig(config);
    await (await installation.admin('other')).put('/api/referrals/config').send(config).expect(200);
    const { body } = await validate({ referral_code: await myCode(), tenant_slug: 'other' });
    expect(body).toEqual({ valid: false });
  });

  it('shows as much of the name as the tenant wants', async () => {
    await putProgram({ ...program, referrer_name_display: 'first_initial' });
    const referral_code = await myCode('cus_111', { name: 'John Doe' });
    await installation.settled();
    const { body } = await validate({ referral_code, tenant_slug: 'acme-waste' });
    expect(body.referrer_name).toBe('John D.');
  });
});

describe('limits of the public calls', () => {
  it('end the guessing in one tenant, for right codes too, and leave other tenants alone', async () => {
    await installation.close();
    installation = await openReferralCode({ rateLimits: { missesPerHour: 3 } });
    await createTenant(installation);
    await putConfig(config);
    const referral_code = await myCode();
    for (const guess of ['AAAAAAAA', 'BBBBBBBB', 'CCCCCCCC']) {
      await validate({ referral_code: guess, tenant_slug: 'acme-waste' }).expect(200, { valid: false });
    }
    const { headers } = await validate({ referral_code, tenant_slug: 'acme-waste' }).expect(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    await installation.anybody.get(`/r/acme-waste/${referral_code}`).expect(429);
    await validate({ referral_code, tenant_slug: 'other' }).expect(200);
  });

  it('count hits as no misses', async () => {
    await installation.close();
    installation = await openReferralCode({ rateLimits: { missesPerHour: 1 } });
    await createTenant(installation);
    await putConfig(config);
    const referral_code = await myCode();
    for (let n = 0; n < 5; n += 1) await validate({ referral_code, tenant_slug: 'acme-waste' }).expect(200);
  });

  it('slow one client down', async () => {
    await installation.close();
    installation = await openReferralCode({ rateLimits: { perMinute: 1 } });
    await installation.anybody.get('/r/acme-waste/AAAAAAAA').expect(404);
    await validate({ referral_code: 'AAAAAAAA', tenant_slug: 'acme-waste' }).expect(429);
  });
});

describe('opening a link', () => {
  const open = (path: string) => installation.anybody.get(path);

  it('leads to the enrolment page, remembers the visitor and records the click', async () => {
    await putConfig(config);
    const code = await myCode();
    const { headers } = await open(`/r/acme-waste/${code}?c=whatsapp`).expect(302);
    const [cookie] = headers['set-cookie'] ?? [];
    const [, visitor] =
      /^referral_visitor=(vis_[0-9a-f]{32}); Max-Age=34560000; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/.exec(
        cookie ?? '',
      ) ?? [];
    expect(visitor).toBeDefined();
    expect(headers.location).toBe(`${publicUrl}/enroll/acme-waste?ref=${code}&visitor_id=${visitor}`);
    expect(headers['cache-control']).toBe('no-store');
    const [click] = await installation.told('referral_link_clicked');
    expect(click?.data).toEqual({
      tenant_id: 'acme-waste',
      referrer_customer_id: 'cus_111',
      code,
      channel: 'whatsapp',
      visitor_id: visitor,
      clicked_at: '2026-03-20T10:00:00.000Z',
    });
  });

  it('counts each click of a visitor that we know, and gives a forged one a new name', async () => {
    await putConfig(config);
    const code = await myCode();
    const known = `vis_${'a'.repeat(32)}`;
    for (const cookie of [
      `referral_visitor=${known}`,
      `a=b; referral_visitor=${known}; c=d`,
      'referral_visitor=vis_{"$ne":1}',
    ]) {
      await open(`/r/acme-waste/${code}`).set('Cookie', cookie).expect(302);
    }
    expect(await installation.told('referral_link_clicked')).toHaveLength(3);
    const clicks = await installation.told('referral_link_clicked');
    const visitors = clicks.map(({ data }) => data.visitor_id);
    expect(visitors.filter((visitor) => visitor === known)).toHaveLength(2);
    expect(clicks.map(({ data }) => data.channel)).toEqual(['link', 'link', 'link']);
  });

  it('leads to the tenant’s own page when there is one, never to an address from the request', async () => {
    await putProgram({ ...program, landing_url: 'https://acme.example/join?utm=1' });
    const code = await myCode();
    const { headers } = await open(`/r/acme-waste/${code}?landing_url=https://evil.example&c=//evil.example`).expect(
      302,
    );
    expect(headers.location).toMatch(new RegExp(`^https://acme\\.example/join\\?utm=1&ref=${code}&visitor_id=vis_`));
  });

  it('records nothing for a code that does not count', async () => {
    await putConfig({ ...config, referral_enabled: false });
    const code = await myCode();
    for (const path of [`/r/acme-waste/${code}`, '/r/acme-waste/AAAAAAAA', '/r/acme-waste/%2F%2Fevil.example']) {
      const { headers } = await open(path).expect(302);
      expect([headers.location, headers['set-cookie']]).toEqual([`${publicUrl}/enroll/acme-waste`, undefined]);
    }
    const unknown = await open('/r/no-such/AAAAAAAA').expect(404);
    expect(unknown.headers['content-type']).toMatch('application/problem+json');
    expect(await installation.told('referral_link_clicked')).toEqual([]);
  });

  it('records nothing for those who only look at the link', async () => {
    await putConfig(config);
    const code = await myCode();
    const { headers } = await installation.anybody.head(`/r/acme-waste/${code}`).expect(302);
    expect([headers.location, headers['set-cookie']]).toEqual([
      `${publicUrl}/enroll/acme-waste?ref=${code}`,
      undefined,
    ]);
    expect(await installation.told('referral_link_clicked')).toEqual([]);
  });
});

describe('sharing a link', () => {
  const share = async (channel: string, key?: string) => {
    const call = (await installation.customer()).post('/api/referrals/share');
    return key === undefined ? call.send({ channel }) : call.set('Idempotency-Key', key).send({ channel });
  };

  it('gives the link and what opens the channel, and tells the world', async () => {
    const { status, body } = await share('whatsapp');
    const code = await myCode();
    const link = `${publicUrl}/r/acme-waste/${code}?c=whatsapp`;
    expect([status, Object.keys(body), body.link]).toEqual([200, ['link', 'share_url'], link]);
    expect(new URL(body.share_url).searchParams.get('text')).toContain(link);
    const [event] = await installation.told('referral_link_shared');
    expect(event?.data).toEqual({
      tenant_id: 'acme-waste',
      referrer_customer_id: 'cus_111',
      code,
      channel: 'whatsapp',
      link,
      shared_at: '2026-03-20T10:00:00.000Z',
    });
  });

  it('counts a repeated request once', async () => {
    const answers = await Promise.all([share('email', 'k'), share('email', 'k'), share('email', 'k')]);
    for (const { status, body } of answers) expect([status, body]).toEqual([200, answers[0]?.body]);
    expect((await share('sms', 'k')).status).toBe(422);
    expect((await share('sms', 'k'.repeat(129))).status).toBe(400);
    expect(await installation.told('referral_link_shared')).toHaveLength(1);
    await share('email');
    await share('email');
    expect(await installation.told('referral_link_shared')).toHaveLength(3);
  });
});

describe('promos', () => {
  const spring = { code: 'SPRING', type: 'discount_percent', value: 12.5, combinable_with_referral: false };
  const summer = { code: 'SUMMER', type: 'discount_fixed', value: 5, combinable_with_referral: true };
  const put = async (data: object[]) =>
    (await installation.admin()).put('/api/referrals/promos').send({ data }).expect(200);

  it('are replaced as a list; what changed is told in the amounts of events', async () => {
    expect((await (await installation.admin()).get('/api/referrals/promos').expect(200)).body).toEqual({ data: [] });
    await put([spring, summer]);
    await put([{ ...spring, combinable_with_referral: true }]);
    await put([{ ...spring, combinable_with_referral: true }]);
    const { body } = await (await installation.admin()).get('/api/referrals/promos').expect(200);
    expect(body).toEqual({ data: [{ ...spring, combinable_with_referral: true }] });
    const told = (await installation.told('promo_updated')).map(({ data }) => data);
    const tenant_id = 'acme-waste';
    const springTold = { tenant_id, code: 'SPRING', type: 'discount_percent', value: 1_250 };
    const summerTold = {
      tenant_id,
      code: 'SUMMER',
      type: 'discount_fixed',
      value: 500,
      currency: 'USD',
      combinable_with_referral: true,
    };
    expect(told).toEqual([
      { ...springTold, combinable_with_referral: false },
      summerTold,
      { ...springTold, combinable_with_referral: true },
      { ...summerTold, removed: true },
    ]);
  });
});
