import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Kafka's numbers for kinds of requests. */
export const apiKeys = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  offsetCommit: 8,
  findCoordinator: 10,
  heartbeat: 12,
} as const;

/** Stands between clients and one broker, and loses what it is told to. */
export interface SwallowingProxy {
  /** What clients use as their broker. */
  readonly broker: string;
  /** How many replies have been lost. */
  readonly swallowed: number;
  /** Loses the next replies to such requests: the broker has done the work, the client never hears of it. */
  swallow(apiKey: number, replies: number): void;
  /** The broker is away: cuts all connections, and new ones as they come. */
  goAway(): void;
  /** The broker stands still: connections stay, and nothing that comes on them is answered. */
  standStill(): void;
  comeBack(): void;
  close(): Promise<void>;
}

/**
 * Brokers tell clients where brokers are, and clients go there: so the proxy puts its own port into those replies.
 * @param broker `127.0.0.1:port`; a broker that advertises another address is not followed
 */
export async function startSwallowingProxy(broker: string): Promise<SwallowingProxy> {
  const [host = '', brokerPort = ''] = broker.split(':');
  const sockets = new Set<Socket>();
  const toSwallow = new Map<number, number>();
  let swallowed = 0;
  let away = false;
  let still = false;

  const server = createServer((client) => {
    if (away) return void client.destroy();
    const upstream = connect(Number(brokerPort), host);
    const asked = new Map<number, number>();
    const pair = [client, upstream];
    for (const socket of pair) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        for (const each of pair) each.destroy();
      });
    }
    eachFrame(client, (frame) => {
      if (still) return;
      asked.set(frame.readInt32BE(8), frame.readInt16BE(4));
      upstream.write(frame);
    });
    eachFrame(upstream, (frame) => {
      const apiKey = asked.get(frame.readInt32BE(4)) ?? -1;
      asked.delete(frame.readInt32BE(4));
      const left = toSwallow.get(apiKey) ?? 0;
      if (left > 0) {
        toSwallow.set(apiKey, left - 1);
        swallowed += 1;
        return;
      }
      if (apiKey === apiKeys.metadata || apiKey === apiKeys.findCoordinator)
        advertise(frame, host, Number(brokerPort), port());
      client.write(frame);
    });
  });
  const port = () => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    broker: `127.0.0.1:${port()}`,
    get swallowed() {
      return swallowed;
    },
    swallow: (apiKey, replies) => void toSwallow.set(apiKey, replies),
    goAway() {
      away = true;
      for (const socket of sockets) socket.destroy();
    },
    standStill() {
      still = true;
    },
    comeBack() {
      away = false;
      still = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Requests and replies alike begin with their length, four bytes. A frame here includes it. */
function eachFrame(socket: Socket, take: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      take(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  });
}

/** In every version of these replies a host's name is followed by its port, four bytes. */
function advertise(frame: Buffer, host: string, brokerPort: number, proxyPort: number): void {
  const address = Buffer.alloc(host.length + 4);
  address.write(host);
  address.writeInt32BE(brokerPort, host.length);
  for (let at = frame.indexOf(address); at >= 0; at = frame.indexOf(address, at + 1)) {
    frame.writeInt32BE(proxyPort, at + host.length);
  }
}
