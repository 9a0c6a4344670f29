import { type ApiProgram, defaultProgram } from '@referral/contracts';
import { issueToken } from '@referral/host';

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
 * @throws Error with the API's answer when it refuses
 */
export async function ensureDemoTenant(url: string, secret: string): Promise<void> {
  const platform = await issueToken(secret, { kind: 'admin', scopes: ['platform'] });
  const existing = await request(`${url}/api/tenants/${demoTenant.slug}`, platform);
  if (existing.status === 404) await demand(await request(`${url}/api/tenants`, platform, 'POST', demoTenant));
  const admin = await issueToken(secret, { kind: 'admin', tenantId: demoTenant.tenant_id });
  const program = await request(`${url}/api/referrals/program`, admin);
  if (program.headers.get('etag') === '"v0"') {
    await demand(await request(`${url}/api/referrals/program`, admin, 'PUT', demoProgram));
  }
}

function request(url: string, token: string, method = 'GET', body?: unknown): Promise<Response> {
  return fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function demand(response: Response): Promise<void> {
  if (!response.ok) throw new Error(`the demo tenant was refused: ${response.status} ${await response.text()}`);
}
