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

/** How long an answer is waited for, and for how long a replica that gave none is left alone. */
const answerWithinMs = 5_000;
const leaveAloneMs = 10_000;

/**
 * One URL before several processes, as a reverse proxy gives it: replicas take turns, one that does not answer is a 503 and
 * then left alone for a while.
 */
export async function startFront(
  port: number,
  replicasOf: (service: ServiceName) => readonly number[],
): Promise<() => Promise<void>> {
  let turn = 0;
  const leftAloneUntil = new Map<number, number>();
  const server = createServer((incoming, answer) => {
    const [, service = 'attribution' as const] = routes.find(([pattern]) => pattern.test(incoming.url ?? '')) ?? [];
    const all = replicasOf(service);
    const answering = all.filter((port) => (leftAloneUntil.get(port) ?? 0) < performance.now());
    const replicas = answering.length > 0 ? answering : all;
    turn += 1;
    const port = replicas[turn % replicas.length] ?? 0;
    pass(incoming, answer, port, () => leftAloneUntil.set(port, performance.now() + leaveAloneMs));
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

function pass(incoming: IncomingMessage, answer: ServerResponse, port: number, onFailure: () => void): void {
  const { method, url: path, headers } = incoming;
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
    response.once('error', () => answer.destroy());
  });
  outgoing.setTimeout(answerWithinMs, () => outgoing.destroy(new Error('no answer in time')));
  outgoing.once('error', () => {
    onFailure();
    if (answer.headersSent) answer.destroy();
    else
      answer.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' }).end('{"status":503}');
  });
  incoming.pipe(outgoing);
}
