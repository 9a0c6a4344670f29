import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { pageQuery } from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import { Router } from 'express';
import request from 'supertest';
import { z } from 'zod';
import { principalOf, requireToken, tenantOf } from './auth.ts';
import { createHttpApp } from './http.ts';
import { listen } from './listen.ts';
import { createLogger } from './logging.ts';
import { createMetrics } from './metrics.ts';
import { parseBody, parseQuery } from './parsing.ts';
import { Problem, problems } from './problems.ts';
import { createTokenVerifier, issueToken } from './tokens.ts';

const secret = 'a secret of at least thirty-two bytes';
const verifier = createTokenVerifier({ secret });
const validation = z.strictObject({
  referral_code: z.string().max(64),
  windows: z.strictObject({ attribution_days: z.int() }).optional(),
  milestones: z.array(z.strictObject({ threshold: z.int() })).optional(),
});

class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
}

function routes(): Router {
  const router = Router();
  router.post('/validate', (req, res) => {
    res.json(parseBody(validation, req));
  });
  router.post('/api/events', (req, res) => {
    res.json({ length: JSON.stringify(parseBody(z.unknown(), req)).length });
  });
  router.get('/list', (req, res) => {
    res.json(parseQuery(z.strictObject({ ...pageQuery, status: z.string().optional() }), req));
  });
  router.get('/items/:id', (req, res) => {
    res.json({ id: req.params.id });
  });
  router.put('/items/:id', (_req, res) => {
    res.json({});
  });
  router.get('/me', requireToken({ verifier }, 'customer', 'admin'), (_req, res) => {
    res.json({ ...principalOf(res), tenant: tenantOf(res) });
  });
  router.get('/forgotten', (_req, res) => {
    res.json(principalOf(res));
  });
  const failures: Record<string, () => unknown> = {
    conflict: () => problems.conflict('Not enough points.', 'insufficient-balance'),
    engine: () => new OperationalError('STORE_UNAVAILABLE', 'connect ECONNREFUSED 10.0.0.7:27017'),
    cursor: () => new InvalidCursorError('a cursor of another list'),
    bug: () => new Error('cannot read password of undefined'),
    text: () => 'thrown as a string',
    teapot: () =>
      new Problem({ status: 418, type: 'teapot', title: 'Short and stout', headers: { 'X-Tea': 'oolong' } }),
  };
  router.get('/fail/:how', (req) => {
    throw failures[req.params.how]?.();
  });
  router.get('/late', (_req, res) => {
    res.write('half an answer');
    throw new Error('too late');
  });
  return router;
}

function createApp(readiness: Parameters<typeof createHttpApp>[0]['readiness'] = []) {
  const logged: string[] = [];
  const destination = { write: (line: string) => logged.push(line) };
  const metrics = createMetrics('test');
  const app = createHttpApp({
    name: 'test',
    routers: [routes()],
    logger: createLogger({ name: 'test', level: 'debug', destination }),
    metrics,
    readiness,
    trustProxy: 0,
    bodyLimits: [
      {
        path: '/api/events',
        limitBytes: 1_048_576,
        types: ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'],
      },
    ],
  });
  return { app, metrics, lines: () => logged.map((line): Record<string, unknown> => JSON.parse(line)), logged };
}

const { app } = createApp();
const json = { 'Content-Type': 'application/json' };
const sendValidation = (body: string, headers: Record<string, string> = json) =>
  request(app).post('/validate').set(headers).send(body);

function expectProblem(response: request.Response, status: number, type: string): void {
  expect({ status: response.status, type: response.body.type }).toEqual({
    status,
    type: `urn:referral:problem:${type}`,
  });
  expect(response.headers['content-type']).toBe('application/problem+json');
  expect(response.body.status).toBe(status);
  expect(response.body.request_id).toBe(response.headers['x-request-id']);
}

/** Sends bytes as they are; an HTTP client would not let them pass. */
async function sendRaw(bytes: string): Promise<string> {
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const socket = connect(server.port, '127.0.0.1').setEncoding('utf8');
  socket.end(bytes);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  await server.close();
  return answer;
}

