import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { listen } from './listen.ts';

const anyPort = { host: '127.0.0.1', port: 0 };

describe('a server that closes', () => {
  test('finishes the request under way, takes no new one, and does not wait for connections that are kept alive', async () => {
    const held: (() => void)[] = [];
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = await listen((_req, res) => {
      held.push(() => res.end('whole'));
      arrived();
    }, anyPort);
    const agent = new Agent({ keepAlive: true });
    const answer = once(get(server.url, { agent }), 'response');
    await arrival;

    const startedAt = performance.now();
    const closed = server.close();
    await expect(fetch(server.url)).rejects.toThrow();
    for (const finish of held) finish();
    const [response]: IncomingMessage[] = await answer;
    expect(response && (await text(response))).toBe('whole');
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    agent.destroy();
  });

  test('drops connections that have asked for nothing: a browser keeps some in reserve', async () => {
    const server = await listen((_req, res) => res.end(), anyPort);
    const reserve = connect(server.port, '127.0.0.1');
    await once(reserve, 'connect');
    await fetch(server.url);
    const startedAt = performance.now();
    await Promise.all([server.close(), once(reserve, 'close')]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test('may be closed twice', async () => {
    const server = await listen((_req, res) => res.end(), anyPort);
    await Promise.all([server.close(), server.close()]);
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });
});

describe('a server that starts', () => {
  test('tells an address that can be opened, also where it listens on every one', async () => {
    const everywhere = await listen((_req, res) => res.end(), { host: '0.0.0.0', port: 0 });
    expect(everywhere.url).toBe(`http://localhost:${everywhere.port}`);
    await everywhere.close();
  });

  test('fails when its port is taken', async () => {
    const first = await listen((_req, res) => res.end(), anyPort);
    await expect(listen((_req, res) => res.end(), { host: '127.0.0.1', port: first.port })).rejects.toThrow(
      'set PORT to another one',
    );
    await first.close();
  });
});
