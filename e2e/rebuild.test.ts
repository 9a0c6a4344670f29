import { expectSound } from './audit.ts';
import type { Platform } from './platform.ts';
import { createStandalone } from './standalone-platform.ts';

// Real processes, and what the demo plays through them.
jest.setTimeout(120_000);

const admin = { kind: 'admin', tenantId: 'acme-waste' } as const;
let platform: Platform;
beforeEach(async () => {
  platform = await createStandalone();
  await platform.start();
});
afterEach(() => platform.remove());

async function figures(): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const path of ['summary', 'channels', 'leaderboard']) {
    const { status, body } = await platform.get(`/api/loyalty/referrals/${path}`, admin);
    const { as_of: _, ...rest } = body;
    answers.push({ status, ...rest });
  }
  return answers;
}

test('the command makes the figures anew, and they are those of before', async () => {
  expect(await platform.referral('demo', '--run', 'rebuild').finished).toMatchObject({ code: 0 });
  const before = await figures();
  expect(before[0]).toMatchObject({ status: 200, referrals: { converted: 1 }, rewards: { issued: 2 } });
  for (const generation of [2, 3]) {
    const { code, stdout, stderr } = await platform.referral('rebuild', 'analytics').finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^The figures are rebuilt: facts \d+, seconds \d+\.\d\n$/);
    const { body } = await platform.get('/api/analytics/rebuild', { kind: 'admin', scopes: ['platform'] });
    expect(body).toMatchObject({ state: 'idle', generation });
    expect(await figures()).toEqual(before);
  }
  await expectSound(platform);
  await platform.killHard();
  await platform.start();
  expect(await figures()).toEqual(before);
});
