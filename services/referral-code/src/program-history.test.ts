import { defaultProgram } from '@referral/contracts';
import { acmeWaste, createTenant, openReferralCode, type ReferralCode } from '../test/installation.ts';

let installation: ReferralCode;

beforeEach(async () => {
  installation = await openReferralCode();
  await createTenant(installation);
});

afterEach(() => installation.close());

const program = { ...defaultProgram, enabled: true };

async function save(body: object, who: { readonly email?: string; readonly name?: string } = {}): Promise<void> {
  const admin = await installation.as({ kind: 'admin', tenantId: 'acme-waste', ...who });
  await admin.put('/api/referrals/program').set('If-Match', '*').send(body).expect(200);
}

/** As many versions; each has another cool-down. */
async function saveVersions(count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    await save({ ...program, limits: { ...program.limits, cooldown_seconds: n } });
  }
}

async function history(query: Readonly<Record<string, string>> = {}, tenantId?: string) {
  return (await installation.admin(tenantId)).get('/api/referrals/program/history').query(query);
}

interface Version {
  readonly version: number;
}
const versionsOf = ({ body }: { readonly body: { readonly data: readonly Version[] } }) =>
  body.data.map(({ version }) => version);

describe('the history of a programme', () => {
  it('is empty until one is saved, and each tenant’s own', async () => {
    await createTenant(installation, { ...acmeWaste, slug: 'other' });
    await save(program);
    for (const tenantId of ['other', 'acme-waste']) {
      const { status, body } = await history({}, tenantId);
      expect([status, body.data.length, body.next_cursor]).toEqual([200, tenantId === 'other' ? 0 : 1, null]);
    }
  });

  it('says who changed what and when, the newest first, whichever call it was', async () => {
    const credit = { type: 'credit', value: 20 };
    await save({ ...program, milestones: [{ threshold: 5 }, { threshold: 10 }] }, { email: 'ann@acme.example' });
    installation.clock.nowMs += 60_000;
    await save({ ...program, milestones: [{ threshold: 5, bonus: credit }] }, { name: 'Bob' });
    await save({ ...program, milestones: [{ threshold: 5, bonus: credit }] }, { name: 'who changes nothing' });
    const config = {
      referral_enabled: false,
      referral_reward_type: 'points',
      referral_reward_value: 100,
      referral_reward_referee_type: null,
      referral_reward_referee_value: null,
    };
    await (await installation.admin()).put('/api/referrals/config').send(config).expect(200);

    const { body } = await history();
    const at = ['2026-03-20T10:00:00.000Z', '2026-03-20T10:01:00.000Z', '2026-03-20T10:01:00.001Z'];
    expect(body).toEqual({
      data: [
        {
          version: 3,
          effective_at: at[2],
          changed_at: at[1],
          changed_by: 'admin',
          program: {
            ...program,
            enabled: false,
            referrer_reward: { type: 'points', value: 100 },
            milestones: [{ threshold: 5, bonus: credit }],
          },
          changes: [
            { path: 'enabled', before: true, after: false },
            { path: 'referrer_reward.type', before: null, after: 'points' },
            { path: 'referrer_reward.value', before: null, after: 100 },
          ],
        },
        {
          version: 2,
          effective_at: at[1],
          changed_at: at[1],
          changed_by: 'Bob',
          program: { ...program, milestones: [{ threshold: 5, bonus: credit }] },
          changes: [
            { path: 'milestones.0.bonus.type', before: null, after: 'credit' },
            { path: 'milestones.0.bonus.value', before: null, after: 20 },
            { path: 'milestones.1.threshold', before: 10, after: null },
          ],
        },
        {
          version: 1,
          effective_at: at[0],
          changed_at: at[0],
          changed_by: 'ann@acme.example',
          program: { ...program, milestones: [{ threshold: 5 }, { threshold: 10 }] },
          changes: [
            { path: 'enabled', before: false, after: true },
            { path: 'milestones.0.threshold', before: 10, after: 5 },
            { path: 'milestones.1.threshold', before: null, after: 10 },
          ],
        },
      ],
      next_cursor: null,
    });
  });

  it('comes in pages that neither repeat nor miss a version while others are saved', async () => {
    await saveVersions(5);
    const first = await history({ limit: '2' });
    expect(versionsOf(first)).toEqual([5, 4]);
    await save({ ...program, enabled: false });
    const second = await history({ limit: '2', cursor: first.body.next_cursor });
    expect(versionsOf(second)).toEqual([3, 2]);
    const third = await history({ limit: '2', cursor: second.body.next_cursor });
    expect([versionsOf(third), third.body.next_cursor]).toEqual([[1], null]);
    // The last row of a page is compared with what stands on the next one.
    const change = { path: 'limits.cooldown_seconds', before: 1, after: 2 };
    expect(second.body.data[1].changes).toEqual([change]);
  });

  it('shows fifty versions where nothing else is asked for, and ends with a full page', async () => {
    await saveVersions(51);
    const { body } = await history();
    expect([body.data.length, body.data[49].version]).toEqual([50, 2]);
    const all = await history({ limit: '51' });
    expect([versionsOf(all).at(-1), all.body.next_cursor]).toEqual([1, null]);
  });

  it.each([
    ['no row', { limit: '0' }, 'limit'],
    ['too many rows', { limit: '201' }, 'limit'],
    ['an unknown parameter', { version: '1' }, 'version'],
    ['a cursor that is none', { cursor: 'page-2' }, 'cursor'],
    ['a cursor to the version in force', { cursor: cursorTo('3') }, 'cursor'],
    ['a cursor beyond it', { cursor: cursorTo('4') }, 'cursor'],
    ['a cursor to before the first', { cursor: cursorTo('0') }, 'cursor'],
    ['a cursor that is written otherwise', { cursor: cursorTo('1e0') }, 'cursor'],
  ])('refuses %s', async (_what, query, path) => {
    await saveVersions(3);
    const { status, body } = await history(query);
    expect([status, body.errors.map((error: { path: string }) => error.path)]).toEqual([400, [path]]);
  });
});

function cursorTo(version: string): string {
  return Buffer.from(version).toString('base64url');
}
