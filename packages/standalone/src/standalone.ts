import { ensureDemoTenant } from '@referral/cli';
import {
  type Environment,
  type HostConfig,
  hostConfigSchema,
  type Lifecycle,
  loadOrCreateSecret,
  readConfig,
  startServices,
} from '@referral/host';
import { banner } from './banner.ts';
import { services } from './services.ts';

/** Starts every service in this process, sees to the demo tenant, and says how to go on. */
export async function startStandalone(lifecycle: Lifecycle, given: Environment): Promise<void> {
  const startedAt = performance.now();
  // A terminal is for people: requests that went well are not worth a line there.
  const env = { LOG_LEVEL: 'warn', ...given };
  const config = readConfig(hostConfigSchema, env);
  const { url } = await startServices(lifecycle, { name: 'standalone', services, env, alone: true });
  const secret = ownSecret(config);
  // Engines that others use too are no place for a demo that nobody has asked for.
  const isOnItsOwn = !config.KAFKA_BROKERS && !config.MONGODB_URL;
  if (secret !== undefined && isOnItsOwn) await ensureDemoTenant(url, secret);
  process.stdout.write(banner(url, config.DATA_DIR, Math.round(performance.now() - startedAt)));
}

/** The secret that tokens are signed with here; an issuer keeps its own, and brings its own tenants. */
function ownSecret({ AUTH_SECRET, AUTH_ISSUER, DATA_DIR }: HostConfig): string | undefined {
  if (AUTH_ISSUER !== undefined) return undefined;
  return AUTH_SECRET ?? loadOrCreateSecret(DATA_DIR);
}
