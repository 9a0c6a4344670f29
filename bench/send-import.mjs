import { cdnow, inBatches } from './cdnow-events.mjs';
import { call, setUpTenant } from './tenant.mjs';

/** The other side of the import: sets the tenant up, then sends the events when told to. */

const {
  BENCH_URL: url,
  BENCH_PLATFORM_TOKEN: platform,
  BENCH_ADMIN_TOKEN: admin,
  BENCH_SERVICE_TOKEN: service,
  BENCH_CUSTOMER_TOKENS,
} = process.env;

const codes = await setUpTenant(url, 'bench', { platform, admin, customers: JSON.parse(BENCH_CUSTOMER_TOKENS) });
const bodies = inBatches(
  cdnow.events('bench', (id) => codes.get(id)),
  1_000,
).map((batch) => JSON.stringify(batch));
process.send('ready');
process.once('message', async () => {
  for (const body of bodies) await call(url, 'POST', '/api/events', service, body);
  process.send('sent');
});
