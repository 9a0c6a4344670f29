import { once } from 'node:events';
import { Writable } from 'node:stream';
import { type Caller, type Installation, openInstallation } from '@referral/testing';
import { clickTold, referralTold, rewardTold, shareTold, tenant } from '../../test/world.ts';
import { analyticsService } from '../service.ts';
import { createStreams, type StreamLimits, streamLimits } from './streams.ts';

const path = '/api/loyalty/referrals/live';
let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation({ services: [analyticsService], partitions: 3 });
});
afterEach(() => installation.close());

/** Takes text until it is told to stall; then what is written waits. */
class TestReader extends Writable {
  text = '';
  isStalled = false;
  readonly #waiting: { readonly part: string; readonly found: () => void }[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    for (const { part, found } of this.#waiting) if (this.text.includes(part)) found();
    if (!this.isStalled) done();
  }

  /** Resolves when it has been told this. */
  async told(part: string): Promise<void> {
    if (this.text.includes(part)) return;
    await new Promise<void>((found) => this.#waiting.push({ part, found }));
  }
}

function openStreams(limits: Partial<StreamLimits> = {}) {
  const stopping = new AbortController();
  const streams = createStreams(installation.bus, stopping.signal, { ...streamLimits, ...limits });
  const open = async (lastId?: string, tenantId = tenant, reader = new TestReader()) => {
    await streams.open(tenantId, lastId, reader, () => {});
    return reader;
  };
  return { streams, stopping, open };
}

const idsIn = (text: string) => [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id);

describe('over HTTP', () => {
  /** Reads until `isEnough` says so, then goes away. */
  function watch(caller: Caller, isEnough: (text: string) => boolean, onText: (text: string) => void = () => {}) {
    return caller
      .get(path)
      .buffer(true)
      .parse((res, callback) => {
        let text = '';
        res.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          onText(text);
          if (!isEnough(text)) return;
          callback(null, text);
          if ('destroy' in res && typeof res.destroy === 'function') res.destroy();
        });
      });
  }

  test('events of the token’s tenant are told as they happen, and no proxy may hold them back', async () => {
    const admin = await installation.as({ kind: 'admin', tenantId: tenant });
    let isTold = false;
    const answer = await watch(
      admin,
      (text) => text.includes('referral_converted'),
      () => {
        if (isTold) return;
        isTold = true;
        void installation.publish([
          shareTold(1, { tenantId: 'globex' }),
          rewardTold('issued', 'rwd_1'),
          clickTold(1),
          referralTold({ referee: 'bob', status: 'converted', revision: 2 }),
        ]);
      },
    );
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(answer.body).toContain('"tenant_id":"acme"');
    expect(answer.body).not.toContain('globex');
    expect(answer.body).not.toContain('reward');
  });

  test('needs a token of an admin', async () => {
    await installation.anybody.get(path).expect(401);
    const customer = await installation.as({ kind: 'customer', tenantId: tenant, customerId: 'ann' });
    await customer.get(path).expect(403);
  });
});

describe('somebody who comes back', () => {
  test('goes on behind the last event, and what was published twice is told once', async () => {
    const { open, streams } = openStreams();
    // All in one partition, so that the third comes after the repeat of the second.
    const share = (n: number) => shareTold(n, { at: `2026-01-0${n}T12:00:00Z` });
    const first = await open();
    await installation.publish([share(1), share(2)]);
    await first.told('2026-01-02');
    const [one, two] = idsIn(first.text);
    first.destroy();
    await once(first, 'close');

    const meanwhile = await open();
    await installation.publish([share(2), share(3)]);
    await meanwhile.told('2026-01-03');
    const back = await open(one);
    expect(back.text).toContain(': watching');
    expect(idsIn(back.text)).toEqual([two, ...idsIn(meanwhile.text)]);
    expect(idsIn(back.text)).toHaveLength(2);
    await streams.stop();
  });

  test('after too long is told that there is a gap', async () => {
    const { open, streams } = openStreams();
    const back = await open('evt_of_last_week');
    expect(back.text).toBe('event: gap\ndata: {}\n\n');
    await streams.stop();
  });
});

test('a beat tells proxies and readers that the stream is alive', async () => {
  const { open, streams } = openStreams({ heartbeatMs: 5 });
  const reader = await open();
  await reader.told(': still here');
  await streams.stop();
});

test('one who reads too slowly is sent away instead of filling the memory, and others go on', async () => {
  const { open, streams } = openStreams({ waitingBytes: 2_000 });
  const slow = await open();
  const other = await open();
  slow.isStalled = true;
  await installation.publish(Array.from({ length: 20 }, (_, n) => shareTold(n)));
  await other.told('id: ');
  expect(slow.writableEnded).toBe(true);
  await installation.publish([clickTold(99)]);
  await other.told('visitor-99');
  expect(slow.text).not.toContain('visitor-99');
  slow.destroy();
  await streams.stop();
});

test('no more are let in than the process takes, until somebody leaves', async () => {
  const { open, streams } = openStreams({ connections: 2 });
  const first = await open();
  await open();
  await expect(open()).rejects.toMatchObject({ status: 503 });
  first.destroy();
  await once(first, 'close');
  await open();
  await expect(open()).rejects.toMatchObject({ status: 503 });
  await streams.stop();
});

test('a stream ends after its lifetime, so that no token is good for ever', async () => {
  const { open, streams } = openStreams({ lifetimeMs: 5 });
  const reader = await open();
  await once(reader, 'close');
  expect(reader.text).toContain(': connect again');
  await streams.stop();
});

// The HTTP server waits for requests under way before it stops: these would never end by themselves.
test('every stream ends as soon as the process is told to stop, and none begins', async () => {
  const { open, stopping, streams } = openStreams();
  const reader = await open();
  stopping.abort();
  await once(reader, 'close');
  expect(reader.text).toContain(': stopping');
  await expect(open()).rejects.toMatchObject({ status: 503 });
  await streams.stop();
});

test('a bus that is away is told as such, and asked again by the next', async () => {
  const { open, streams } = openStreams();
  await installation.bus.close();
  await expect(open()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  await expect(open()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  await streams.stop();
});
