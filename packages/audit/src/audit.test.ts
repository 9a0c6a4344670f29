import {
  createEvent,
  customerSignedUp,
  discountGranted,
  type EncodedEvent,
  encodeEvent,
  loyaltyPointsPosted,
  referralId,
  referralMilestoneReached,
  referralNudgeDue,
} from '@referral/contracts';
import { type Body, type Copy, openWorld, tenant, type World } from '../test/world.ts';
import type { AuditReport } from './audit.ts';
import { checks } from './checks.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

async function findings(tenantId?: string) {
  const report = await world.audit(tenantId);
  expect(report).toMatchObject({ under_way: 0 });
  return report.checks.flatMap(({ name, findings: found }) => found.map((finding) => ({ check: name, ...finding })));
}

test('finds nothing in what the services have written, of all or of one', async () => {
  expect(await findings()).toEqual([]);
  expect(await findings(tenant)).toEqual([]);
});

test('has looked at something of every kind', async () => {
  const topics = [loyaltyPointsPosted, discountGranted, referralMilestoneReached, referralNudgeDue];
  for (const { type } of topics) expect(await world.published(type)).not.toEqual([]);
  const kept = ['attribution.referrals', 'reward-issuer.book', 'reward-issuer.milestones', 'reward-issuer.spending'];
  await inCopy(async (copy) => {
    for (const collection of kept) expect(await copy.documents(collection)).not.toEqual([]);
  });
});

/** What stands at a dotted path is replaced by what `change` makes of it. */
function at(path: string, change: (value: never) => unknown) {
  return (body: Body): Body => {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let target: Body = body;
    for (const name of names) target = target[name] as Body;
    target[last] = change(target[last] as never);
    return body;
  };
}

const more = (value: number) => value + 1;
const ofBob = referralId(tenant, 'ann', 'bob');
const ofCid = referralId(tenant, 'ann', 'cid');
const ofFay = referralId(tenant, 'ann', 'fay');
const journalOfBob = `${tenant}:bob`;

interface Corruption {
  readonly of: string;
  readonly collection: string;
  readonly id?: string;
  /** Where the id is not known beforehand. */
  readonly where?: (body: Body) => boolean;
  readonly change: (body: Body) => Body;
  /** Checks that hold the very same against something else, where one corruption breaks two promises. */
  readonly also?: readonly string[];
}

