import { defaultProgram } from '@referral/contracts';
import type { TokenContent } from '@referral/host';
import { acmeWaste, createTenant, openReferralCode, type ReferralCode } from '../test/installation.ts';

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

interface As {
  readonly ifMatch?: string;
  readonly tenantId?: string;
  /** What the admin's token says of the admin. */
  readonly who?: Pick<TokenContent, 'name' | 'email'>;
}

/** A text is sent as it stands. */
async function putProgram(body: object | string, { ifMatch, tenantId = 'acme-waste', who = {} }: As = {}) {
  const admin = await installation.as({ kind: 'admin', tenantId, ...who });
  const call = admin.put('/api/referrals/program').set('Content-Type', 'application/json');
  return ifMatch === undefined ? call.send(body) : call.set('If-Match', ifMatch).send(body);
}

async function putConfig(body: object) {
  return (await installation.admin()).put('/api/referrals/config').send(body);
}

async function readProgram() {
  return (await installation.admin()).get('/api/referrals/program').expect(200);
}

describe('the programme', () => {
  it('is the default, version 0, until one is saved', async () => {
    const { body, headers } = await readProgram();
    expect(body).toEqual(defaultProgram);
    expect(headers.etag).toBe('"v0"');
  });

  it('is replaced only by those who have seen what they replace', async () => {
    const first = await putProgram(program);
    expect([first.status, first.headers.etag, first.body]).toEqual([200, '"v1"', program]);
    const disabled = { ...program, enabled: false };
    const without = await putProgram(disabled);
    expect([without.status, without.body.type]).toEqual([428, 'urn:referral:problem:precondition-required']);
    for (const stale of ['"v0"', 'v1', 'W/"v1"', '"v2"', '']) {
      expect((await putProgram(disabled, { ifMatch: stale })).status).toBe(412);
    }
    expect((await readProgram()).body).toEqual(program);
    const second = await putProgram(disabled, { ifMatch: '"v1"' });
    expect([second.status, second.headers.etag]).toEqual([200, '"v2"']);
    expect((await putProgram(program, { ifMatch: '*' })).headers.etag).toBe('"v3"');
  });

  // Whoever is too late has to talk to somebody, or to merge.
  it('tells who is too late whose change they have not seen', async () => {
    await putProgram(program, { who: { email: 'ann@acme.example', name: 'Ann' } });
    installation.clock.nowMs += 60_000;
    await putProgram({ ...program, enabled: false }, { ifMatch: '"v1"', who: { email: 'bob@acme.example' } });
    const { status, body } = await putProgram(program, { ifMatch: '"v1"' });
    expect(status).toBe(412);
    expect(body).toEqual({
      type: 'urn:referral:problem:precondition-failed',
      title: 'It was changed in the meantime',
      status: 412,
      detail: 'bob@acme.example saved version 2 at 2026-03-20T10:01:00.000Z. Read the programme again.',
      version: 2,
      changed_at: '2026-03-20T10:01:00.000Z',
      changed_by: 'bob@acme.example',
      request_id: expect.any(String),
    });
  });

  it('names nobody to who replaces what was never saved', async () => {
    const { status, body } = await putProgram(program, { ifMatch: '"v1"' });
    expect([status, body.version, body.changed_by]).toEqual([412, 0, undefined]);
    expect((await putProgram(program, { ifMatch: '"v0"' })).status).toBe(200);
  });

  it('lets one of two admins win who replace the same version at the same time', async () => {
    await putProgram(program);
    const saves = await Promise.all(
      [1, 2, 3].map((days) =>
        putProgram({ ...program, windows: { ...program.windows, reversal_days: days } }, { ifMatch: '"v1"' }),
      ),
    );
    expect(saves.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });

  it('makes no new version of what is the same', async () => {
    await putProgram(program);
    expect((await putProgram(program, { ifMatch: '"v1"' })).headers.etag).toBe('"v1"');
    expect(await installation.told('program_updated')).toHaveLength(1);
  });

  it('keeps all other settings when the short form changes its five', async () => {
    const windows = { attribution_days: 7, conversion_days: 8, reversal_days: 9 };
    await putProgram({ ...program, windows, landing_url: 'https://acme.example/join' });
    await putConfig({ ...config, referral_enabled: false });
    const { body, headers } = await readProgram();
    expect(body).toMatchObject({ enabled: false, windows, landing_url: 'https://acme.example/join' });
    expect(headers.etag).toBe('"v2"');
  });

  it('says where an amount of the short form is finer than the currency', async () => {
    const { body } = await putConfig({ ...config, referral_reward_value: 0.005 });
    expect(body.errors).toEqual([{ path: 'referral_reward_value', message: 'must have at most 2 decimals' }]);
  });
});

describe('a programme is refused, and the fault is named:', () => {
  interface Fault {
    readonly path: string;
    readonly message: string;
  }
  const at = (path: string, message: string = expect.any(String)): Fault => ({ path, message });
  const unknownField = 'is not a known field';
  const reward = (type: string, value: unknown) => ({ referrer_reward: { type, value } });
  const minimumSpend = (minimum_amount?: unknown) => ({ qualifying_event: { type: 'minimum_spend', minimum_amount } });
  const milestones = (...thresholds: unknown[]) => ({ milestones: thresholds.map((threshold) => ({ threshold })) });
  const bonus = (type: string, value: unknown) => ({ milestones: [{ threshold: 10, bonus: { type, value } }] });
  const rule = { name: 'launch', beneficiary: 'referrer', points: 5 };
  const value = 'referrer_reward.value';
  const minimum = 'qualifying_event.minimum_amount';
  const goesTogether = 'goes with minimum_spend, and only with it';

  it.each<[string, object, Fault]>([
    ['credit with too many decimals', reward('credit', 20.005), at(value, 'must have at most 2 decimals')],
    ['credit in fractions of a cent', reward('credit', 1e-7), at(value, 'must have at most 2 decimals')],
    ['percent with too many decimals', reward('discount_percent', 12.345), at(value, 'must have at most 2 decimals')],
    ['half a point', reward('points', 0.5), at(value, 'must be a whole number of points')],
    ['a minimum with too many decimals', minimumSpend(49.999), at(minimum, 'must have at most 2 decimals')],
    ['a bonus with too many decimals', bonus('credit', 0.001), at('milestones.0.bonus.value')],
    ['negative credit', reward('credit', -1), at(value)],
    ['negative percent', reward('discount_percent', -0.01), at(value)],
    ['a negative minimum', minimumSpend(-5), at(minimum)],
    ['a minimum of nothing', minimumSpend(0), at(minimum)],
    ['a negative bonus', bonus('points', -1), at('milestones.0.bonus.value')],
    ['credit beyond 2^53', reward('credit', 2 ** 53 + 2), at(value)],
    ['points beyond 2^53', reward('points', 2 ** 53 + 2), at(value)],
    ['a minimum beyond 2^53', minimumSpend(1e300), at(minimum)],
    ['a threshold beyond 2^53', milestones(2 ** 53 + 2), at('milestones.0.threshold')],
    ['more than all of it', reward('discount_percent', 100.01), at(value, 'must be a percentage between 0 and 100')],
    ['a bonus of more than all of it', bonus('discount_percent', 101), at('milestones.0.bonus.value')],
    ['an amount as text', reward('credit', '20'), at(value)],
    ['an unknown type of reward', reward('gold', 20), at('referrer_reward.type')],
    ['a type of reward without its value', { referrer_reward: { type: 'credit' } }, at(value, 'is required')],
    [
      'a minimum without minimum_spend',
      { qualifying_event: { type: 'signup', minimum_amount: 5 } },
      at(minimum, goesTogether),
    ],
    ['minimum_spend without a minimum', minimumSpend(), at(minimum, goesTogether)],
    ['thresholds out of order', milestones(10, 5), at('milestones', 'thresholds must rise')],
    ['a threshold twice', milestones(10, 10), at('milestones', 'thresholds must rise')],
    ['a threshold of no referral', milestones(0), at('milestones.0.threshold')],
    ['half a referral', milestones(1.5), at('milestones.0.threshold')],
    ['too many milestones', milestones(...Array.from({ length: 51 }, (_, n) => n + 1)), at('milestones')],
    [
      'names of rules that repeat',
      { earning_rules: [rule, { ...rule, points: 9 }] },
      at('earning_rules', 'names must differ'),
    ],
    ['a rule without a name', { earning_rules: [{ ...rule, name: '' }] }, at('earning_rules.0.name')],
    ['a rule that takes points', { earning_rules: [{ ...rule, points: -5 }] }, at('earning_rules.0.points')],
    ['a rule for nobody', { earning_rules: [{ ...rule, beneficiary: 'tenant' }] }, at('earning_rules.0.beneficiary')],
    ['reminders out of order', { nudge_after_hours: [48, 24] }, at('nudge_after_hours', 'hours must rise')],
    ['a negative window', { windows: { ...program.windows, attribution_days: -1 } }, at('windows.attribution_days')],
    ['a window without a day', { windows: { ...program.windows, reversal_days: 0 } }, at('windows.reversal_days')],
    [
      'a cap of none',
      { limits: { ...program.limits, max_referrals_per_referrer: 0 } },
      at('limits.max_referrals_per_referrer'),
    ],
    ['a negative cool-down', { limits: { ...program.limits, cooldown_seconds: -1 } }, at('limits.cooldown_seconds')],
    ['a landing page that is a script', { landing_url: 'javascript:alert(1)' }, at('landing_url')],
    ['an operator', { enabled: { $ne: null } }, at('enabled')],
    ['an unknown field', { version: 7 }, at('version', unknownField)],
    [
      'an unknown field of a reward',
      { referee_reward: { type: 'points', value: 1, currency: 'USD' } },
      at('referee_reward.currency', unknownField),
    ],
    [
      'an unknown field of the windows',
      { windows: { ...program.windows, grace_days: 1 } },
      at('windows.grace_days', unknownField),
    ],
    [
      'an unknown field of a milestone',
      { milestones: [{ threshold: 1, name: 'first' }] },
      at('milestones.0.name', unknownField),
    ],
    ['an unknown field of a rule', { earning_rules: [{ ...rule, if: 'x' }] }, at('earning_rules.0.if', unknownField)],
    ['a missing field', { milestones: undefined }, at('milestones', 'is required')],
  ])('%s', async (_what, change, fault) => {
    const { status, body } = await putProgram({ ...program, ...change });
    expect([status, body.type]).toEqual([400, 'urn:referral:problem:validation-failed']);
    expect(body.errors).toContainEqual(fault);
    expect(new Set(body.errors.map(({ path }: Fault) => path))).toEqual(new Set([fault.path]));
    expect((await readProgram()).headers.etag).toBe('"v0"');
  });

  it.each([
    ['a list in its place', '[]', 'validation-failed'],
    ['nothing in its place', 'null', 'malformed-json'],
    ['a number that only JSON can write', JSON.stringify(program).replace('12.5', '1e400'), 'validation-failed'],
  ])('%s', async (_what, text, type) => {
    const { status, body } = await putProgram(text);
    expect([status, body.type]).toEqual([400, `urn:referral:problem:${type}`]);
  });

  it('decimals that another currency than the dollar has', async () => {
    for (const [slug, currency] of Object.entries({ tokyo: 'JPY', kuwait: 'KWD' })) {
      await createTenant(installation, { ...acmeWaste, slug, currency });
    }
    const inTokyo = await putProgram({ ...program, ...reward('credit', 20.5) }, { tenantId: 'tokyo' });
    expect(inTokyo.body.errors).toEqual([{ path: value, message: 'must have at most 0 decimals' }]);
    const inKuwait = await putProgram({ ...program, ...reward('credit', 20.125) }, { tenantId: 'kuwait' });
    expect([inKuwait.status, inKuwait.body.referrer_reward.value]).toEqual([200, 20.125]);
  });
});
