import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Ran, runCommand } from '../../test/terminal.ts';
import { run } from '../program.ts';

const env = { AUTH_SECRET: 'a secret of at least thirty-two bytes' };
let server: Server | undefined;
afterEach(() => {
  server?.close();
});

const building = {
  state: 'building',
  generation: 3,
  last: null,
  progress: {
    generation: 4,
    step: 'facts',
    fraction: 0.25,
    facts: 50,
    started_at: '2026-03-20T12:00:00Z',
    estimated_seconds_left: 3,
  },
};
const done = {
  state: 'idle',
  generation: 4,
  last: { finished_at: '2026-03-20T12:00:04Z', facts: 200 },
  progress: null,
};

async function listen(listening: Server): Promise<string> {
  server = listening.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const { port } = listening.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Gives these answers, one after the other. */
function platformWith(answers: readonly Answer[], asked: string[] = []): Server {
  return createServer((req, res) => {
    asked.push(`${req.method} ${req.url}`);
    const { status, body } = answers[asked.length - 1] ?? { status: 404, body: {} };
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
}

async function rebuildWith(answers: readonly Answer[], ...args: string[]) {
  const asked: string[] = [];
  const ran: Ran = await runCommand(
    ['rebuild', 'analytics', '--url', await listen(platformWith(answers, asked)), ...args],
    env,
  );
  return { ...ran, asked };
}

test('ends with 0 when the new figures are shown, also through a restart of the platform', async () => {
  const { exitCode, stdout, stderr, asked } = await rebuildWith([
    { status: 202, body: building },
    { status: 503, body: {} },
    { status: 200, body: building },
    { status: 200, body: done },
  ]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^The figures are rebuilt: facts 200, seconds \d+\.\d\n$/);
  expect(stderr).toMatch(/takes no request right now \(503\)\nTrying again …\n/);
  expect(asked).toEqual(['POST /api/analytics/rebuild', ...Array(3).fill('GET /api/analytics/rebuild')]);
});

test('on a terminal, tells how far it is and how long it takes', async () => {
  const standings = { ...building, progress: { ...building.progress, step: 'standings', fraction: 1 } };
  const url = await listen(
    platformWith([
      { status: 202, body: building },
      { status: 200, body: standings },
      { status: 200, body: done },
    ]),
  );
  let shown = '';
  const stderr = { isTTY: true, write: (text: string) => (shown += text) };
  const terminal = { stdout: { write: () => {} }, stderr, env, interrupted: () => Promise.resolve() };
  expect(await run(['rebuild', 'analytics', '--url', url], terminal)).toBe(0);
  expect(shown).toContain('figures 25 %, 50 facts, 3 s left');
  expect(shown).toContain('figures 100 %, 50 facts, ranks …');
});

test('with --no-wait only starts it', async () => {
  const { exitCode, stdout, asked } = await rebuildWith([{ status: 202, body: building }], '--no-wait');
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'The figures are being rebuilt.\n' });
  expect(asked).toHaveLength(1);
});

test('without a platform: one line that says how to start it, exit 1', async () => {
  // A port that has just been given back.
  const url = await listen(createServer());
  await new Promise((resolve) => server?.close(resolve));
  const { exitCode, stdout, stderr } = await runCommand(['rebuild', 'analytics', '--url', url], env);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toBe(`${url} does not answer (ECONNREFUSED). Start the platform with: npm start\n`);
});
