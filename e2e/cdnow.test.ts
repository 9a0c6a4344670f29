import { cdnowFile, compareWithFile } from './cdnow.ts';
import { expectCdnow } from './cdnow-expectation.ts';
import type { Platform } from './platform.ts';
import { createStandalone } from './standalone-platform.ts';

const tenant = 'acme-waste';
const admin = { kind: 'admin', tenantId: tenant } as const;
const expected = expectCdnow(cdnowFile);

let platform: Platform;
beforeEach(async () => {
  platform = await createStandalone();
  await platform.start();
});
afterEach(() => platform.remove());

const importAll = () => platform.referral('import', 'cdnow', cdnowFile, '--tenant', tenant, '--wait');

describe('18 months of real purchases', () => {
  test('come to what the raw file says, and importing them again changes nothing', async () => {
    const first = await importAll().finished;
    expect(first).toMatchObject({ code: 0, stderr: '' });
    await compareWithFile(platform, expected, tenant);

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
  });
});

/** Resolves when this many referrals have converted: a moment in the middle, whatever the speed of the machine. */
async function reached(conversions: number): Promise<void> {
  for (;;) {
    const { body } = await platform.get('/api/loyalty/referrals/summary', admin);
    if (body.referrals.converted >= conversions) return;
  }
}
