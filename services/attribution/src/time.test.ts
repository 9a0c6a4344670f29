import type { CloudEvent, EncodedEvent, ProgramTerms } from '@referral/contracts';
import { customerKey } from '@referral/contracts';
import { BoundedMap } from '@referral/processing';
import { type Installation, type InstallationOptions, openInstallation } from '@referral/testing';
import { codeCreated, day, programSaved, purchased, refunded, signedUp, tenant, tenantExists } from '../test/world.ts';
import { referees } from './collections.ts';
import { attributionService } from './service.ts';
import { sweepReferees } from './stages/projections.ts';

/** What the clock brings about: windows that end, reminders that come due, waiting that is over. */

const code = 'AAAA2222';
const admin = { kind: 'admin', tenantId: tenant } as const;
const service = { kind: 'service', tenantId: tenant } as const;
const windows = { attribution_days: 30, conversion_days: 30, reversal_days: 10 };
const latenessMs = 24 * 3_600_000;

let now: number;
let installation: Installation;
const open = async (options: Partial<InstallationOptions> = {}) => {
  installation = await openInstallation({ services: [attributionService], clock: { now: () => now }, ...options });
};
beforeEach(async () => {
  now = Date.parse(day(2));
  await open();
});
afterEach(() => installation.close());

async function bring(...events: EncodedEvent[]): Promise<void> {
  await installation.publish(events);
  await installation.settled();
}

async function itIs(moment: string): Promise<void> {
  now = Date.parse(moment);
  await installation.settled();
}

const world = (nudge_after_hours: number[] = []) => [
  tenantExists(),
  programSaved({ windows, nudge_after_hours }),
  codeCreated('ann', code),
];
const bob = signedUp({ customer_id: 'bob', referral_code: code, occurred_at: day(2) });
const bobBuys = (occurred_at: string) => purchased({ customer_id: 'bob', order_id: 'o1', occurred_at });

const statusOfBob = async () => {
  const { body } = await (await installation.as(admin)).get('/api/referrals').expect(200);
  return body.data[0]?.status;
};
const fateOf = async (id: string) => (await (await installation.as(service)).get(`/api/events/${id}`).expect(200)).body;
const nudges = async (): Promise<CloudEvent[]> => installation.published('referral_nudge_due');

describe('the end of the conversion window', () => {
  test('expires the referral, once, and says so', async () => {
    await bring(...world(), bob);
    await itIs(day(32));
    expect(await statusOfBob()).toBe('attributed');
    await itIs(day(32, '00:00:01'));
    await itIs(day(40));
    expect(await statusOfBob()).toBe('expired');
    expect(await installation.published('referral_expired')).toMatchObject([
      { time: '2026-02-01T00:00:00.000Z', data: { status: 'expired', reason: 'conversion_window_passed' } },
    ]);
  });

  // What was said was said with what was known: the sale happened in time.
  test('gives way to a purchase from inside it that arrives later', async () => {
    await bring(...world(), bob);
    await itIs(day(40));
    await bring(bobBuys(day(20)));
    expect(await statusOfBob()).toBe('converted');
  });

  test('is not judged while facts are still coming in: not within a day of the last one', async () => {
    await bring(...world());
    now = Date.parse(day(100));
    await bring(bob);
    await itIs(day(100, '23:59:59'));
    expect(await statusOfBob()).toBe('attributed');
    await itIs(day(101));
    expect(await statusOfBob()).toBe('expired');
  });

  test('is found after a restart', async () => {
    await bring(...world(), bob);
    now = Date.parse(day(40));
    await installation.restart();
    await installation.settled();
    expect(await statusOfBob()).toBe('expired');
  });
});

