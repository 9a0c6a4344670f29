import type { Platform } from './platform.ts';

/** Runs `referral audit` beside the running platform: every promise is kept to every tenant. */
export async function expectSound(platform: Platform): Promise<void> {
  // A referee that a dead process left unsettled is looked at again after a minute, by a sweep that comes once a minute.
  const { code, stdout, stderr } = await platform.referral('audit', '--wait', '240').finished;
  // Whole, so that a failure shows the counter-examples.
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^(\d+) of \1 promises are kept to all tenants/),
    stderr: '',
  });
}