const corruptions: readonly Corruption[] = [
  {
    of: 'records-are-readable',
    collection: 'attribution.dead-letters',
    id: 'dlq_0',
    change: () => ({ tenant_id: tenant, event_id: 7 }),
  },
  {
    of: 'inputs-are-recorded',
    collection: 'attribution.inputs',
    id: `${tenant}:lost`,
    change: () => ({ claims: [{ source: '/shop', type: 'purchase_completed', customer_id: 'bob', content: '' }] }),
  },
  {
    of: 'codes-are-unique',
    collection: 'attribution.codes',
    change: at('customer_id', () => 'zoe'),
  },
  {
    of: 'one-referrer-per-referee',
    collection: 'attribution.referees',
    id: `${tenant}:bob`,
    change: at('verdicts', (verdicts: Body[]) => [...verdicts, ...verdicts]),
  },
  {
    of: 'verdicts-follow-facts',
    collection: 'attribution.referees',
    id: `${tenant}:bob`,
    change: at('facts', (facts: Body[]) => facts.map((fact) => ({ ...fact, amount: 1 }))),
  },
  {
    of: 'verdicts-are-applied',
    collection: 'attribution.referees',
    id: `${tenant}:bob`,
    change: at('verdicts.0.revision', more),
  },
  {
    of: 'limits-are-respected',
    collection: 'attribution.referrals',
    id: ofBob,
    change: at('slot.because.conversions_counted', () => 2),
  },
  {
    of: 'limits-are-respected',
    collection: 'attribution.referrers',
    change: at('counted', more),
  },
  {
    of: 'journal-entries-balance',
    collection: 'reward-issuer.journal',
    id: journalOfBob,
    change: at('entries.0.postings', (postings: Body[]) =>
      postings.map((posting) => (posting.account === 'program' ? { ...posting, amount: -99 } : posting)),
    ),
    also: ['ledger-sums-to-zero', 'seals-are-intact'],
  },
  {
    of: 'ledger-sums-to-zero',
    collection: 'reward-issuer.book',
    where: ({ kind }) => kind === 'referral',
    change: at('postings.0.amount', more),
    also: ['seals-are-intact'],
  },
  {
    of: 'seals-are-intact',
    collection: 'reward-issuer.seals',
    id: `${tenant}:2`,
    change: at('previous_hash', () => '0'),
  },
  {
    of: 'seals-are-intact',
    collection: 'reward-issuer.book',
    where: ({ kind }) => kind === 'referral',
    change: at('cause', () => 'another event'),
  },
  {
    of: 'totals-follow-book',
    collection: 'reward-issuer.seals',
    id: `${tenant}:2`,
    change: at('totals.points.issued', more),
  },
  {
    of: 'one-reward-per-side',
    collection: 'reward-issuer.journal',
    id: journalOfBob,
    change: at('granted', (granted: Body[]) => granted.slice(1)),
  },
  {
    of: 'both-sides-or-as-agreed',
    collection: 'attribution.programs',
    id: tenant,
    change: at('versions.0.terms.earning_rules', (rules: Body[]) => [
      ...rules,
      { name: 'forgotten', beneficiary: 'referee', points: 1 },
    ]),
  },
  {
    of: 'amounts-follow-terms',
    collection: 'attribution.programs',
    id: tenant,
    change: at('versions.0.terms.referrer_reward.value', more),
  },
  {
    of: 'reversed-at-most-issued',
    collection: 'reward-issuer.journal',
    id: journalOfBob,
    change: at('entries.0.issued', (issued: Body[]) => [...issued, ...issued]),
  },
  {
    of: 'rewards-are-listed',
    collection: 'reward-issuer.rewards',
    change: at('value', more),
  },
  {
    of: 'balances-follow-postings',
    collection: 'reward-issuer.accounts',
    change: at('counters', (counters: Body) => ({ ...counters, credit_EUR: 1 })),
  },
  {
    of: 'balances-follow-postings',
    collection: 'reward-issuer.postings',
    id: 'pst_0',
    change: () => ({
      ...{ tenant_id: tenant, customer_id: 'zoe', entry_id: 'jen_0', occurred_at: '2026-03-01T00:00:00Z' },
      ...{ revision: 1, contributions: {} },
    }),
  },
  {
    of: 'debts-come-from-reversals',
    collection: 'reward-issuer.accounts',
    change: (body) => ({
      ...body,
      counters: { ...(body.counters as Body), credit_EUR: -1 },
      absorbed: { ...(body.absorbed as Body), pst_0: { revision: 1, counters: { credit_EUR: -1 } } },
    }),
    also: ['balances-follow-postings'],
  },
  {
    of: 'discounts-follow-rewards',
    collection: 'reward-issuer.discounts',
    where: ({ status }) => status === 'used',
    change: at('use', () => undefined),
  },
  {
    of: 'spending-follows-orders',
    collection: 'reward-issuer.spending',
    change: at('counters', (counters: Body) => ({ ...counters, EUR: 1 })),
  },
  {
    of: 'referral-events',
    collection: 'attribution.referrals',
    id: ofFay,
    change: at('has_converted', () => true),
  },
  {
    of: 'discount-events',
    collection: 'reward-issuer.discounts',
    where: ({ status }) => status === 'used',
    change: at('revision', more),
  },
  {
    of: 'figures-add-up',
    collection: 'analytics.folds',
    change: at('counters', (counters: Body) => ({ ...counters, rewards_issued: 1_000 })),
  },
  {
    of: 'figures-add-up',
    collection: 'referral-code.referrers',
    change: at('counters.successful', more),
  },
  {
    of: 'figures-follow-referrals',
    collection: 'analytics.facts',
    where: ({ status }) => status === 'reversed',
    change: at('status', () => 'converted'),
  },
];

const day = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString();
const about = (...identity: readonly (string | number)[]) => ({ identity, occurredAt: day(80) });
const ownership = { tenant_id: tenant, customer_id: 'ann' };

const publications: readonly [check: string, event: EncodedEvent][] = [
  [
    'reward-events',
    encodeEvent(
      loyaltyPointsPosted,
      createEvent(
        loyaltyPointsPosted,
        { ...ownership, posting_id: 'pst_0', entry_id: 'jen_0', points: 5, occurred_at: day(80) },
        about('pst_0'),
      ),
    ),
  ],
  [
    'milestone-events',
    encodeEvent(
      referralMilestoneReached,
      createEvent(
        referralMilestoneReached,
        { tenant_id: tenant, referrer_customer_id: 'ann', threshold: 5, referrer_ordinal: 5, referral_id: ofBob },
        about('ann', 5),
      ),
    ),
  ],
  [
    'nudge-events',
    encodeEvent(
      referralNudgeDue,
      createEvent(
        referralNudgeDue,
        {
          ...{ tenant_id: tenant, referrer_customer_id: 'ann', referee_customer_id: 'bob', after_hours: 1 },
          ...{ referral_id: ofBob, conversion_ends_at: day(90) },
        },
        about(ofBob, 1),
      ),
    ),
  ],
];

/** The first document that the corruption is possible in. */
async function idFor(copy: Copy, { collection, id, where = () => true }: Corruption): Promise<string> {
  if (id !== undefined) return id;
  const found = (await copy.documents(collection)).find(({ body }) => where(body));
  if (!found) throw new Error(`nothing in ${collection} can be corrupted so`);
  return found.id;
}

async function inCopy(work: (copy: Copy) => Promise<void>): Promise<void> {
  const copy = await world.copy();
  try {
    await work(copy);
  } finally {
    await copy.remove();
  }
}

