import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { documentedServices } from '@referral/contracts/documents';
import { freePort } from '@referral/local-engines';
import { z } from 'zod';
import { describeWith } from './describe-with.ts';
import { faultsOf, type LocalGateway, renderGateway, startLocalGateway, template } from './gateway/local-gateway.ts';
import { type Call, realCalls, serviceNames } from './services.ts';

const upstreams = {
  'referral-code': '127.0.0.1:1',
  attribution: '127.0.0.1:2',
  'reward-issuer': '127.0.0.1:3',
  analytics: '127.0.0.1:4',
  web: '127.0.0.1:5',
};

/** The gateway's table: the first pattern that matches a path names the service. */
const routes = tableOf('map $uri $service');

function serviceFor(path: string): string | undefined {
  const route = routes.find(({ pattern }) => pattern.test(path));
  return route?.service.startsWith('$') ? route.pattern.exec(path)?.groups?.[route.service.slice(1)] : route?.service;
}

describe('the table of routes', () => {
  let calls: readonly Call[];
  beforeAll(async () => {
    calls = await realCalls();
  });

  test('every call of a service reaches that service and no other', () => {
    expect(calls.length).toBeGreaterThan(20);
    const misled = calls.filter(({ service, path }) => serviceFor(sample(path)) !== service);
    expect(misled).toEqual([]);
  });

  test('every route is there for a call that exists, and so is every service', () => {
    const paths = [
      ...calls.map(({ path }) => sample(path)),
      '/asyncapi.json',
      '/services/analytics/docs',
      '/assets/page-1.js',
    ];
    const used = new Set(paths.map((path) => routes.find(({ pattern }) => pattern.test(path))));
    expect(routes.filter((route) => !used.has(route)).map(({ pattern }) => pattern.source)).toEqual([]);
    expect(new Set(calls.map(({ service }) => service))).toEqual(new Set(serviceNames));
  });

  test('each service’s documents are below its name', () => {
    for (const name of documentedServices) {
      for (const document of ['openapi.json', 'asyncapi.json', 'docs', 'docs/swagger-ui.css']) {
        expect(serviceFor(`/services/${name}/${document}`)).toBe(name);
      }
    }
  });

  test.each([
    '/metrics',
    '/services/analytics/metrics',
    '/services/analytics/readyz',
    '/services/nobody/docs',
    '/api',
    '/',
  ])('%s stays inside', (path) => {
    expect(serviceFor(path)).toBeUndefined();
  });
});

test('every upstream is a service, and every service has one', () => {
  expect(tableOf('map $service $upstream').map(({ name }) => name)).toEqual(Object.keys(upstreams));
  expect(Object.keys(upstreams).sort()).toEqual(serviceNames);
});

