import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import request from 'supertest';
import { documentRoutes } from './api-documents.ts';
import { createHttpApp } from './http.ts';
import { listen } from './listen.ts';
import { createLogger } from './logging.ts';
import { createMetrics } from './metrics.ts';

const publicUrl = 'https://refer.example.com';
const app = createHttpApp({
  name: 'test',
  routers: [documentRoutes({ services: ['reward-issuer', 'analytics'], publicUrl })],
  logger: createLogger({ level: 'silent', name: 'test' }),
  metrics: createMetrics('test'),
  readiness: [],
  trustProxy: 0,
});
const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

describe('/openapi.json', () => {
  test('tells the calls of the services of this process, and where they are reached', async () => {
    const { body } = await request(app)
      .get('/openapi.json')
      .expect(200)
      .expect('Content-Type', /^application\/json/);
    expect(body).toMatchObject({ openapi: '3.1.1', servers: [{ url: publicUrl }] });
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(['/api/rewards', '/livez', '/docs']));
    expect(Object.keys(body.paths)).not.toContain('/api/enrollments');
  });
});

describe.each(['/openapi.json', '/asyncapi.json'])('%s', (path) => {
  // A client that polls it pays for it once.
  test('is sent again only when it has changed', async () => {
    const { headers } = await request(app).get(path).expect(200).expect('Cache-Control', 'no-cache');
    const again = await request(app).get(path).set('If-None-Match', String(headers.etag)).expect(304);
    expect(again.text).toBe('');
    await request(app).get(path).set('If-None-Match', '"another"').expect(200);
  });
});

test('/asyncapi.json tells every topic', async () => {
  const { body } = await request(app).get('/asyncapi.json').expect(200);
  expect(body).toMatchObject({
    asyncapi: '3.0.0',
    channels: { referral_converted: { address: 'referral_converted' } },
  });
});

describe('/docs', () => {
  test('is a page whose parts are all served here, under a policy that allows no other scripts', async () => {
    const page = await request(app)
      .get('/docs')
      .expect(200)
      .expect('Content-Type', /^text\/html/);
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    expect(page.text).not.toMatch(/<script>|<script[^>]*>[^<\s]|(?:src|href)="(?:https?:)?\/\//);
    const parts = [...page.text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, part]) => part ?? '');
    expect(parts).toEqual(expect.arrayContaining(['docs/swagger-ui-bundle.js', 'docs/swagger-ui.css']));
    for (const part of parts) await request(app).get(`/${part}`).expect(200);
  });

  // Its own default sends the address of the document to a validator on the internet.
  test('asks nobody else about the document', async () => {
    const { text } = await request(app).get('/docs/swagger-ui-init.js').expect(200);
    expect(text).toContain('"swaggerUrl": "openapi.json"');
    expect(text).toContain('"validatorUrl": null');
    expect(text).not.toMatch(/https?:/);
  });

  test('is found with a slash at its end too, and nothing below it that is not there', async () => {
    await request(app).get('/docs/').expect(308).expect('Location', '../docs');
    await request(app).get('/docs/nothing.js').expect(404).expect('Content-Type', 'application/problem+json');
  });

  (browser ? test : test.skip)('shows the calls in a browser, which refuses none of its parts', async () => {
    const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 });
    const profile = await mkdtemp(join(tmpdir(), 'referral-browser-'));
    try {
      const { stdout, stderr } = await promisify(execFile)(
        browser ?? '',
        [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-background-networking',
          '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
          `--user-data-dir=${profile}`,
          '--enable-logging=stderr',
          '--virtual-time-budget=20000',
          '--dump-dom',
          `${url}/docs`,
        ],
        { maxBuffer: 64 * 1_024 * 1_024 },
      );
      expect(stdout).toContain('data-path="/api/rewards"');
      expect(stdout).toContain(`${publicUrl}/asyncapi.json`);
      expect(stderr.split('\n').filter((line) => /CONSOLE/.test(line))).toEqual([]);
    } finally {
      await close();
      await rm(profile, { recursive: true, force: true });
    }
  });
});
