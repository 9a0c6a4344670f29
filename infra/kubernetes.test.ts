import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { describeWith } from './describe-with.ts';
import { template } from './gateway/local-gateway.ts';
import { engineFree, knownVariables, serviceNames } from './services.ts';

const folder = 'infra/k8s';
const overlay = `${folder}/overlays/example`;

/** The kinds that are used here, each with the schema of the Kubernetes API. */
const kinds: Readonly<Record<string, new (data: never) => { validate(): void }>> = {
  Deployment: apps.Deployment,
  HorizontalPodAutoscaler: autoscaling.HorizontalPodAutoscaler,
  Job: batch.Job,
  Ingress: networking.Ingress,
  PodDisruptionBudget: policy.PodDisruptionBudget,
  Service: core.Service,
  ConfigMap: core.ConfigMap,
};

const labels = z.record(z.string(), z.string());
const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).default([]),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  envFrom: z.array(z.record(z.string(), z.object({ name: z.string() }))).default([]),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  resources: z.unknown(),
  securityContext: z.unknown(),
});
const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: labels.default({}) }),
  data: labels.optional(),
});
const workload = manifest.extend({
  spec: z.looseObject({
    selector: z.object({ matchLabels: labels }).optional(),
    template: z.object({
      metadata: z.object({ labels }),
      spec: z.looseObject({
        containers: z.tuple([container]),
        securityContext: z.unknown(),
        automountServiceAccountToken: z.boolean(),
        enableServiceLinks: z.boolean(),
        volumes: z.array(z.looseObject({ configMap: z.object({ name: z.string() }).optional() })).default([]),
      }),
    }),
  }),
});
type Manifest = z.infer<typeof manifest>;

const files = filesBelow(folder).concat('infra/gateway/kustomization.yaml');
const kustomizations = files.filter((file) => file.endsWith('/kustomization.yaml'));
const sources = files.filter((file) => !kustomizations.includes(file));

test.each(sources)('%s holds what the Kubernetes API knows, and nothing that it would drop', (file) => {
  for (const one of read(file)) expectValid(one);
});

test('a mistyped field is found', () => {
  const mistyped = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'x' },
    spec: { ports: [{ port: 1, targetport: 2 }] },
  };
  expect(unknownFields(mistyped)).toEqual(['spec.ports.0.targetport']);
});

test('every kustomization names what exists, and nothing is left lying about', () => {
  const resources = kustomizations.flatMap((file) => {
    const { resources: names = [] } = kustomization(file);
    return names.map((name) => normalize(join(dirname(file), name)));
  });
  expect(resources.filter((path) => !existsSync(path))).toEqual([]);
  const reachable = new Set(resources.map((path) => (path.endsWith('.yaml') ? path : `${path}/kustomization.yaml`)));
  expect(files.filter((file) => !reachable.has(file))).toEqual([`${overlay}/kustomization.yaml`]);
});

test('the gateway reads the very template that compose mounts', () => {
  const { configMapGenerator } = kustomization('infra/gateway/kustomization.yaml');
  expect(configMapGenerator?.[0]?.files?.map((name) => `infra/gateway/${name}`)).toEqual([template]);
});

test('no secret is in the repository', () => {
  expect(sources.flatMap(read).filter(({ kind }) => kind === 'Secret')).toEqual([]);
  for (const file of files) expect(readFileSync(file, 'utf8')).not.toMatch(/secretGenerator|^\s*(- )?AUTH_SECRET=/m);
});

