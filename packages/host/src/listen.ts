import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { assert, OperationalError } from '@referral/errors';

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Takes no new request, finishes what is under way (at most 10 s), closes every connection. Safe to call twice. */
  close(): Promise<void>;
}

const drainMs = 10_000;

/**
 * Serves `app`. Port 0 takes any free port.
 * @throws OperationalError `PORT_IN_USE`, or the error of the operating system
 */
export async function listen(app: RequestListener, options: { host: string; port: number }): Promise<Listening> {
  const server = createServer(app);
  const requestsUnderWay = new Map<Socket, number>();
  let closing: Promise<void> | undefined;

  server.on('connection', (socket) => {
    requestsUnderWay.set(socket, 0);
    socket.once('close', () => requestsUnderWay.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    requestsUnderWay.set(socket, (requestsUnderWay.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (requestsUnderWay.get(socket) ?? 1) - 1;
      if (!socket.destroyed) requestsUnderWay.set(socket, left);
      if (closing && left === 0) socket.destroySoon();
    });
  });

  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? portInUse(options, error) : error);
    server.once('error', refuse);
    server.listen(options.port, options.host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  const address = server.address();
  assert(address !== null && typeof address === 'object', 'a server that listens on a port has an address');

  /** Node closes only the idle connections that have served a request before; a browser keeps fresh ones in reserve. */
  const close = () =>
    new Promise<void>((resolve) => {
      const giveUp = setTimeout(() => server.closeAllConnections(), drainMs);
      server.close(() => {
        clearTimeout(giveUp);
        resolve();
      });
      for (const [socket, requests] of requestsUnderWay) if (requests === 0) socket.destroySoon();
    });

  return {
    url: `http://${reachableHost(options.host)}:${address.port}`,
    port: address.port,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function portInUse({ host, port }: { host: string; port: number }, cause: Error): OperationalError {
  return new OperationalError('PORT_IN_USE', `port ${port} of ${host} is in use; set PORT to another one`, cause);
}

/** `0.0.0.0` and `::` say where to listen, not where to go. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
