import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedBus } from '@referral/bus';
import {
  createLogger,
  createMemoryRateLimits,
  createTokenVerifier,
  hostConfigSchema,
  type Service,
  type ServiceDefinition,
  systemClock,
} from '@referral/host';
import { analyticsService } from '@referral/service-analytics';
import { attributionService } from '@referral/service-attribution';
import { referralCodeService } from '@referral/service-referral-code';
import { rewardIssuerService } from '@referral/service-reward-issuer';
import { webService } from '@referral/service-web';
import { openEmbeddedStore } from '@referral/store';

/** What is deployed, as the code has it: the yardstick of everything in this folder. */
export const definitions: readonly ServiceDefinition[] = [
  referralCodeService,
  attributionService,
  rewardIssuerService,
  analyticsService,
  webService(),
];

/** Those that run without Kafka, MongoDB, Redis and a secret. */
export const engineFree: readonly string[] = ['web'];

export const serviceNames = definitions.map(({ name }) => name).sort();

/** The folders of services that run as processes. */
export const serviceFolders = readdirSync('services').sort();

/** Every variable that a service reads; each may come as `NAME_FILE` too. */
export const knownVariables: ReadonlySet<string> = new Set(
  [hostConfigSchema, ...definitions.map(({ config }) => config)]
    .flatMap(({ shape }) => Object.keys(shape))
    .flatMap((name) => [name, `${name}_FILE`]),
);

export interface Call {
  readonly service: string;
  readonly method: string;
  /** With its parameters named: `/api/events/:id`. */
  readonly path: string;
}

/** Every call that the services answer, read off their routers. */
export async function realCalls(): Promise<Call[]> {
  const directory = mkdtempSync(join(tmpdir(), 'referral-routes-'));
  const bus = openEmbeddedBus({ directory: join(directory, 'log') });
  const store = openEmbeddedStore({ directory: join(directory, 'store') });
  const ignore = () => {};
  const deps = {
    bus,
    store,
    clock: systemClock,
    logger: createLogger({ level: 'silent', name: 'routes' }),
    verifier: createTokenVerifier({ secret: 'never used, but long enough to be taken' }),
    rateLimits: createMemoryRateLimits({ perMinute: 1, missesPerHour: 1 }),
    observer: { consumed: ignore, deadLettered: ignore, retried: ignore },
    publicUrl: 'https://refer.example.com',
    latenessMs: 0,
    stopping: new AbortController().signal,
  };
  const calls = definitions.flatMap(({ name, config, create }) =>
    callsOf(create(deps, config.parse({})).router).map((call) => ({ service: name, ...call })),
  );
  await bus.close();
  await store.close();
  rmSync(directory, { recursive: true });
  return calls;
}

type Router = Service['router'];

function callsOf(router: Router): Omit<Call, 'service'>[] {
  return router.stack.flatMap(({ route, handle }) => {
    if (route) return route.stack.map(({ method }) => ({ method: method.toUpperCase(), path: String(route.path) }));
    return isRouter(handle) ? callsOf(handle) : [];
  });
}

function isRouter(handle: unknown): handle is Router {
  return typeof handle === 'function' && 'stack' in handle;
}
