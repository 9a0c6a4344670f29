import { documentedServices, openApiDocument } from '@referral/contracts/documents';
import {
  createHttpApp,
  createLogger,
  createMetrics,
  documentRoutes,
  listen,
  type ReadinessCheck,
} from '@referral/host';
import { publicUrl } from '@referral/testing';
import { callsOf, type DocumentedCall, routesOf } from './documented-api.ts';
import { formOf } from './documented-form.ts';

/** What every process answers beside its services is in every document, and nothing else is. */

const document = openApiDocument([], { url: publicUrl });
const calls = callsOf(document);
const faultsOf = formOf(document);
const given = new Set<string>();

function process(checks: readonly ReadinessCheck[]) {
  return createHttpApp({
    name: 'standalone',
    routers: [documentRoutes({ services: documentedServices, publicUrl })],
    logger: createLogger({ level: 'silent', name: 'test' }),
    metrics: createMetrics('test'),
    readiness: checks,
    trustProxy: 0,
  });
}

const works = async () => {};
const fails = async () => {
  throw new Error('away');
};
const ready = process([
  { name: 'store', check: works },
  { name: 'bus', check: works },
]);
const unready = process([{ name: 'store', check: fails }]);

async function ask(app: typeof ready, { path }: DocumentedCall, headers: Record<string, string> = {}) {
  const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 });
  const answer = await fetch(`${url}${path}`, { headers });
  const text = await answer.text();
  await close();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: isJson ? JSON.parse(text) : text };
}

function check(call: DocumentedCall, answer: Awaited<ReturnType<typeof ask>>): void {
  expect(faultsOf(call, answer)).toEqual([]);
  given.add(`${call.id} ${answer.status}`);
}

test('the document lists exactly the routes of a process without services', () => {
  const documented = calls.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(documented.sort()).toEqual(routesOf(ready.router).sort());
});

test.each(documentedServices)('so does the document of %s, beside its own', (service) => {
  const paths = Object.keys(openApiDocument([service], { url: publicUrl }).paths ?? {});
  expect(paths).toEqual(expect.arrayContaining(calls.map(({ path }) => path)));
});

test.each(calls.map((call) => [call.path, call] as const))('%s answers as its document says', async (_, call) => {
  const answer = await ask(ready, call);
  check(call, answer);
  for (const { status, answer: body } of call.examples) {
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body });
  }
  if (call.answers.has(304)) check(call, await ask(ready, call, { 'If-None-Match': answer.headers.etag ?? '' }));
  if (call.answers.has(503)) check(call, await ask(unready, call));
});

test('every documented answer was given', () => {
  const promised = calls.flatMap(({ id, answers }) => [...answers.keys()].map((status) => `${id} ${status}`));
  expect(promised.filter((one) => !given.has(one))).toEqual([]);
});
