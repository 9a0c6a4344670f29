import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, and fails as networks do. */
export interface TcpProxy {
  /** Stays the same when it is opened again. */
  readonly port: number;
  /** What becomes of the server's answers; undefined loses them. */
  answers: (data: Buffer) => Buffer | undefined;
  /** How often a client has sent something: its round trips, when it waits for each answer. */
  sent(): number;
  /** Holds back whatever the server answers from now on, by so many milliseconds. */
  delay(ms: number): void;
  breakConnections(): void;
  /** Breaks every connection and takes no new ones, until it is opened again. */
  close(): Promise<void>;
  open(): Promise<void>;
}

/** @returns a proxy that is open on a free port of loopback */
export async function openTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let port = 0;
  let sent = 0;
  let delayMs = 0;
  const listener = createServer((client) => {
    const server = connect(target).setNoDelay();
    client.setNoDelay();
    client.on('data', (data) => {
      sent += 1;
      server.write(data);
    });
    server.on('data', (data) => {
      const answer = proxy.answers(data);
      if (!answer) return;
      if (delayMs === 0) client.write(answer);
      else setTimeout(() => client.write(answer), delayMs).unref();
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      // What an end does to the other shows as its close.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const proxy: TcpProxy = {
    get port() {
      return port;
    },
    answers: (data) => data,
    sent: () => sent,
    delay(ms) {
      delayMs = ms;
    },
    breakConnections() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      const closed = once(listener, 'close');
      listener.close();
      proxy.breakConnections();
      await closed;
    },
    async open() {
      listener.listen(port, '127.0.0.1');
      await once(listener, 'listening');
      const address = listener.address();
      if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
      port = address.port;
    },
  };
  await proxy.open();
  return proxy;
}
