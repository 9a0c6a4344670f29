import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { type Ran, runCommand } from '../../test/terminal.ts';

let directory: string;
let server: Server | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'referral-cli-'));
});
afterEach(() => {
  server?.close();
  rmSync(directory, { recursive: true });
});

const purchases = Array.from({ length: 10 }, (_, index) => `9 000${index + 1} 19970101 1 5.00`).slice(0, 9);

async function importInto(platform: RequestListener, ...args: string[]): Promise<Ran> {
  const file = join(directory, 'cdnow.txt');
  writeFileSync(file, purchases.join('\n'));
  const listening = createServer(platform).listen(0, '127.0.0.1');
  server = listening;
  await new Promise((resolve) => listening.once('listening', resolve));
  const { port } = listening.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const env = { AUTH_SECRET: 'a secret of at least thirty-two bytes' };
  return runCommand(['import', 'cdnow', file, '--tenant', 'acme', '--url', url, ...args], env);
}

const eventIds = z.array(z.object({ id: z.string() }));

/** Answers as the API does, and remembers the events; `refuse` may answer an attempt to publish in its own way. */
function platform(
  refuse: (attempt: number, ids: readonly string[]) => { status: number; body: unknown } | undefined = () => undefined,
) {
  const taken: string[] = [];
  let [attempts, underWay, mostUnderWay] = [0, 0, 0];
  const answer = async (path: string, body: string): Promise<{ status: number; body: unknown }> => {
    if (path === '/api/referrals/my-code') return { status: 200, body: { referral_code: 'KH7N4WP3' } };
    const ids = eventIds.parse(JSON.parse(body)).map(({ id }) => id);
    attempts += 1;
    const refusal = refuse(attempts, ids);
    if (refusal) return refusal;
    // Whatever is sent at the same time arrives within these turns of the event loop.
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
    taken.push(...ids);
    const results = ids.map((event_id) => ({ event_id, status: 'accepted' }));
    return { status: 202, body: { accepted: ids.length, results } };
  };
  const listener: RequestListener = (req, res) => {
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    void text(req)
      .then((body) => answer(req.url ?? '', body))
      .then(({ status, body }) => {
        underWay -= 1;
        res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
  };
  return { listener, taken, mostUnderWay: () => mostUnderWay, attempts: () => attempts };
}

test('every event of the file is published once, in batches, two requests at a time, and counted', async () => {
  const { listener, taken, mostUnderWay, attempts } = platform();
  const { exitCode, stdout, stderr } = await importInto(listener, '--batch', '4');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^customers 9, signups 9, purchases 9, events accepted 18, seconds \d+\.\d\n$/);
  expect(new Set(taken).size).toBe(18);
  expect(taken).toHaveLength(18);
  expect(attempts()).toBe(5);
  expect(mostUnderWay()).toBe(2);
});

test('a platform that is away for a while is waited for: no event is lost', async () => {
  const { listener, taken } = platform((attempt) =>
    attempt === 2 || attempt === 3 ? { status: 503, body: {} } : undefined,
  );
  const { exitCode, stderr } = await importInto(listener, '--batch', '4');
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/takes no request right now \(503\)\nTrying again …\n/);
  expect(new Set(taken).size).toBe(18);
});

test('an event that the platform does not take ends the import with 1, and its problem is shown', async () => {
  const { listener } = platform((_attempt, ids) => ({
    status: 202,
    body: {
      accepted: 0,
      results: ids.map((event_id) => ({ event_id, status: 'invalid', problem: 'data.amount: too dear' })),
    },
  }));
  const { exitCode, stdout, stderr } = await importInto(listener);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('The platform did not accept:\ncdnow-signup-0001: data.amount: too dear\n');
  expect(stderr).toContain('and 8 more of this batch');
});

test('a refusal of the whole request is not tried again, and told with its reasons', async () => {
  const problem = {
    type: 'urn:referral:problem:forbidden',
    title: 'Not allowed',
    detail: 'Another kind of token is needed.',
  };
  const { listener, attempts } = platform(() => ({ status: 403, body: problem }));
  const { exitCode, stderr } = await importInto(listener);
  expect(exitCode).toBe(1);
  expect(stderr).toBe('POST /api/events was refused with 403: Not allowed. Another kind of token is needed.\n');
  expect(attempts()).toBe(1);
});
