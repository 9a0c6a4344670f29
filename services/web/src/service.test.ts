import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { createHttpApp, createLogger, createMemoryRateLimits, createMetrics, systemClock } from '@referral/host';
import request from 'supertest';
import { createTickets, webService } from './service.ts';

/** The server of the pages, on a folder like the one that the build makes. */

const script = 'console.log("x")';
const folder = mkdtempSync(join(tmpdir(), 'referral-web-'));
mkdirSync(join(folder, 'assets'));
for (const page of ['dashboard', 'portal', 'enroll', 'sign-in']) {
  writeFileSync(join(folder, `${page}.html`), `<meta property="csp-nonce" nonce="__NONCE__"><p>${page}</p>`);
}
writeFileSync(join(folder, 'assets', 'page-1.js'), script);
writeFileSync(join(folder, 'assets', 'page-1.js.br'), brotliCompressSync(script));
writeFileSync(join(folder, 'assets', 'page-1.js.gz'), gzipSync(script));
writeFileSync(join(folder, 'assets', 'plain-1.css'), 'p {}');
writeFileSync(join(folder, 'secret.txt'), 'not an asset');
afterAll(() => rmSync(folder, { recursive: true }));

const logger = createLogger({ level: 'silent', name: 'test' });

function appWith(tickets = createTickets(systemClock), perMinute = 100) {
  const deps = {
    clock: systemClock,
    logger,
    rateLimits: createMemoryRateLimits({ perMinute, missesPerHour: 1 }),
    publicUrl: 'https://refer.example.com',
  };
  const { router } = webService({ tickets, folder }).create(deps, {});
  const metrics = createMetrics('test');
  return request(createHttpApp({ name: 'web', routers: [router], logger, metrics, readiness: [], trustProxy: 0 }));
}

describe('pages', () => {
  test.each([
    ['/dashboard/acme/referrals', 'dashboard'],
    ['/dashboard/acme/settings/referrals', 'dashboard'],
    ['/portal/acme/referrals', 'portal'],
    ['/enroll/acme', 'enroll'],
    ['/enroll/acme?ref=KH7N4WP3', 'enroll'],
    ['/sign-in', 'sign-in'],
  ])('%s is the page %s', async (path, page) => {
    const { status, text, type } = await appWith().get(path);
    expect([status, type, text.includes(`<p>${page}</p>`)]).toEqual([200, 'text/html', true]);
  });

  test.each(['/', '/dashboard', '/dashboard/acme', '/portal/acme', '/portal/acme/other', '/enroll', '/enroll/a/b'])(
    '%s is none',
    async (path) => {
      const { status, type } = await appWith().get(path);
      expect([status, type]).toEqual([404, 'application/problem+json']);
    },
  );

  /** Protects: whatever gets into a page, it runs nothing and sends nothing anywhere. */
  test('nothing runs that is not a file of ours, nothing is loaded from elsewhere, and no other site frames it', async () => {
    const { headers, text } = await appWith().get('/sign-in');
    const [, nonce = ''] = /nonce="([^"]+)"/.exec(text) ?? [];
    expect(nonce).toMatch(/^[\w+/]{22}==$/);
    const policy = new Map(
      String(headers['content-security-policy'])
        .split('; ')
        .map((line) => [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)]),
    );
    expect(Object.fromEntries(policy)).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': `'self' 'nonce-${nonce}'`,
      'connect-src': "'self'",
      'img-src': "'self' data:",
      'font-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'self'",
      'frame-ancestors': "'none'",
    });
    expect(headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'permissions-policy': expect.stringContaining('camera=()'),
    });
  });

  test('a nonce is used once', async () => {
    const app = appWith();
    const [one, other] = [await app.get('/sign-in'), await app.get('/sign-in')];
    expect(one.text).not.toBe(other.text);
    expect(one.text).not.toContain('__NONCE__');
  });
});

describe('assets', () => {
  test.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', undefined],
  ])('who accepts %s gets %s', async (accepted, encoding) => {
    const { headers, status } = await appWith().get('/assets/page-1.js').set('Accept-Encoding', accepted);
    expect(status).toBe(200);
    expect(headers['content-encoding']).toBe(encoding);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
      'x-content-type-options': 'nosniff',
    });
  });

  test('what is compressed comes out as it went in', async () => {
    const { text } = await appWith().get('/assets/page-1.js').set('Accept-Encoding', 'gzip');
    expect(text).toBe(script);
  });

  test('what was not compressed is sent as it is', async () => {
    const { headers, text } = await appWith().get('/assets/plain-1.css');
    expect([text, headers['content-encoding']]).toEqual(['p {}', undefined]);
  });

  /** Protects: only what the build has listed can be read, and an old page's file is a 404 that nobody keeps for a year. */
  test.each([
    '/assets/gone-1.js',
    '/assets/page-1.js.br',
    '/assets/..%2fsecret.txt',
    '/assets/',
    '/assets/%2e%2e/secret.txt',
  ])('%s is not there', async (path) => {
    const { status, headers } = await appWith().get(path);
    expect([status, headers['cache-control']]).toEqual([404, undefined]);
  });
});

describe('POST /api/sign-in', () => {
  const signIn = { token: 'abc', kind: 'admin', tenantSlug: 'acme', page: '/dashboard/acme/referrals' } as const;

  test('a ticket is exchanged once for a token and the page that it opens', async () => {
    const tickets = createTickets(systemClock);
    const app = appWith(tickets);
    const ticket = tickets.issue(signIn);
    const first = await app.post('/api/sign-in').send({ ticket });
    expect([first.status, first.body, first.headers['cache-control']]).toEqual([
      200,
      { token: 'abc', kind: 'admin', tenant_slug: 'acme', page: '/dashboard/acme/referrals' },
      'no-store',
    ]);
    const second = await app.post('/api/sign-in').send({ ticket });
    expect([second.status, second.body.type]).toEqual([404, 'urn:referral:problem:not-found']);
  });

  test.each([[{}], [{ ticket: '' }], [{ ticket: 7 }], [{ ticket: 'x'.repeat(129) }], [{ ticket: 'x', more: 1 }]])(
    '%j is refused',
    async (body) => {
      expect((await appWith().post('/api/sign-in').send(body)).status).toBe(400);
    },
  );

  test('tickets cannot be guessed at will', async () => {
    const app = appWith(undefined, 2);
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await app.post('/api/sign-in').send({ ticket: `${n}` })).status);
    expect(statuses).toEqual([404, 404, 429]);
  });
});
