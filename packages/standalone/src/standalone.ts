import { ensureDemoTenant } from '@referral/cli';
import {
  type Environment,
  type HostConfig,
  hostConfigSchema,
  type Lifecycle,
  loadOrCreateSecret,
  readConfig,
  startServices,
  systemClock,
} from '@referral/host';
import { createTickets } from '@referral/service-web';
import { banner } from './banner.ts';
import { demoLinks } from './demo-links.ts';
import { allServices } from './services.ts';

/** Starts every service in this process, sees to the demo tenant, and says how to go on. */
export async function startStandalone(lifecycle: Lifecycle, given: Environment): Promise<void> {
  const startedAt = performance.now();
  // A terminal is for people: requests that went well are not worth a line there.
  const env = { LOG_LEVEL: 'warn', ...given };
  const config = readConfig(hostConfigSchema, env);
  const tickets = createTickets(systemClock);
  const services = allServices({ tickets });
  const { url } = await startServices(lifecycle, { name: 'standalone', services, env, alone: true });
  const secret = ownSecret(config);
  // Engines that others use too are no place for a demo that nobody has asked for.
  const isOnItsOwn = !config.KAFKA_BROKERS && !config.MONGODB_URL;
  const hasDemo = secret !== undefined && isOnItsOwn;
  if (hasDemo) await ensureDemoTenant(url, secret);
  const demo = hasDemo ? await demoLinks(url, secret, tickets) : undefined;
  const startedInMs = Math.round(performance.now() - startedAt);
  process.stdout.write(banner({ url, dataDir: config.DATA_DIR, startedInMs, ...(demo && { demo }) }));
}

/** The secret that tokens are signed with here; an issuer keeps its own, and brings its own tenants. */
function ownSecret({ AUTH_SECRET, AUTH_ISSUER, DATA_DIR }: HostConfig): string | undefined {
  if (AUTH_ISSUER !== undefined) return undefined;
  return AUTH_SECRET ?? loadOrCreateSecret(DATA_DIR);
}
