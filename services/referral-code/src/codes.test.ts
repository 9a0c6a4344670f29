import { openReferralCode, type ReferralCode, startOfTest } from '../test/installation.ts';
import { accessCode, ownerOf } from './codes.ts';
import type { Context } from './context.ts';
import { generateVisitorId } from './random-ids.ts';

let installation: ReferralCode;

beforeEach(async () => {
  installation = await openReferralCode();
});

afterEach(() => installation.close());

/** Everything is real but chance. */
function contextWith(generated: readonly string[]): Context {
  const next = generated[Symbol.iterator]();
  return {
    store: installation.store,
    publicUrl: 'https://refer.example.com',
    maxWaiting: 10,
    now: () => startOfTest,
    generateCode: () => next.next().value ?? 'ZZZZZZZZ',
    generateVisitorId,
    publishSoon: () => {},
  };
}

const customer = (tenantId: string, customerId: string) => ({ tenantId, customerId, claims: {} });

it('a code that is taken stays with its owner, and the next customer gets another one', async () => {
  const context = contextWith(['AAAAAAAA', 'AAAAAAAA', 'AAAAAAAA', 'BBBBBBBB']);
  expect((await accessCode(context, customer('acme', 'cus_1'))).code).toBe('AAAAAAAA');
  expect((await accessCode(context, customer('acme', 'cus_2'))).code).toBe('BBBBBBBB');
  expect((await ownerOf(context.store, 'acme', 'aaaa-aaaa'))?.customer_id).toBe('cus_1');
});

it('codes are unique within a tenant, not across tenants', async () => {
  const context = contextWith(['AAAAAAAA', 'AAAAAAAA']);
  await accessCode(context, customer('acme', 'cus_1'));
  expect((await accessCode(context, customer('other', 'cus_1'))).code).toBe('AAAAAAAA');
});

it('a source of chance that only repeats itself ends in a failure that may heal, not in a loop', async () => {
  const context = contextWith([]);
  await accessCode(context, customer('acme', 'cus_1'));
  await expect(accessCode(context, customer('acme', 'cus_2'))).rejects.toMatchObject({ code: 'CODES_TAKEN' });
});
