import { documentedServices, openApiDocument } from '@referral/contracts/documents';
import { publicUrl } from '@referral/testing';
import { callsOf, type DocumentedCall, routesOf } from './documented-api.ts';
import { formOf } from './documented-form.ts';
import { type Asked, type DocumentedWorld, openDocumentedWorld } from './documented-world.ts';

/** The OpenAPI document says what is: every example in it is asked for, and every answer it promises is given. */

type Answer = Awaited<ReturnType<DocumentedWorld['ask']>>;

const document = openApiDocument(documentedServices, { url: publicUrl });
const isOfProcess = new Set(callsOf(openApiDocument([], { url: publicUrl })).map(({ id }) => id));
const calls = callsOf(document).filter(({ id }) => !isOfProcess.has(id));
const faultsOf = formOf(document);

/** `<call> <status> <type of the problem>` of every answer that was given. */
const given = new Set<string>();
let world: DocumentedWorld;

beforeAll(async () => {
  world = await openDocumentedWorld();
});
afterAll(() => world.close());

test.each(documentedServices)('the document of %s lists exactly the routes of its router', (service) => {
  const documented = callsOf(openApiDocument([service], { url: publicUrl })).filter(({ id }) => !isOfProcess.has(id));
  const router = world.routers.get(service);
  expect(documented.map(nameOf).sort()).toEqual(router && routesOf(router).sort());
});

describe.each(calls.map((call) => [nameOf(call), call] as const))('%s', (_name, call) => {
  test.each(call.examples.map((example) => [example.name, example] as const))(
    'answers as the example %s says',
    async (_, example) => {
      const changes = example.status < 400 && !(call.method === 'get' && call.path.startsWith('/api/'));
      const own = changes ? await openDocumentedWorld() : undefined;
      try {
        const answer = await (own ?? world).ask(call, example);
        expectDocumented(call, answer);
        expect({ status: answer.status, body: withoutEventIds(answer.body) }).toEqual({
          status: example.status,
          body: withoutEventIds(example.answer ?? {}),
        });
        for (const [name, value] of Object.entries(example.headers)) {
          expect({ name, value: answer.headers[name.toLowerCase()] }).toEqual({ name, value });
        }
      } finally {
        await own?.close();
      }
    },
  );
});

