import { readFileSync, writeFileSync } from 'node:fs';
import { defaultProgram } from '@referral/contracts';
import { pause } from '@referral/errors';
import { cdnowFile, compareWithFile } from './cdnow.ts';
import { type Expectation, expectCdnow } from './cdnow-expectation.ts';
import type { Platform } from './platform.ts';

/** Real purchases, small enough to be imported again and again, each time into a tenant of its own. */
export interface Load {
  /** Creates a tenant, imports everything into it, waits until all of it is worked through. @returns the tenant's id */
  run(): Promise<string>;
  /** Nothing was lost, nobody was rewarded twice: every figure is what the raw file says. */
  expectWhole(tenant: string): Promise<void>;
}

const customers = 300;

/** @param folder where the file of the load may be kept */
export function createLoad(platform: Platform, folder: string): Load {
  const file = `${folder}/purchases.txt`;
  const lines = readFileSync(cdnowFile, 'utf8').split('\n');
  const isOfLoad = (line: string) => Number(line.trim().split(/ +/)[1] ?? Number.NaN) <= customers;
  writeFileSync(file, `${lines.filter(isOfLoad).join('\n')}\n`);
  const expected: Expectation = expectCdnow(file);
  let tenants = 0;
  return {
    async run() {
      tenants += 1;
      const tenant = `load-${tenants}`;
      await createTenant(platform, tenant);
      const imported = await platform.referral('import', 'cdnow', file, '--tenant', tenant, '--wait').finished;
      // Whole, so that a failure tells what the command had to say.
      expect(imported).toEqual({ ...imported, code: 0 });
      return tenant;
    },
    async expectWhole(tenant) {
      await caughtUp(platform, tenant);
      await compareWithFile(platform, expected, tenant);
    },
  };
}

/**
 * Resolves when every stage has worked through everything. Twice in a row, because an event may just have left one stage and
 * not yet be counted at the next. What a sender repeats may still come after that: no figure may change by it.
 */
async function caughtUp(platform: Platform, tenantId: string): Promise<void> {
  for (let times = 0; times < 2; ) {
    const { status, body } = await platform.get('/api/loyalty/referrals/summary', { kind: 'admin', tenantId });
    times = status === 200 && body.lag_events === 0 ? times + 1 : 0;
    // The figure is a second old at most.
    await pause(1_100);
  }
}

/** As the demo's: 100 points to the referrer and 10 % to the referee for the first purchase. */
async function createTenant(platform: Platform, tenant: string): Promise<void> {
  const profile = { tenant_id: tenant, slug: tenant, name: tenant, currency: 'USD', time_zone: 'America/New_York' };
  await patiently(() => platform.post('/api/tenants', profile, { kind: 'admin', scopes: ['platform'] }), [200, 201]);
  const program = {
    ...defaultProgram,
    enabled: true,
    qualifying_event: { type: 'first_purchase' },
    referrer_reward: { type: 'points', value: 100 },
    referee_reward: { type: 'discount_percent', value: 10 },
  };
  const conditional = await patiently(
    () => platform.put('/api/referrals/program', program, { kind: 'admin', tenantId: tenant }),
    [200],
  );
  expect(conditional.body).toMatchObject({ enabled: true });
}

/** A client that tries again while a process is away, as clients do. */
async function patiently<T extends { status: number }>(call: () => Promise<T>, expected: number[]): Promise<T> {
  for (;;) {
    const answer = await call().catch(() => undefined);
    if (answer && expected.includes(answer.status)) return answer;
    if (answer && answer.status < 500) throw new Error(`unexpected answer: ${JSON.stringify(answer)}`);
    await pause(200);
  }
}
