import { defaultProgram } from '@referral/contracts';
import { expectSound } from './audit.ts';
import { allOf, cdnowFile, compareWithFile } from './cdnow.ts';
import { expectCdnow, expectSpenders, type Spender } from './cdnow-expectation.ts';
import type { Json, Platform } from './platform.ts';
import { createStandalone } from './standalone-platform.ts';

// The whole history runs through real processes, once per programme.
jest.setTimeout(240_000);

const tenant = 'acme-waste';
const admin = { kind: 'admin', tenantId: tenant } as const;
const expected = expectCdnow(cdnowFile);

let platform: Platform;
beforeEach(async () => {
  platform = await createStandalone();
  await platform.start();
});
afterEach(() => platform.remove());

const importAll = (into = tenant) => platform.referral('import', 'cdnow', cdnowFile, '--tenant', into, '--wait');

/** Another tenant with a programme of its own, and the whole history in it. */
async function importUnder(slug: string, program: object): Promise<void> {
  const made = await platform.post(
    '/api/tenants',
    { slug, name: 'A music shop', currency: 'USD', time_zone: 'UTC' },
    { kind: 'admin', scopes: ['platform'] },
  );
  expect(made.status).toBe(201);
  const saved = await platform.put(
    '/api/referrals/program',
    { ...defaultProgram, enabled: true, ...program },
    { kind: 'admin', tenantId: slug },
  );
  expect(saved.status).toBe(200);
  expect(await importAll(slug).finished).toMatchObject({ code: 0, stderr: '' });
}

describe('18 months of real purchases', () => {
  test('come to what the raw file says, and importing them again changes nothing', async () => {
    const first = await importAll().finished;
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect((await platform.get('/api/loyalty/referrals/summary', admin)).body.lag_events).toBe(0);
    await compareWithFile(platform, expected, tenant);
    await expectSound(platform);

    const again = await importAll().finished;
    expect(again).toMatchObject({ code: 0 });
    await compareWithFile(platform, expected, tenant);
  });

  // Value is given out exactly once whatever crashes: the process is killed where it stands, three times.
  test('come to the same when the process is killed in the middle', async () => {
    const importing = importAll();
    for (const share of [0.1, 0.4, 0.7]) {
      await reached(Math.floor(expected.converted * share));
      await platform.killHard();
      await platform.start();
    }
    expect(await importing.finished).toMatchObject({ code: 0 });
    await compareWithFile(platform, expected, tenant);
    await expectSound(platform);
  });
});

