import type { Platform } from './platform.ts';

/** Runs `referral audit` beside the running platform: every promise is kept to every tenant. */
export async function expectSound(platform: Platform): Promise<void> {
  const { code, stdout, stderr } = await platform.referral('audit').finished;
  // Whole, so that a failure shows the counter-examples.
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^(\d+) of \1 promises are kept to all tenants/),
    stderr: '',
  });
}