describe('what goes for many calls alike', () => {
  const offering = (status: number, type: string) =>
    calls
      .filter(({ answers }) => answers.get(status)?.problems.includes(urn(type)))
      .map((call) => [call.id, call] as const);
  const refuses = async (call: DocumentedCall, more: Partial<Asked>, type: string, of = world) => {
    const answer = await of.ask(call, { ...goodRequest(call), ...more });
    expectDocumented(call, answer);
    expect(answer.body.type).toBe(urn(type));
  };

  test.each(offering(401, 'unauthorized'))('%s refuses a token that is not valid', (_, call) =>
    refuses(call, { token: 'broken' }, 'unauthorized'),
  );
  test.each(offering(403, 'forbidden'))('%s refuses a token of another kind', async (_, call) => {
    const kind = (['customer', 'service', 'admin'] as const).find((one) => !call.callers.includes(one)) ?? 'admin';
    await refuses(call, { token: { kind, tenantId: 'acme-waste', customerId: 'cus_111' } }, 'forbidden');
  });
  test.each(offering(404, 'not-found').filter(([, { path, callers }]) => !path.includes('{') && callers.length === 1))(
    '%s refuses a token of a tenant that does not exist',
    async (_, call) => {
      const kind = (['customer', 'service'] as const).find((one) => one === call.callers[0]) ?? 'admin';
      await refuses(call, { token: { kind, tenantId: 'nobody', customerId: 'cus_111' } }, 'not-found');
    },
  );
  test.each(offering(400, 'malformed-json'))('%s refuses a body that is not JSON', (_, call) =>
    refuses(call, { body: '{"' }, 'malformed-json'),
  );
  test.each(offering(400, 'malformed-request'))('%s refuses a path that is not validly encoded', (_, call) => {
    const inPath = call.parameters.filter((one) => one.in === 'path').map(({ name }) => [name, '%E0%A4']);
    return refuses(call, { parameters: Object.fromEntries(inPath) }, 'malformed-request');
  });
  test.each(offering(413, 'payload-too-large'))('%s refuses a body that is too large', (_, call) =>
    refuses(call, { body: JSON.stringify('x'.repeat(2_000_000)) }, 'payload-too-large'),
  );
  test.each(offering(415, 'unsupported-media-type'))('%s refuses a body of another type', (_, call) =>
    refuses(call, { body: 'x', mediaType: 'text/plain' }, 'unsupported-media-type'),
  );

  // Whatever somebody tries, a client that knows the document knows what to do with the answer.
  test.each(calls.map((call) => [call.id, call] as const))('%s answers odd requests as documented', async (_, call) => {
    const inPath = call.parameters.filter((one) => one.in === 'path').map(({ name }) => [name, 'ref_nothing']);
    const kind = (['customer', 'service'] as const).find((one) => one === call.callers[0]) ?? 'admin';
    const odd: Partial<Asked>[] = [
      { parameters: Object.fromEntries(inPath) },
      { token: { kind, tenantId: 'nobody', customerId: 'cus_111' } },
      { token: { kind: 'admin', scopes: ['platform'] } },
      { parameters: { ...goodRequest(call).parameters, ...oddQuery(call) } },
      ...(call.mediaTypes.length > 0 ? [{ body: {} }, { body: [] }, { body: 'null' }] : []),
    ];
    for (const more of odd) expectDocumented(call, await world.ask(call, { ...goodRequest(call), ...more }));
  });

  test('public calls are limited', async () => {
    const limited = offering(429, 'too-many-requests');
    expect(limited.length).toBeGreaterThan(0);
    const strict = await openDocumentedWorld({ rateLimits: { perMinute: 1 } });
    for (const [, call] of limited) {
      await strict.ask(call, goodRequest(call));
      await refuses(call, {}, 'too-many-requests', strict);
    }
    await strict.close();
  });

  test.each([
    ['unavailable', 503, 'away'],
    ['internal-error', 500, 'broken'],
  ] as const)('every call is %s while its engines are', async (type, status, how) => {
    expect(offering(status, type)).toHaveLength(calls.length);
    const failing = await openDocumentedWorld();
    failing.breakEngines(how);
    for (const [, call] of offering(status, type)) await refuses(call, {}, type, failing);
    await failing.close();
  });

  test('a programme has an end to its versions', async () => {
    const own = await openDocumentedWorld();
    const programs = { name: 'referral-code.programs', indexes: [] };
    const program = await own.store.get<{ current: object }>(programs, 'acme-waste');
    const body = { ...program?.body, current: { ...program?.body.current, version: 10_000 } };
    const [outcome] = await own.store.commit([
      { collection: programs, id: 'acme-waste', expectedVersion: program?.version ?? 0, body },
    ]);
    expect(outcome).toMatchObject({ status: 'ok' });
    for (const [, call] of offering(409, 'too-many-versions')) {
      await refuses(call, { parameters: { 'If-Match': '"v10000"' } }, 'too-many-versions', own);
    }
    await own.close();
  });
});

// What was never answered is a promise that nobody has seen kept.
test('every documented answer was given', () => {
  const promised = calls.flatMap((call) =>
    [...call.answers].flatMap(([status, { problems }]) =>
      problems.length === 0 ? [`${call.id} ${status}`] : problems.map((type) => `${call.id} ${status} ${type}`),
    ),
  );
  expect(promised.filter((one) => !given.has(one))).toEqual([]);
});

function expectDocumented(call: DocumentedCall, answer: Answer): void {
  expect(faultsOf(call, answer)).toEqual([]);
  const isProblem = (call.answers.get(answer.status)?.problems.length ?? 0) > 0;
  given.add(`${call.id} ${answer.status}${isProblem ? ` ${answer.body.type}` : ''}`);
}

function goodRequest(call: DocumentedCall): Asked {
  const [good] = call.examples.filter(({ status }) => status < 400);
  if (!good) throw new Error(`${call.id} has no example of a good request`);
  return good;
}

/** An enrolment's event is named after the code that was typed, which comes by chance. */
function withoutEventIds(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body).replace(/"evt_[0-9a-f]{32}"/g, '"evt_"'));
}

function oddQuery(call: DocumentedCall): Record<string, string> {
  return Object.fromEntries(call.parameters.filter((one) => one.in === 'query').map(({ name }) => [name, '\u0000']));
}

function nameOf({ method, path }: DocumentedCall): string {
  return `${method.toUpperCase()} ${path}`;
}

function urn(type: string): string {
  return `urn:referral:problem:${type}`;
}