describeWith('kubectl', ['version', '--client'], 'the example overlay, as kustomize builds it', () => {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', overlay], { encoding: 'utf8' });
  const all = status === 0 ? parseManifests(stdout) : [];
  const ofKind = (kind: string) => all.filter((one) => one.kind === kind);
  const workloads = all.filter(({ kind }) => ['Deployment', 'Job'].includes(kind)).map((one) => workload.parse(one));
  const deployments = workloads.filter(({ kind }) => kind === 'Deployment');
  const platform = workloads.filter(({ metadata }) => metadata.name !== 'gateway');
  const containerOf = (one: z.infer<typeof workload>) => one.spec.template.spec.containers[0];
  const selectedBy = (selector: Readonly<Record<string, string>>) =>
    workloads
      .filter(({ spec }) =>
        Object.entries(selector).every(([key, value]) => spec.template.metadata.labels[key] === value),
      )
      .map(({ metadata }) => metadata.name);

  test('builds, and is valid', () => {
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const one of all) expectValid(one);
    const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  test('each service and the gateway has a deployment, an address, an autoscaler and a disruption budget', () => {
    const expected = [...serviceNames, 'gateway'].sort();
    for (const kind of ['Deployment', 'Service', 'HorizontalPodAutoscaler', 'PodDisruptionBudget']) {
      expect([kind, ofKind(kind).map(({ metadata }) => metadata.name)]).toEqual([kind, expected]);
    }
    expect(ofKind('Job').map(({ metadata }) => metadata.name)).toEqual(['topics']);
  });

  test('whatever selects pods selects those of its own name alone', () => {
    for (const { metadata, spec } of deployments) {
      expect([metadata.name, selectedBy(spec.selector?.matchLabels ?? {})]).toEqual([metadata.name, [metadata.name]]);
    }
    for (const { metadata, spec } of ofKind('Service').map((one) =>
      z.looseObject({ ...manifest.shape, spec: z.looseObject({ selector: labels }) }).parse(one),
    )) {
      expect(selectedBy(spec.selector)).toEqual([metadata.name]);
    }
    const budget = manifest.extend({ spec: z.looseObject({ selector: z.object({ matchLabels: labels }) }) });
    for (const { metadata, spec } of ofKind('PodDisruptionBudget').map((one) => budget.parse(one))) {
      expect(selectedBy(spec.selector.matchLabels)).toEqual([metadata.name]);
    }
    const scaler = manifest.extend({
      spec: z.looseObject({ scaleTargetRef: z.looseObject({ kind: z.string(), name: z.string() }) }),
    });
    for (const { metadata, spec } of ofKind('HorizontalPodAutoscaler').map((one) => scaler.parse(one))) {
      expect(spec.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: metadata.name });
    }
  });

  test('probes ask for what is served, at a port that there is', () => {
    for (const deployment of deployments) {
      const { ports, startupProbe, livenessProbe, readinessProbe } = containerOf(deployment);
      expect([startupProbe, livenessProbe, readinessProbe].map((one) => one?.httpGet)).toEqual(
        ['/livez', '/livez', '/readyz'].map((path) => ({ path, port: ports[0]?.name })),
      );
    }
    const service = manifest.extend({
      spec: z.looseObject({
        ports: z.tuple([z.object({ name: z.string(), port: z.number(), targetPort: z.string() })]),
      }),
    });
    for (const { metadata, spec } of ofKind('Service').map((one) => service.parse(one))) {
      const target = deployments.find((one) => one.metadata.name === metadata.name);
      expect(target && containerOf(target).ports[0]?.name).toBe(spec.ports[0].targetPort);
      // The gateway is told of this port.
      if (metadata.name !== 'gateway') expect(spec.ports[0].port).toBe(3000);
    }
  });

  test('every pod is locked down and bounded', () => {
    for (const one of workloads) {
      const { securityContext, automountServiceAccountToken, enableServiceLinks } = one.spec.template.spec;
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: expect.any(Number),
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect([automountServiceAccountToken, enableServiceLinks]).toEqual([false, false]);
      expect(containerOf(one).securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(containerOf(one).resources).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      });
      expect(containerOf(one).image).toMatch(/:\d+\.\d+/);
    }
  });

  test('each service runs its own program, and all read settings that they understand', () => {
    const programs = platform.map((one) => [one.metadata.name, containerOf(one).args]);
    expect(Object.fromEntries(programs)).toEqual({
      ...Object.fromEntries(serviceNames.map((name) => [name, [`services/${name}/dist/main.js`]])),
      topics: ['packages/cli/dist/main.js', 'topics', 'create'],
    });
    const maps = new Map(ofKind('ConfigMap').map(({ metadata, data = {} }) => [metadata.name, data]));
    for (const one of platform) {
      const [settings, secrets] = containerOf(one).envFrom;
      const hasNone = engineFree.includes(one.metadata.name);
      expect(secrets).toEqual(hasNone ? undefined : { secretRef: { name: 'referral-secrets' } });
      const given = Object.keys(maps.get(settings?.configMapRef?.name ?? '') ?? {});
      expect(given).toContain('KAFKA_BROKERS');
      expect(given.filter((name) => !knownVariables.has(name))).toEqual([]);
    }
    const mounted = workloads
      .flatMap(({ spec }) => spec.template.spec.volumes)
      .flatMap(({ configMap }) => configMap ?? []);
    expect(mounted.map(({ name }) => Object.keys(maps.get(name) ?? {}))).toEqual([['nginx.conf.template']]);
  });

  test('the gateway is given what its configuration asks for, and finds the services', () => {
    const gateway = deployments.find(({ metadata }) => metadata.name === 'gateway');
    const env = new Map(gateway && containerOf(gateway).env.map(({ name, value }) => [name, value]));
    const asked = [...readFileSync(template, 'utf8').matchAll(/\$\{(GATEWAY_\w+)\}/g)].map(([, name = '']) => name);
    expect(asked.filter((name) => !env.has(name))).toEqual([]);
    for (const name of serviceNames) {
      const variable = `GATEWAY_${name.toUpperCase().replace('-', '_')}`;
      expect(env.get(variable)).toBe(`${name}.$(NAMESPACE).$(DOMAIN):3000`);
    }
  });
});

function expectValid(one: Manifest): void {
  const Model = kinds[one.kind];
  if (!Model) throw new Error(`this test does not know ${one.kind}`);
  expect(unknownFields(one)).toEqual([]);
}

/**
 * The paths of fields that the API does not know: a validator looks at each field that it knows, so what it has not looked
 * at is unknown to it. (The API server would drop those silently.)
 * @throws Error of the validator when a field that it knows is wrong
 */
function unknownFields(one: { readonly kind: string }): string[] {
  const Model = kinds[one.kind];
  const seen = new Set<string>();
  const watch = (value: unknown, path: string): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    return new Proxy(value, {
      get(target, key, receiver) {
        const child: unknown = Reflect.get(target, key, receiver);
        if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return child;
        seen.add(`${path}${key}`);
        return watch(child, `${path}${key}.`);
      },
    });
  };
  if (Model) Model.prototype.validate.call(watch(one, ''));
  return pathsOf(one).filter((path) => !seen.has(path));
}

function pathsOf(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [`${prefix}${key}`, ...pathsOf(child, `${prefix}${key}.`)]);
}

function read(file: string): Manifest[] {
  return parseManifests(readFileSync(file, 'utf8'));
}

function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => manifest.parse(document.toJS()));
}

function kustomization(file: string) {
  const shape = z.looseObject({
    resources: z.array(z.string()).optional(),
    configMapGenerator: z.array(z.looseObject({ files: z.array(z.string()).optional() })).optional(),
  });
  return shape.parse(parseAllDocuments(readFileSync(file, 'utf8'))[0]?.toJS());
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(path, name))
    .sort();
}