describe('a reminder', () => {
  test('comes due after each configured number of hours, while nothing has been bought', async () => {
    await bring(...world([24, 48, 72]), bob);
    await itIs(day(3));
    await bring(bobBuys(day(3)));
    await itIs(day(4));
    await itIs(day(20));
    expect((await nudges()).map(({ data }) => data)).toEqual([
      {
        tenant_id: tenant,
        referral_id: expect.stringMatching(/^ref_/),
        referrer_customer_id: 'ann',
        referee_customer_id: 'bob',
        after_hours: 24,
        conversion_ends_at: '2026-02-01T00:00:00.000Z',
      },
    ]);
  });

  // Whoever imports the history of years writes to nobody.
  test('that is more than a day late is dropped, and recorded', async () => {
    await bring(...world([24]));
    now = Date.parse(day(4, '00:00:01'));
    await bring(bob);
    await itIs(day(5));
    expect(await nudges()).toEqual([]);
    const document = await installation.store.get(referees, customerKey(tenant, 'bob'));
    expect(document?.body.nudges).toMatchObject([{ after_hours: 24, status: 'dropped' }]);
  });

  test('is told once, however many processes look for it at the same moment, and after restarts', async () => {
    await bring(...world([24]), ...Array.from({ length: 20 }, (_, n) => signedUp({ ...signup(n) })));
    now = Date.parse(day(3));
    const replica = () => ({
      store: installation.store,
      bus: installation.bus,
      now: () => now,
      latenessMs,
      knownTerms: new BoundedMap<ProgramTerms>(),
    });
    await Promise.all(Array.from({ length: 4 }, () => sweepReferees(replica(), 60_000)));
    await installation.restart();
    await installation.settled();
    expect(await nudges()).toHaveLength(20);
  });

  test('that a crash kept from being told is told by the next sweep', async () => {
    await bring(...world([24]), bob);
    now = Date.parse(day(3));
    await installation.bus.close();
    await expect(installation.settled()).rejects.toThrow();
    await installation.restart();
    await installation.settled();
    expect(await nudges()).toMatchObject([{ data: { after_hours: 24 } }]);
  });
});

const signup = (n: number) => ({ customer_id: `cus_${n}`, referral_code: code, occurred_at: day(2) });

describe('a refund', () => {
  const refund = (order_id: string) => refunded({ customer_id: 'bob', order_id, amount: 2_000, occurred_at: day(4) });

  test('of all that qualified reverses the referral, when it was paid back', async () => {
    now = Date.parse(day(5));
    await bring(...world(), bob, bobBuys(day(3)));
    await bring(refund('o1'));
    expect(await statusOfBob()).toBe('reversed');
    const [reversed] = await installation.published('referral_reversed');
    expect(reversed).toMatchObject({
      time: '2026-01-04T00:00:00.000Z',
      data: { status: 'reversed', reason: 'refunded', cause: 'refund-o1', referrer_ordinal: 1 },
    });
    expect(await fateOf('refund-o1')).toMatchObject({
      status: 'effect',
      effects: [{ type: 'referral_reversed' }, { type: 'referral_revenue_changed' }],
    });
  });

  // Else the limits of a referrer would depend on how facts were batched.
  test('that comes together with all before it has taken its slot all the same', async () => {
    now = Date.parse(day(5));
    await bring(refund('o1'), bobBuys(day(3)), ...world(), bob);
    expect((await installation.published('referral_reversed')).at(-1)?.data).toMatchObject({
      revision: 3,
      referrer_ordinal: 1,
    });
  });

  test('waits for its sale for as long as a fact may be late, then is ignored, and counts if the sale comes after all', async () => {
    now = Date.parse(day(5));
    await bring(...world(), bob, refund('o1'));
    expect(await fateOf('refund-o1')).toMatchObject({ status: 'waiting' });
    now += latenessMs;
    expect(await fateOf('refund-o1')).toMatchObject({ status: 'ignored', reason: 'unknown_order' });
    await bring(bobBuys(day(3)));
    expect(await fateOf('refund-o1')).toMatchObject({ status: 'effect' });
    expect(await statusOfBob()).toBe('reversed');
  });
});
