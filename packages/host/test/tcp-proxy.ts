import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** How often a client has sent something: its round trips, when it waits for each answer. */
  sent(): number;
  /** Holds back whatever the server answers from now on, by so many milliseconds. */
  delay(ms: number): void;
  close(): Promise<void>;
}

/** Stands between a client and a server on loopback. */
export async function openTcpProxy(serverPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let sent = 0;
  let delayMs = 0;
  const proxy = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1').setNoDelay();
    client.setNoDelay();
    client.on('data', (data) => {
      sent += 1;
      server.write(data);
    });
    server.on('data', (data) => {
      if (delayMs === 0) client.write(data);
      else setTimeout(() => client.write(data), delayMs).unref();
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
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    port: address.port,
    sent: () => sent,
    delay(ms) {
      delayMs = ms;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
