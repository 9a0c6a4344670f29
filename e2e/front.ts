import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** Which service answers what. The rest is attribution's. The stock proxy's own routes are held against the services in `infra/`. */
const routes: readonly [RegExp, ServiceName][] = [
  [/^\/(r\/|api\/tenants)/, 'referral-code'],
  [/^\/api\/referrals\/(program|config|promos|my-code|share|validate)\b/, 'referral-code'],
  [/^\/api\/(rewards|customers)\b/, 'reward-issuer'],
  [/^\/api\/loyalty\//, 'analytics'],
];

export const serviceNames = ['referral-code', 'attribution', 'reward-issuer', 'analytics'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** One URL before several processes, as a reverse proxy gives it. Replicas take turns; who does not answer is a 503. */
export async function startFront(
  port: number,
  replicasOf: (service: ServiceName) => readonly number[],
): Promise<() => Promise<void>> {
  let turn = 0;
  const server = createServer((incoming, answer) => {
    const [, service = 'attribution' as const] = routes.find(([pattern]) => pattern.test(incoming.url ?? '')) ?? [];
    const replicas = replicasOf(service);
    turn += 1;
    pass(incoming, answer, replicas[turn % replicas.length] ?? 0);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

function pass(incoming: IncomingMessage, answer: ServerResponse, port: number): void {
  const { method, url: path, headers } = incoming;
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
    response.once('error', () => answer.destroy());
  });
  outgoing.once('error', () => {
    if (answer.headersSent) answer.destroy();
    else
      answer.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' }).end('{"status":503}');
  });
  incoming.pipe(outgoing);
}
