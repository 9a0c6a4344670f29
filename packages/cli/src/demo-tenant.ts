import { type ApiProgram, defaultProgram } from '@referral/contracts';
import { issueToken } from '@referral/host';
import { z } from 'zod';
import { ApiProblem, callApi } from './api-client.ts';

/** The tenant of the demo, so that there is something to try. */
export const demoTenant = {
  tenant_id: 'acme-waste',
  slug: 'acme-waste',
  name: 'Acme Waste',
  currency: 'USD',
  time_zone: 'America/New_York',
} as const;

const demoProgram: ApiProgram = {
  ...defaultProgram,
  enabled: true,
  qualifying_event: { type: 'first_purchase' },
  referrer_reward: { type: 'points', value: 100 },
  referee_reward: { type: 'discount_percent', value: 10 },
};

/**
 * Creates the demo tenant and its programme where there is none, through the public API like anybody else.
 * @throws OperationalError when the platform does not answer; ApiProblem when it refuses
 */
export async function ensureDemoTenant(url: string, secret: string): Promise<void> {
  const platform = await issueToken(secret, { kind: 'admin', scopes: ['platform'] });
  const tenant = { path: '/api/tenants', token: platform, body: JSON.stringify(demoTenant), answer: z.unknown() };
  await unlessThere(409, () => callApi(url, tenant));
  const program = {
    path: '/api/referrals/program',
    method: 'PUT',
    token: await issueToken(secret, { kind: 'admin', tenantId: demoTenant.tenant_id }),
    headers: { 'if-match': '"v0"' },
    body: JSON.stringify(demoProgram),
    answer: z.unknown(),
  } as const;
  await unlessThere(412, () => callApi(url, program));
}

/** @param status tells that there is one already */
async function unlessThere(status: number, create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== status) throw error;
  }
}
