import { readFileSync } from 'node:fs';
import { createEvent, deriveId, encodeEvent, rewardIssued } from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import type { Service, TokenContent } from '@referral/host';
import { services } from '@referral/standalone';
import { type Caller, type Installation, type InstallationOptions, openInstallation } from '@referral/testing';
import type { DocumentedCall, DocumentedExample } from './documented-api.ts';

type Answer = Awaited<ReturnType<Caller['get']>>;

/** What a request says, whatever its example. */
export interface Asked extends Pick<DocumentedExample, 'parameters'> {
  readonly caller: string;
  readonly mediaType?: string;
  readonly body?: unknown;
  /** Instead of the caller's token. */
  readonly token?: TokenContent | 'broken';
}

/** An installation in which what the examples tell of has happened. */
export interface DocumentedWorld {
  readonly store: Installation['store'];
  readonly routers: ReadonlyMap<string, Service['router']>;
  ask(call: DocumentedCall, asked: Asked): Promise<Answer>;
  /** From now on every engine fails in this way. */
  breakEngines(how: 'away' | 'broken'): void;
  close(): Promise<void>;
}

const tenantId = 'acme-waste';
const john = { customerId: 'cus_111', name: 'John Doe', email: 'john@example.com' };
const tokens: Readonly<Record<string, TokenContent>> = {
  admin: { kind: 'admin', tenantId },
  platform: { kind: 'admin', scopes: ['platform'] },
  customer: { kind: 'customer', tenantId, ...john },
  service: { kind: 'service', tenantId },
};
export const exampleNow = '2026-03-22T10:00:00.000Z';
/** The code of the examples. The real one comes by chance: each stands for the other. */
const exampleCode = 'KH7N4WP3';
const visitor = 'referral_visitor=vis_0123456789abcdef0123456789abcdef';

export async function openDocumentedWorld(
  options: Pick<InstallationOptions, 'rateLimits'> = {},
): Promise<DocumentedWorld> {
  const routers = new Map<string, Service['router']>();
  let failure: Error | undefined;
  const breakable = <Engine extends object>(engine: Engine): Engine =>
    new Proxy(engine, {
      get(target, name, receiver) {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== 'function' || name === 'close') return member;
        return (...args: unknown[]) => (failure ? Promise.reject(failure) : Reflect.apply(member, target, args));
      },
    });
  const installation = await openInstallation({
    ...options,
    clock: { now: () => Date.parse(exampleNow) },
    services: services.map((definition) => ({
      ...definition,
      create(deps, config) {
        const service = definition.create(deps, config);
        routers.set(definition.name, service.router);
        return service;
      },
    })),
    aroundBus: breakable,
    aroundStore: breakable,
    env: { OUTBOX_SWEEP_MS: '3600000' },
  });
  const code = await tellTheStory(installation);
  const tokenOf = (asked: Asked) => asked.token ?? tokens[asked.caller];

  return {
    store: installation.store,
    routers,
    async ask(call, asked) {
      const token = tokenOf(asked);
      const caller = token === undefined || token === 'broken' ? installation.anybody : await installation.as(token);
      const real = (text: string) => text.replaceAll(exampleCode, code);
      const spelt = (name: string) => real(asked.parameters[name] ?? '');
      const isGiven = (where: string) =>
        call.parameters.filter((one) => one.in === where && asked.parameters[one.name] !== undefined);
      const path = call.path.replace(/\{(\w+)\}/g, (_, name: string) =>
        spelt(name).startsWith('%') ? spelt(name) : encodeURIComponent(spelt(name)),
      );
      const query = new URLSearchParams(isGiven('query').map(({ name }): [string, string] => [name, spelt(name)]));
      const request = caller[call.method](query.size > 0 ? `${path}?${query}` : path).set('X-Request-Id', 'req-1');
      for (const { name } of isGiven('header')) request.set(name, spelt(name));
      for (const { name } of isGiven('cookie')) request.set('Cookie', `${name}=${spelt(name)}`);
      if (token === 'broken') request.set('Authorization', 'Bearer nonsense');
      if (asked.body !== undefined) {
        request.set('Content-Type', asked.mediaType ?? call.mediaTypes[0] ?? 'application/json');
        request.send(typeof asked.body === 'string' ? asked.body : real(JSON.stringify(asked.body)));
      }
      if (call.answers.get(200)?.schemas.has('text/event-stream')) request.parse(readBeginning);
      const answer = await request;
      const body = answer.type.startsWith('text/csv') ? answer.text : answer.body;
      const shown = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll(code, exampleCode));
      return Object.assign(answer, { body: shown(body), headers: shown(answer.headers) });
    },
    breakEngines(how) {
      failure = how === 'away' ? new OperationalError('ENGINE_AWAY', 'the engine is away') : new Error('a bug');
    },
    async close() {
      failure = undefined;
      await installation.close();
    },
  };
}