describe('a body', () => {
  test('a valid one reaches the handler as the schema reads it', async () => {
    const response = await sendValidation('{"referral_code": "ABC"}');
    expect({ status: response.status, body: response.body }).toEqual({ status: 200, body: { referral_code: 'ABC' } });
  });

  test.each(['{', '{"referral_code": ABC}', 'ABC', '"ABC"', 'null', '42', "{'referral_code':'A'}", '[1,]'])(
    '%s is no JSON document',
    async (body) => expectProblem(await sendValidation(body), 400, 'malformed-json'),
  );

  test.each([
    ['an operator where a string belongs', '{"referral_code": {"$ne": null}}', ['referral_code']],
    ['an array where a string belongs', '{"referral_code": ["ABC"]}', ['referral_code']],
    [
      'a fault deep inside',
      '{"referral_code": "A", "windows": {"attribution_days": "90"}}',
      ['windows.attribution_days'],
    ],
    ['a fault in a list', '{"referral_code": "A", "milestones": [{"threshold": 1.5}]}', ['milestones.0.threshold']],
    [
      'unknown fields',
      '{"referral_code": "A", "admin": true, "windows": {"attribution_days": 1, "x": 1}}',
      ['windows.x', 'admin'],
    ],
    ['a list instead of an object', '[]', ['']],
    ['nothing', '', ['referral_code']],
  ])('%s is told by its path', async (_what, body, paths) => {
    const response = await sendValidation(body);
    expectProblem(response, 400, 'validation-failed');
    expect(response.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
  });

  test('__proto__ and constructor are fields like any other: refused here, and no object learns from them', async () => {
    for (const body of [
      '{"referral_code":"A","__proto__":{"admin":true}}',
      '{"constructor":{"prototype":{"admin":true}}}',
    ]) {
      expectProblem(await sendValidation(body), 400, 'validation-failed');
    }
    expect((await request(app).post('/api/events').set(json).send('{"__proto__":{"admin":true}}')).status).toBe(200);
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });

  test('what is told of a hostile body has a bound', async () => {
    const fields = Array.from({ length: 2_000 }, (_, n) => `"f${n}":1`);
    const response = await sendValidation(`{"${'x'.repeat(5_000)}":1,${fields.join()}}`);
    expectProblem(response, 400, 'validation-failed');
    expect(response.body.errors).toHaveLength(50);
    expect(response.text.length).toBeLessThan(5_000);
  });

  test('a body that nests without end is refused like any other bad one', async () => {
    expectProblem(await sendValidation('['.repeat(30_000)), 400, 'malformed-json');
    expectProblem(await sendValidation('['.repeat(15_000) + ']'.repeat(15_000)), 400, 'validation-failed');
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/cloudevents+json',
    'json',
    'application/json; charset=latin1',
    ';;;',
  ])('one of type %s is refused', async (type) => {
    const response = await sendValidation('{"referral_code": "ABC"}', { 'Content-Type': type });
    expectProblem(response, 415, 'unsupported-media-type');
  });

  test('one in an unknown encoding is refused', async () => {
    const response = await sendValidation('{"referral_code": "ABC"}', { ...json, 'Content-Encoding': 'rot13' });
    expectProblem(response, 415, 'unsupported-media-type');
  });

  test('one that is not what its encoding says is refused', async () => {
    expectProblem(await sendValidation('{}', { ...json, 'Content-Encoding': 'gzip' }), 400, 'malformed-request');
  });

  test('32 kB is the limit, unpacked: a small archive that unpacks to much is refused as well', async () => {
    const large = `{"referral_code":"${'x'.repeat(32_768)}"}`;
    expectProblem(await sendValidation(large), 413, 'payload-too-large');
    const bomb = gzipSync(`{"referral_code":"${'x'.repeat(50_000_000)}"}`);
    const post = request(app)
      .post('/validate')
      .set({ ...json, 'Content-Encoding': 'gzip' });
    expectProblem(await post.serialize((body) => body).send(bomb), 413, 'payload-too-large');
  });

  test('a path may take larger bodies and other types, with its own limit', async () => {
    const batch = JSON.stringify(['x'.repeat(900_000)]);
    const send = (body: string, type: string) => request(app).post('/api/events').set('Content-Type', type).send(body);
    expect((await send(batch, 'application/cloudevents-batch+json')).body).toEqual({ length: batch.length });
    expect((await send(batch, 'application/json')).status).toBe(200);
    expectProblem(await send(JSON.stringify(['x'.repeat(1_048_576)]), 'application/json'), 413, 'payload-too-large');
    expectProblem(await send('x', 'text/plain'), 415, 'unsupported-media-type');
  });
});

describe('a query', () => {
  test('a list has a limit of 50 unless told otherwise', async () => {
    expect((await request(app).get('/list')).body).toEqual({ limit: 50 });
    expect((await request(app).get('/list?limit=200&cursor=a-_9&status=x')).body).toEqual({
      limit: 200,
      cursor: 'a-_9',
      status: 'x',
    });
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=a+b', 'cursor'],
    ['cursor=%00', 'cursor'],
    [`cursor=${'a'.repeat(2_049)}`, 'cursor'],
    ['status[$ne]=x', 'status[$ne]'],
    ['__proto__=x', '__proto__'],
    ['unknown=1', 'unknown'],
    ['status=%zz&page=2', 'page'],
  ])('?%s is refused by the name of the parameter', async (query, path) => {
    const response = await request(app).get(`/list?${query}`);
    expectProblem(response, 400, 'validation-failed');
    expect(response.body.errors).toEqual([{ path, message: expect.any(String) }]);
  });
});

describe('a token', () => {
  const issue = (content: Omit<Parameters<typeof issueToken>[1], 'tenantId'>) =>
    issueToken(secret, { tenantId: 'acme', ...content });

  test('of the right kind lets the request through, and says who calls', async () => {
    const token = await issue({ kind: 'customer', customerId: 'cus_1' });
    const response = await request(app).get('/me').set('Authorization', `Bearer ${token}`);
    expect(response.body).toEqual({
      kind: 'customer',
      tenantId: 'acme',
      tenant: 'acme',
      customerId: 'cus_1',
      scopes: [],
    });
  });

  test.each([undefined, '', 'Bearer', 'Basic YTpi', 'Bearer a b', 'Bearer \t'])('%j is none: 401', async (header) => {
    const get = request(app).get('/me');
    const response = await (header === undefined ? get : get.set('Authorization', header));
    expectProblem(response, 401, 'unauthorized');
    expect(response.headers['www-authenticate']).toBe('Bearer realm="referral"');
  });

  test('a bad one is 401, one of another kind 403', async () => {
    const bad = await request(app).get('/me').set('Authorization', 'Bearer a.b.c');
    expectProblem(bad, 401, 'unauthorized');
    expect(bad.headers['www-authenticate']).toContain('error="invalid_token"');
    const service = await issue({ kind: 'service' });
    expectProblem(await request(app).get('/me').set('Authorization', `Bearer ${service}`), 403, 'forbidden');
  });

  test('a platform token without a tenant may not act for one', async () => {
    const platform = await issueToken(secret, { kind: 'admin', scopes: ['platform'] });
    expectProblem(await request(app).get('/me').set('Authorization', `Bearer ${platform}`), 403, 'forbidden');
  });

  test('a handler that asks who calls without requiring a token is our mistake, not an open door', async () => {
    expectProblem(await request(app).get('/forgotten'), 500, 'internal-error');
  });
});

describe('a failure', () => {
  test('a problem is answered as it is', async () => {
    const conflict = await request(app).get('/fail/conflict');
    expectProblem(conflict, 409, 'insufficient-balance');
    expect(conflict.body).toMatchObject({ detail: 'Not enough points.' });
    expect((await request(app).get('/fail/teapot')).headers['x-tea']).toBe('oolong');
  });

  test('an engine that is away is 503 with Retry-After; a foreign cursor is 400', async () => {
    const away = await request(app).get('/fail/engine');
    expectProblem(away, 503, 'unavailable');
    expect(away.headers['retry-after']).toBe('1');
    const cursor = await request(app).get('/fail/cursor');
    expectProblem(cursor, 400, 'validation-failed');
    expect(cursor.body.errors[0].path).toBe('cursor');
  });

  test('anything else is 500: the caller learns the request id, the log the stack', async () => {
    const { app, lines } = createApp();
    const response = await request(app).get('/fail/bug');
    expectProblem(response, 500, 'internal-error');
    expect(response.text).not.toContain('password');
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 'error',
        request_id: response.body.request_id,
        status: 500,
        err: expect.objectContaining({ stack: expect.stringContaining('http.test.ts') }),
      }),
    ]);
    expectProblem(await request(app).get('/fail/text'), 500, 'internal-error');
  });

  test('an answer that is half sent is cut off, so that nobody takes it for whole', async () => {
    await expect(request(app).get('/late')).rejects.toThrow();
  });
});

