import type { TokenContent } from '@referral/host';
import { freePort } from '@referral/local-engines';
import { type LocalGateway, startLocalGateway } from '../infra/gateway/local-gateway.ts';
import { createDistributed, type EngineVariables } from './distributed-platform.ts';
import type { ServiceName } from './front.ts';
import { manageProcess, printed } from './platform.ts';
import type { Standalone } from './standalone-platform.ts';

/** Each service as a process of its own on real engines, and the pages, behind the stock proxy. */
export async function createBehindProxy(engines: EngineVariables): Promise<Standalone> {
  const [port, webPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const platform = await createDistributed(engines, { env: { PUBLIC_URL: url } });
  const web = manageProcess(
    'services/web/dist/main.js',
    { ...process.env, PORT: String(webPort), LOG_LEVEL: 'info' },
    printed(/listening|ready/),
  );
  const addressOf = (service: ServiceName) =>
    `127.0.0.1:${platform.processes.find((each) => each.service === service)?.port}`;
  let gateway: LocalGateway | undefined;
  return {
    ...platform,
    url,
    output: '',
    async token({ kind, tenantId = '', customerId }: TokenContent) {
      const customer = customerId === undefined ? [] : ['--customer', customerId];
      const { stdout } = await platform.referral('token', kind, '--tenant', tenantId, ...customer).finished;
      return stdout.trim();
    },
    async start() {
      await Promise.all([platform.start(), web.start()]);
      gateway = await startLocalGateway(port, {
        'referral-code': addressOf('referral-code'),
        attribution: addressOf('attribution'),
        'reward-issuer': addressOf('reward-issuer'),
        analytics: addressOf('analytics'),
        web: `127.0.0.1:${webPort}`,
      });
    },
    async remove() {
      await gateway?.stop();
      await web.end('SIGKILL');
      await platform.remove();
    },
  };
}
