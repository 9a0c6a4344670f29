import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `host:port` of each service, with a numeric host: `127.0.0.1:3001`. */
export interface Upstreams {
  readonly 'referral-code': string;
  readonly attribution: string;
  readonly 'reward-issuer': string;
  readonly analytics: string;
  readonly web: string;
}

export interface LocalGateway {
  readonly url: string;
  stop(): Promise<void>;
}

export const template = 'infra/gateway/nginx.conf.template';

const startTimeoutMs = 10_000;

/** The gateway's configuration, filled in for one machine. Everything that nginx writes is below its `-p` folder. */
export function renderGateway(port: number, upstreams: Upstreams): string {
  const values: Readonly<Record<string, string>> = {
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    GATEWAY_ACCESS_LOG: 'access.log',
    GATEWAY_REFERRAL_CODE: upstreams['referral-code'],
    GATEWAY_ATTRIBUTION: upstreams.attribution,
    GATEWAY_REWARD_ISSUER: upstreams['reward-issuer'],
    GATEWAY_ANALYTICS: upstreams.analytics,
    GATEWAY_WEB: upstreams.web,
    NGINX_LOCAL_RESOLVERS: '127.0.0.1',
  };
  return readFileSync(template, 'utf8').replace(/\$\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/**
 * Runs the machine's nginx as the gateway before services on loopback ports. Resolves when it answers.
 * @throws Error with what nginx has said when it does not start
 */
export async function startLocalGateway(port: number, upstreams: Upstreams): Promise<LocalGateway> {
  const folder = createFolder(renderGateway(port, upstreams));
  const nginx = spawn('nginx', nginxArguments(folder), { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  nginx.stderr.on('data', (text) => {
    said += text;
  });
  const exited = once(nginx, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    nginx.kill('SIGQUIT');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answers(url, nginx);
  } catch (error) {
    await stop();
    throw new Error(`nginx did not start: ${said}`, { cause: error });
  }
  return { url, stop };
}

/** What `nginx -t` says about a configuration: nothing when it is good. */
export function faultsOf(configuration: string): string {
  const folder = createFolder(configuration);
  const { status, stderr } = spawnSync('nginx', ['-t', '-q', ...nginxArguments(folder)], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return status === 0 ? stderr : `${stderr}ended with ${status}`;
}

function nginxArguments(folder: string): string[] {
  return ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')];
}

function createFolder(configuration: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'referral-gateway-'));
  // Started by root, nginx works as somebody else.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'nginx.conf'), configuration);
  return folder;
}

async function answers(url: string, nginx: ChildProcess): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  while (performance.now() < deadline && nginx.exitCode === null) {
    const response = await fetch(`${url}/livez`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('no answer');
}