describe('the same purchases under other programmes', () => {
  const balanceOf = async (tenantId: string, customer: string): Promise<Json> =>
    (await platform.get(`/api/customers/${customer}/balance`, { kind: 'admin', tenantId })).body;
  const countBy = (keys: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };

  test('50 dollars spent, at most 10 per referrer, a week between two: to the cent and the slot', async () => {
    const slug = 'spends-fifty';
    const limits = { max_referrals_per_referrer: 10, cooldown_seconds: 7 * 86_400, over_limit: 'referee_only' };
    await importUnder(slug, {
      qualifying_event: { type: 'minimum_spend', minimum_amount: 50 },
      referrer_reward: { type: 'points', value: 100 },
      referee_reward: { type: 'credit', value: 5 },
      limits,
      milestones: [],
    });
    const spenders = expectSpenders(cdnowFile, 5_000);
    const referrals = await allOf(platform, '/api/referrals', slug);
    const converted = referrals.filter(({ status }) => status === 'converted');
    expect(converted.map((row) => row.referee_customer_id).sort()).toEqual(spenders.map((one) => one.referee).sort());
    expect(new Set(referrals.map(({ status }) => status))).toEqual(new Set(['converted', 'attributed']));

    const ordinals = await expectLimits(slug, converted, spenders, limits);
    for (const referrer of new Set(spenders.map((one) => one.referrer))) {
      const earned = ordinals.filter((one) => one.referrer === referrer && one.ordinal !== null).length * 100;
      expect({ referrer, points: (await balanceOf(slug, referrer)).points }).toEqual({ referrer, points: earned });
    }
    const rewards = await allOf(platform, '/api/rewards', slug);
    const credits = rewards.filter(({ side }) => side === 'referee');
    expect(credits.map(({ customer_id }) => customer_id).sort()).toEqual(spenders.map((one) => one.referee).sort());
    expect(credits.every(({ type, value, currency }) => type === 'credit' && value === 5 && currency === 'USD')).toBe(
      true,
    );
    const [first] = spenders;
    expect((await balanceOf(slug, first?.referee ?? '')).credit).toEqual([{ currency: 'USD', amount: 5 }]);
    await expectSound(platform);
  });

  test('a signup, with points, earning rules and a milestone', async () => {
    const slug = 'signs-up';
    await importUnder(slug, {
      qualifying_event: { type: 'signup' },
      referrer_reward: { type: 'points', value: 50 },
      referee_reward: { type: 'points', value: 20 },
      earning_rules: [
        { name: 'thanks', beneficiary: 'referrer', points: 7 },
        { name: 'welcome', beneficiary: 'referee', points: 3 },
      ],
      milestones: [{ threshold: 10, bonus: { type: 'points', value: 500 } }],
    });
    const brought = Object.entries(expected.referrers);
    const referrals = await allOf(platform, '/api/referrals', slug);
    expect(referrals.filter(({ status }) => status === 'converted')).toHaveLength(expected.attributed);
    const perReferrer = countBy(referrals.map((row) => row.referrer_customer_id));
    expect([...perReferrer.keys()].sort()).toEqual(brought.map(([referrer]) => referrer).sort());
    for (const [referrer, count] of perReferrer) {
      const points = count * 57 + (count >= 10 ? 500 : 0);
      expect({ referrer, points: (await balanceOf(slug, referrer)).points }).toEqual({ referrer, points });
    }
    for (const { referee_customer_id } of referrals.slice(0, 20)) {
      expect((await balanceOf(slug, referee_customer_id)).points).toBe(23);
    }
    const kinds = countBy((await allOf(platform, '/api/rewards', slug)).map(({ kind, side }) => `${kind} ${side}`));
    expect(Object.fromEntries(kinds)).toEqual({
      'referral referrer': expected.attributed,
      'referral referee': expected.attributed,
      'earning_rule referrer': expected.attributed,
      'earning_rule referee': expected.attributed,
      'milestone referrer': [...perReferrer.values()].filter((count) => count >= 10).length,
    });
    await expectSound(platform);
  });

  interface Slot {
    readonly referrer: string;
    readonly ordinal: number | null;
    readonly convertedAt: number;
    /** How many of the referrer's conversions had counted when this one came. */
    readonly counted: number;
    readonly outcome: string;
  }

  /**
   * Replays the limits in the order that was recorded: an ordinal says which conversion counted as the n-th, and what did
   * not count says after how many it came.
   */
  async function expectLimits(
    slug: string,
    converted: readonly Json[],
    spenders: readonly Spender[],
    limits: { readonly max_referrals_per_referrer: number; readonly cooldown_seconds: number },
  ): Promise<Slot[]> {
    const momentOf = new Map(spenders.map(({ referee, convertedAt }) => [referee, convertedAt]));
    const slots: Slot[] = [];
    for (const { id, referrer_customer_id, referee_customer_id, referrer_ordinal } of converted) {
      const { body } = await platform.get(`/api/referrals/${id}`, { kind: 'admin', tenantId: slug });
      const decision = body.decisions.find(({ id: decisionId }: Json) => decisionId.endsWith('_limits'));
      expect(Date.parse(body.converted_at)).toBe(momentOf.get(referee_customer_id));
      slots.push({
        referrer: referrer_customer_id,
        ordinal: referrer_ordinal,
        convertedAt: Date.parse(body.converted_at),
        counted: decision.because.conversions_counted,
        outcome: decision.reason,
      });
    }
    for (const referrer of new Set(slots.map((slot) => slot.referrer))) {
      const own = slots.filter((slot) => slot.referrer === referrer);
      const inTurn = own.filter(({ ordinal }) => ordinal !== null).sort((a, b) => (a.ordinal ?? 0) - (b.ordinal ?? 0));
      expect(inTurn.map(({ ordinal }) => ordinal)).toEqual(inTurn.map((_, index) => index + 1));
      for (const slot of own) {
        const before = inTurn.slice(0, slot.counted).map(({ convertedAt }) => convertedAt);
        const sinceLast = before.length > 0 ? Math.abs(slot.convertedAt - Math.max(...before)) / 1_000 : undefined;
        const isFull = slot.counted >= limits.max_referrals_per_referrer;
        const isTooSoon = sinceLast !== undefined && sinceLast < limits.cooldown_seconds;
        const expectedOutcome = isFull
          ? 'max_referrals_per_referrer'
          : isTooSoon
            ? 'cooldown_seconds'
            : 'within_limits';
        expect({ ...slot, outcome: slot.outcome }).toEqual({ ...slot, outcome: expectedOutcome });
        expect(slot.ordinal).toBe(expectedOutcome === 'within_limits' ? slot.counted + 1 : null);
      }
    }
    return slots;
  }
});

/** Resolves when this many referrals have converted: a moment in the middle, whatever the speed of the machine. */
async function reached(conversions: number): Promise<void> {
  for (;;) {
    const { body } = await platform.get('/api/loyalty/referrals/summary', admin);
    if (body.referrals.converted >= conversions) return;
  }
}