/** Of an answer that does not end by itself; a refusal does, and is JSON. */
const readBeginning: Parameters<ReturnType<Caller['get']>['parse']>[0] = (res, callback) => {
  let text = '';
  const isStream = String(res.headers['content-type']).startsWith('text/event-stream');
  res.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (!isStream || !text.includes('\n\n')) return;
    callback(null, text);
    if ('destroy' in res && typeof res.destroy === 'function') res.destroy();
  });
  res.on('end', () => callback(null, isStream ? text : JSON.parse(text)));
};

const fixture = (type: string) =>
  JSON.parse(readFileSync(`packages/contracts/fixtures/events/${type}.v1.json`, 'utf8'));

/** @returns the code of the customer who brings another */
export async function tellTheStory(installation: Installation): Promise<string> {
  const as = (who: 'admin' | 'platform' | 'customer' | 'service') =>
    installation.as(tokens[who] ?? { kind: 'service' });
  const tenant = {
    tenant_id: tenantId,
    slug: tenantId,
    name: 'Acme Waste',
    currency: 'USD',
    time_zone: 'America/New_York',
  };
  await (await as('platform')).post('/api/tenants').send(tenant).expect(201);
  const program = fixture('program_updated').data.program;
  const terms = { ...program, referee_reward: { type: 'discount_percent', value: 10 } };
  await (await as('admin')).put('/api/referrals/program').send(terms).expect(200);
  const promo = { code: 'SPRING', type: 'discount_percent', value: 15, combinable_with_referral: false };
  await (await as('admin'))
    .put('/api/referrals/promos')
    .send({ data: [promo] })
    .expect(200);
  const { body } = await (await as('customer')).get('/api/referrals/my-code').expect(200);
  const code: string = body.referral_code;
  const share = (await as('customer')).post('/api/referrals/share').set('Idempotency-Key', 'share-1');
  await share.send({ channel: 'whatsapp' }).expect(200);
  await installation.settled();
  await installation.anybody.get(`/r/${tenantId}/${code}?c=whatsapp`).set('Cookie', visitor).expect(302);
  const signup = fixture('customer_signed_up');
  const referred = { ...signup, data: { ...signup.data, referral_code: code } };
  const { name: _, email: __, phone: ___, ...bare } = referred.data;
  const ownCode = { ...signup, id: 'shop-self', data: { ...bare, customer_id: john.customerId } };
  await (await as('service')).post('/api/events').send([referred, ownCode]).expect(202);
  await installation.settled();
  await (await as('service')).post('/api/events').send(fixture('purchase_completed')).expect(202);
  await installation.settled();
  await tellOfRedemptions(installation, await as('service'));
  return code;
}

/** John has spent some of his points; another customer has used the bonus for a milestone. */
async function tellOfRedemptions(installation: Installation, shop: Caller): Promise<void> {
  const reward = fixture('reward_issued').data;
  const bonus = { side: 'referrer', kind: 'milestone', type: 'discount_fixed', value: 500, currency: 'USD' };
  const data = { ...reward, ...bonus, reward_id: 'rwd_milestone_333', customer_id: 'cus_333' };
  await installation.publish([
    encodeEvent(rewardIssued, createEvent(rewardIssued, data, { identity: ['bonus'], occurredAt: exampleNow })),
  ]);
  await installation.settled();
  const redeem = () => shop.post('/api/checkout/redemptions');
  await redeem().send({ customer_id: john.customerId, order_id: 'ord_7', points: 30 }).expect(201);
  const discount_id = deriveId('dsc', data.reward_id);
  const used = { customer_id: data.customer_id, order_id: 'ord_8', discount_id };
  await redeem().set('Idempotency-Key', 'redeem-1').send(used).expect(201);
  await installation.settled();
}