const checksThatFound = (report: AuditReport) =>
  report.checks.filter(({ findings }) => findings.length > 0).map(({ name }) => name);

describe('a single corruption is found by the check that it is about', () => {
  test.each(corruptions.map((one): [string, string, Corruption] => [one.of, one.collection, one]))(
    '%s, in %s',
    (name, collection, corruption) =>
      inCopy(async (copy) => {
        await copy.corrupt(collection, await idFor(copy, corruption), corruption.change);
        const report = await copy.audit();
        expect(checksThatFound(report).sort()).toEqual([name, ...(corruption.also ?? [])].sort());
        const found = report.checks.flatMap(({ findings }) => findings);
        expect(found.filter(({ id, message }) => id === '' || message === '')).toEqual([]);
      }),
  );

  test.each(publications)('%s, in its topic', (name, event) =>
    inCopy(async (copy) => {
      await copy.publish([event]);
      // No service works it off, so there is nothing to wait for.
      expect(checksThatFound(await copy.audit({ waitMs: 0 }))).toEqual([name]);
    }),
  );

  test('there is a corruption for every check', () => {
    const covered = new Set([...corruptions.map(({ of }) => of), ...publications.map(([name]) => name)]);
    expect(checks.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
  });
});

describe('what is in flight is no finding', () => {
  test('an event that was published a moment ago is waited for', async () => {
    const data = { tenant_id: tenant, customer_id: 'gus', referral_code: world.code, occurred_at: day(80) };
    const event = { specversion: '1.0', id: 'signup-gus', source: '/shop', type: 'customer_signed_up', data } as const;
    await world.publish([encodeEvent(customerSignedUp, { ...event, time: day(80) })]);
    expect(await world.audit()).toMatchObject({ under_way: 0 });
    expect(await findings()).toEqual([]);
  });

  test('what nobody works off in time is told to be under way', () =>
    inCopy(async (copy) => {
      await copy.publish(publications.slice(0, 1).map(([, event]) => event));
      expect(await copy.audit({ waitMs: 0 })).toMatchObject({ under_way: 1 });
    }));

  test('what only one of two looks has seen is not told', () =>
    inCopy(async (copy) => {
      const damage = at('slot.because.conversions_counted', () => 2);
      const repair = at('slot.because.conversions_counted', () => 0);
      await copy.corrupt('attribution.referrals', ofBob, damage);
      expect(checksThatFound(await copy.audit())).toEqual(['limits-are-respected']);
      let opened = 0;
      const report = await copy.audit({
        open: async () => {
          opened += 1;
          // Waiting opens once, the first look once.
          if (opened === 3) {
            await copy.corrupt('attribution.referrals', ofBob, repair);
            await copy.corrupt('attribution.referrals', ofCid, damage);
          }
          return copy.open();
        },
      });
      expect(opened).toBe(4);
      expect(checksThatFound(report)).toEqual([]);
    }));
});

// A rebuild leaves the figures under another name.
test('the figures are those of the current generation', () =>
  inCopy(async (copy) => {
    await copy.corrupt('analytics.generations', 'current', () => ({ current: 2 }));
    expect(checksThatFound(await copy.audit())).toEqual(['figures-follow-referrals']);
    for (const collection of ['analytics.folds', 'analytics.facts']) {
      for (const { id, body } of await copy.documents(collection)) {
        await copy.corrupt(`${collection}.2`, id, () => body);
        await copy.corrupt(collection, id, () => ({ counters: { converted: 1_000 }, absorbed: {} }));
      }
    }
    expect(checksThatFound(await copy.audit())).toEqual([]);
    const [fold] = await copy.documents('analytics.folds.2');
    await copy.corrupt('analytics.folds.2', fold?.id ?? '', (body) => ({ ...body, counters: { converted: 1_000 } }));
    expect(checksThatFound(await copy.audit())).toEqual(['figures-add-up']);
  }));

test('one tenant’s audit is about that tenant alone', () =>
  inCopy(async (copy) => {
    await copy.corrupt('reward-issuer.rewards', 'rwd_0', () => ({
      ...{ tenant_id: 'other', customer_id: 'zoe', type: 'points', value: 1 },
    }));
    expect(checksThatFound(await copy.audit())).toEqual(['rewards-are-listed']);
    expect(checksThatFound(await copy.audit({ tenantId: 'other' }))).toEqual(['rewards-are-listed']);
    expect(checksThatFound(await copy.audit({ tenantId: tenant }))).toEqual([]);
  }));

test('what retention has removed is not missed', () =>
  inCopy(async (copy) => {
    const inTwoYears = Date.parse(day(81 + 2 * 365));
    await copy.corrupt(
      'attribution.referrals',
      ofFay,
      at('has_converted', () => true),
    );
    expect(checksThatFound(await copy.audit())).toEqual(['referral-events']);
    expect(checksThatFound(await copy.audit({ now: () => inTwoYears }))).toEqual([]);
  }));