describeWith('nginx', ['-v'], 'the gateway on nginx', () => {
  test('nginx finds nothing wrong with the configuration', () => {
    expect(faultsOf(renderGateway(8080, upstreams))).toBe('');
  });

  describe('before services', () => {
    let server: Server;
    let gateway: LocalGateway;
    beforeAll(async () => {
      server = await startEcho();
      const port = await freePort();
      const here = `127.0.0.1:${portOf(server)}`;
      gateway = await startLocalGateway(port, { ...upstreams, attribution: here, 'referral-code': here });
    });
    afterAll(async () => {
      server.close();
      await gateway.stop();
    });
    const call = (path: string, init?: RequestInit) => fetch(`${gateway.url}${path}`, init);

    test('a service learns who asks, for which host, and under which id', async () => {
      const response = await call('/api/events/evt_1?source=%2Fshop', {
        headers: { 'x-request-id': 'abc-1', 'x-forwarded-for': '192.0.2.7' },
      });
      const { url, headers } = await echoOf(response);
      expect(url).toBe('/api/events/evt_1?source=%2Fshop');
      // With TRUST_PROXY=1 the last address counts: the one that the gateway has seen, whatever a client claims before it.
      expect(headers).toMatchObject({
        'x-request-id': 'abc-1',
        'x-forwarded-for': '192.0.2.7, 127.0.0.1',
        'x-forwarded-proto': 'http',
        host: new URL(gateway.url).host,
      });
    });

    test('a request id that a service would not take is replaced', async () => {
      const { headers } = await echoOf(await call('/r/a/b', { headers: { 'x-request-id': 'not an id' } }));
      expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
    });

    test('a service finds its documents where it serves them', async () => {
      const { url } = await echoOf(await call('/services/attribution/docs/swagger-ui.css?v=5'));
      expect(url).toBe('/docs/swagger-ui.css?v=5');
    });

    test('a batch of a megabyte passes, anything much larger is a 413 in our words', async () => {
      const post = (path: string, bytes: number) => call(path, { method: 'POST', body: 'x'.repeat(bytes) });
      expect((await echoOf(await post('/api/events', 1_100_000))).bytes).toBe(1_100_000);
      await expectProblem(await post('/api/events', 2_200_000), 413, 'payload-too-large');
      await expectProblem(await post('/api/enrollments', 70_000), 413, 'payload-too-large');
    });

    test('what no service answers is a 404 in our words', async () => {
      await expectProblem(await call('/metrics'), 404, 'not-found');
      await expectProblem(await call('/services/attribution/metrics'), 404, 'not-found');
      await expectProblem(await call('/r/..%2fmetrics'), 404, 'not-found');
      await expectProblem(await call(`/${'a'.repeat(9_000)}`), 414, 'malformed-request');
    });

    test('a service that is away is a 503 that says when to try again', async () => {
      const response = await call('/api/rewards', { headers: { 'x-request-id': 'abc-2' } });
      expect(response.headers.get('retry-after')).toBe('1');
      expect(response.headers.get('x-request-id')).toBe('abc-2');
      expect((await expectProblem(response, 503, 'unavailable')).request_id).toBe('abc-2');
    });

    test('what a service says itself is passed on as it is', async () => {
      const response = await call('/api/events/evt_1?status=503');
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBeNull();
      expect((await echoOf(response)).url).toBe('/api/events/evt_1?status=503');
    });

    test('the gateway is alive and ready by itself', async () => {
      for (const path of ['/livez', '/readyz']) {
        expect(await (await call(path)).json()).toEqual({ status: 'ok', service: 'gateway' });
      }
    });
  });
});

async function expectProblem(response: Response, status: number, type: string) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = z.looseObject({ request_id: z.string() }).parse(await response.json());
  expect({ status: response.status, problem }).toEqual({
    status,
    problem: {
      type: `urn:referral:problem:${type}`,
      title: expect.any(String),
      status,
      request_id: expect.any(String),
    },
  });
  return problem;
}

const echo = z.object({ url: z.string(), headers: z.record(z.string(), z.unknown()), bytes: z.number() });

async function echoOf(response: Response) {
  return echo.parse(await response.json());
}

/** Answers with what it was asked. */
async function startEcho(): Promise<Server> {
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      const [, status = '200'] = /status=(\d+)/.exec(request.url ?? '') ?? [];
      response.writeHead(Number(status), { 'content-type': 'application/json' });
      response.end(JSON.stringify({ url: request.url, headers: request.headers, bytes }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

/** The rows of a map in the template, in order. nginx's regular expressions are ours too, as far as they are used here. */
function tableOf(head: string) {
  const text = readFileSync(template, 'utf8');
  const start = text.indexOf(`${head} {`);
  const body = text.slice(text.indexOf('\n', start), text.indexOf('\n  }', start));
  return [...body.matchAll(/^\s+(~?)(\S+)\s+(\S+);/gm)].map(([, , name = '', service = '']) => ({
    name,
    service,
    pattern: new RegExp(name),
  }));
}

function sample(path: string): string {
  return path.replace(/:\w+/g, 'some-1');
}
