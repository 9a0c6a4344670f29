import { defaultProgram } from '../packages/contracts/dist/index.js';

/** A tenant whose first purchases are rewarded, and its referrers' codes. @returns code by customer id */
export async function setUpTenant(url, tenantId, tokens) {
  const tenant = { slug: tenantId, name: 'Bench', currency: 'USD', time_zone: 'UTC' };
  await call(url, 'POST', '/api/tenants', tokens.platform, tenant);
  await call(url, 'PUT', '/api/referrals/program', tokens.admin, {
    ...defaultProgram,
    enabled: true,
    qualifying_event: { type: 'first_purchase' },
    referrer_reward: { type: 'points', value: 100 },
    referee_reward: { type: 'discount_percent', value: 10 },
  });
  const codes = new Map();
  for (const [customerId, token] of tokens.customers) {
    codes.set(customerId, (await call(url, 'GET', '/api/referrals/my-code', token)).referral_code);
  }
  return codes;
}

/** @throws when the answer is not a good one */
export async function call(url, method, path, token, body) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