describe('a path', () => {
  test('an unknown one is 404; a known one with another method 405 with what is allowed', async () => {
    expectProblem(await request(app).get('/nothing'), 404, 'not-found');
    const response = await request(app).delete('/items/1');
    expectProblem(response, 405, 'method-not-allowed');
    expect(response.headers.allow).toBe('GET, HEAD, PUT');
    expectProblem(await request(app).post('/livez'), 405, 'method-not-allowed');
  });

  test('one that is badly encoded is 400', async () => {
    expectProblem(await request(app).get('/items/%E0%A4%A'), 400, 'malformed-request');
    expectProblem(await request(app).get('/items/%'), 400, 'malformed-request');
  });

  test.each(['//evil.example.com/..', '/items/%00', '*', 'http://a:b@c:99999/'])('%s does no harm', async (path) => {
    expect(await sendRaw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 [24]\d\d /,
    );
  });

  test('HEAD answers like GET without a body', async () => {
    const response = await request(app).head('/items/1');
    expect({ status: response.status, text: response.text ?? '' }).toEqual({ status: 200, text: '' });
  });
});

describe('every answer', () => {
  test('carries a request id: the one given if it is harmless, else a new one', async () => {
    const idFor = async (given: string) =>
      (await request(app).get('/livez').set('X-Request-Id', given)).headers['x-request-id'];
    expect(await idFor('req-1.a_B')).toBe('req-1.a_B');
    for (const hostile of ['<script>', 'a b', 'a"b', 'x'.repeat(129), 'ü']) {
      expect(await idFor(hostile)).toMatch(/^[\w-]{36}$/);
    }
  });

  test('a request id cannot break out of its header', async () => {
    const answer = await sendRaw(
      'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: a\rSet-Cookie: x=1\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).not.toContain('Set-Cookie');
  });

  test('says nothing of the framework and forbids to sniff or to frame', async () => {
    const { headers } = await request(app).get('/livez');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
  });
});

describe('the log', () => {
  test('has one line per request, as loud as its outcome', async () => {
    const { app, lines } = createApp();
    await request(app).get('/items/1');
    await request(app).get('/nothing');
    await request(app).get('/fail/engine');
    expect(lines().map(({ level, method, path, status }) => ({ level, method, path, status }))).toEqual([
      { level: 'debug', method: 'GET', path: '/items/1', status: 200 },
      { level: 'info', method: 'GET', path: '/nothing', status: 404 },
      { level: 'error', method: 'GET', path: '/fail/engine', status: 503 },
    ]);
  });

  test('never holds a token, a cookie, a query or a body', async () => {
    const { app, logged } = createApp();
    const headers = { ...json, Authorization: 'Bearer hunter2', Cookie: 'visitor=hunter2' };
    await request(app).get('/me?email=hunter2').set(headers);
    await request(app).get('/fail/bug?email=hunter2').set(headers);
    await request(app).post('/validate').set(headers).send('{"referral_code": "hunter2"');
    await request(app).post('/validate').set(headers).send('{"hunter2": 1}');
    expect(logged).toHaveLength(4);
    expect(logged.join('')).not.toContain('hunter2');
  });
});

describe('health', () => {
  test('/livez says that the process lives, whatever its engines do', async () => {
    const { app } = createApp([{ name: 'store', check: () => Promise.reject(new Error('away')) }]);
    expect((await request(app).get('/livez')).body).toEqual({ status: 'ok', service: 'test' });
  });

  test('/readyz names each check and is 503 when one fails; why is in the log only', async () => {
    const ok = { name: 'store', check: () => Promise.resolve() };
    const away = { name: 'bus', check: () => Promise.reject(new Error('10.0.0.7 refused')) };
    const ready = await request(createApp([ok]).app).get('/readyz');
    expect({ status: ready.status, body: ready.body }).toEqual({
      status: 200,
      body: { status: 'ready', checks: { store: 'ok' } },
    });
    const { app, logged } = createApp([ok, away]);
    const unavailable = await request(app).get('/readyz');
    expect({ status: unavailable.status, body: unavailable.body }).toEqual({
      status: 503,
      body: { status: 'unavailable', checks: { store: 'ok', bus: 'failed' } },
    });
    expect(logged.join('')).toContain('10.0.0.7 refused');
  });

  test('a check that never answers fails after two seconds, so that a probe is not kept waiting', async () => {
    const { app } = createApp([{ name: 'store', check: () => new Promise(() => {}) }]);
    const startedAt = performance.now();
    expect((await request(app).get('/readyz')).body).toMatchObject({ checks: { store: 'failed' } });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe('metrics', () => {
  test('requests are counted under the pattern of their route, however many paths are tried', async () => {
    const { app, metrics } = createApp();
    for (const path of ['/items/1', '/items/2', '/nothing', '/nowhere', '/items/%', '/fail/bug'])
      await request(app).get(path);
    const { values } = await metrics.httpRequestDuration.get();
    const counts = values.filter(({ metricName }) => metricName?.endsWith('_count'));
    expect(counts.map(({ labels, value }) => [labels.route, labels.status, value])).toEqual(
      [
        ['/items/:id', 200, 2],
        ['unmatched', 404, 2],
        ['unmatched', 400, 1],
        ['/fail/:how', 500, 1],
      ].map(([route, status, count]) => [route, String(status), count]),
    );
  });

  test('/metrics tells of the process, its consumers, and how far they are behind', async () => {
    const { app, metrics } = createApp();
    metrics.eventsConsumed.inc({ group: 'attribution', topic: 'purchase_completed' }, 3);
    metrics.reportLag(() => Promise.resolve([{ group: 'attribution', topic: 'purchase_completed', messages: 7 }]));
    metrics.reportLag(() => Promise.reject(new Error('the bus is away')));
    const { text, headers } = await request(app).get('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    const labels = 'group="attribution",topic="purchase_completed",service="test"';
    expect(text).toContain(`events_consumed_total{${labels}} 3`);
    expect(text).toContain(`consumer_lag{${labels}} 7`);
    expect(text).toContain('process_cpu_seconds_total');
  });
});
