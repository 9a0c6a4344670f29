import type { EncodedEvent } from '@referral/contracts';
import { type Installation, openInstallation } from '@referral/testing';
import { clicked, codeCreated, day, programSaved, purchased, signedUp, tenant, tenantExists } from '../test/world.ts';
import { referees } from './collections.ts';
import { attributionService } from './service.ts';

/** Waiting is written down, and ends: with what was waited for, or when its time is over. */

const service = { kind: 'service', tenantId: tenant } as const;
const code = 'KH7N4WP3';
const hourMs = 3_600_000;
const world = [tenantExists(), programSaved(), codeCreated('ann', code)];

let now: number;
let installation: Installation;
beforeEach(async () => {
  now = Date.parse(day(10));
  installation = await openInstallation({ services: [attributionService], clock: { now: () => now } });
});
afterEach(() => installation.close());

async function bring(...events: EncodedEvent[]): Promise<void> {
  await installation.publish(events);
  await installation.settled();
}

async function hoursPass(hours: number): Promise<void> {
  now += hours * hourMs;
  await installation.settled();
}

async function fateOf(eventId: string) {
  const { body } = await (await installation.as(service)).get(`/api/events/${eventId}`).expect(200);
  return body;
}

const attributed = { status: 'effect', effects: [{ type: 'referral_attributed' }] };
const bob = signedUp({ customer_id: 'bob', referral_code: code, occurred_at: day(2) });

test('a code that does not come within a day is unknown, and what has waited behind it goes on', async () => {
  const buys = purchased({ customer_id: 'bob', order_id: 'o1', referral_code: code, occurred_at: day(3) });
  const unknown = signedUp({ customer_id: 'bob', referral_code: 'YYYY2222', occurred_at: day(2) });
  await bring(...world, unknown, buys);
  await hoursPass(23.9);
  expect(await fateOf('signup-bob')).toMatchObject({ status: 'waiting', reason: `code:${tenant}:YYYY2222` });
  expect(await fateOf('purchase-o1')).toMatchObject({ status: 'waiting' });
  await hoursPass(0.1);
  expect(await fateOf('signup-bob')).toMatchObject({ status: 'ignored', reason: 'unknown_code' });
  expect(await fateOf('purchase-o1')).toMatchObject({ effects: [{ type: 'referral_attributed' }, {}, {}] });
});

test('what cannot be a code is not waited for', async () => {
  await bring(...world, signedUp({ customer_id: 'bob', referral_code: 'from a friend', occurred_at: day(2) }));
  expect(await fateOf('signup-bob')).toMatchObject({ status: 'ignored', reason: 'unknown_code' });
});

test('a profile that was announced with the code and does not come within a day is not waited for any longer', async () => {
  await bring(tenantExists(), programSaved(), codeCreated('ann', code, true), bob);
  expect(await fateOf('signup-bob')).toMatchObject({ status: 'waiting', reason: `profile:${tenant}:ann` });
  await hoursPass(24);
  expect(await fateOf('signup-bob')).toMatchObject(attributed);
});

test('one look ends the waiting of everybody whose time is over, however many, and of nobody else', async () => {
  const many = Array.from({ length: 1_001 }, (_, index) => `cus_${index}`);
  const signups = (ids: readonly string[]) =>
    ids.map((customer_id) => signedUp({ customer_id, referral_code: 'YYYY2222', occurred_at: day(2) }));
  await bring(...world, ...signups(many));
  now += hourMs;
  await bring(...signups(['late']));
  await hoursPass(23);
  const waiting = await installation.store.page(referees, {
    index: 'waiting_until',
    prefix: [],
    direction: 'ascending',
    limit: 10,
  });
  expect(waiting.items.map(({ body }) => body.customer_id)).toEqual(['late']);
});

test('a programme is waited for without end, and one that was never enabled is none', async () => {
  await bring(tenantExists(), programSaved({ enabled: false }), codeCreated('ann', code), bob);
  await hoursPass(1_000);
  expect(await fateOf('signup-bob')).toMatchObject({ status: 'waiting', reason: `program:${tenant}` });
  await bring(programSaved({}, 2, day(9)));
  expect(await fateOf('signup-bob')).toMatchObject(attributed);
});

test('a programme wakes everybody who waits for it, however many', async () => {
  const many = Array.from({ length: 1_001 }, (_, index) => `cus_${index}`);
  const signups = many.map((customer_id) => signedUp({ customer_id, visitor_id: 'kiosk', occurred_at: day(2) }));
  await bring(...signups);
  await bring(...world);
  const waiting = await installation.store.page(referees, {
    index: 'waiting_for',
    prefix: [],
    direction: 'ascending',
    limit: 1,
  });
  expect(waiting.items).toEqual([]);
});

test('a click finds the customers who came with its visitor before it, also at a place where hundreds sign up', async () => {
  const many = Array.from({ length: 250 }, (_, index) => `cus_${index}`);
  const signups = many.map((customer_id) => signedUp({ customer_id, visitor_id: 'kiosk', occurred_at: day(3) }));
  await bring(...world, ...signups);
  await bring(signedUp({ customer_id: 'bob', visitor_id: 'kiosk', occurred_at: day(3) }));
  await bring(clicked(code, 'kiosk', 'ann', day(2)));
  expect(await fateOf('signup-bob')).toMatchObject(attributed);
});
