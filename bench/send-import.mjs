import { defaultProgram } from '../packages/contracts/dist/index.js';
import { cdnow, inBatches } from './cdnow-events.mjs';

/** The other side of the import: sets the tenant up, then sends the events when told to. */

const {
  BENCH_URL: url,
  BENCH_PLATFORM_TOKEN,
  BENCH_ADMIN_TOKEN,
  BENCH_SERVICE_TOKEN,
  BENCH_CUSTOMER_TOKENS,
} = process.env;

async function call(method, path, token, body) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const tenant = { slug: 'bench', name: 'Bench', currency: 'USD', time_zone: 'UTC' };
await call('POST', '/api/tenants', BENCH_PLATFORM_TOKEN, tenant);
await call('PUT', '/api/referrals/program', BENCH_ADMIN_TOKEN, {
  ...defaultProgram,
  enabled: true,
  qualifying_event: { type: 'first_purchase' },
  referrer_reward: { type: 'points', value: 100 },
  referee_reward: { type: 'discount_percent', value: 10 },
});
const codes = new Map();
for (const [customerId, token] of JSON.parse(BENCH_CUSTOMER_TOKENS)) {
  codes.set(customerId, (await call('GET', '/api/referrals/my-code', token)).referral_code);
}
const bodies = inBatches(
  cdnow.events('bench', (id) => codes.get(id)),
  1_000,
).map((batch) => JSON.stringify(batch));
process.send('ready');
process.once('message', async () => {
  for (const body of bodies) await call('POST', '/api/events', BENCH_SERVICE_TOKEN, body);
  process.send('sent');
});
