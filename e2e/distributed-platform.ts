import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { pause } from '@referral/errors';
import { freePort } from '@referral/local-engines';
import { type ServiceName, serviceNames, startFront } from './front.ts';
import { callersOf, type ManagedProcess, manageProcess, type Platform } from './platform.ts';

/** Where the engines are, as the services read it. */
export interface EngineVariables {
  readonly KAFKA_BROKERS: string;
  readonly MONGODB_URL: string;
  readonly REDIS_URL: string;
}

export interface DistributedPlatform extends Platform {
  /** Before the name of each of its topics. */
  readonly topicPrefix: string;
  /** Every process, replicas one after the other. */
  readonly processes: readonly ServiceProcess[];
}

interface ServiceProcess {
  readonly service: ServiceName;
  readonly port: number;
  readonly process: ManagedProcess;
}

export interface DistributedOptions {
  /** How many processes of a service. Default: one of each. */
  readonly replicas?: Partial<Record<ServiceName, number>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A group waits for up to a minute for members that are at work before it lets another one in. */
const startTimeoutMs = 180_000;

/** Each service as processes of its own, on engines that others may use too: topics and documents have a name of their own. */
export async function createDistributed(
  engines: EngineVariables,
  { replicas = {}, env: more = {} }: DistributedOptions = {},
): Promise<DistributedPlatform> {
  const name = `e2e-${randomUUID().slice(0, 8)}`;
  const secret = randomBytes(32).toString('base64url');
  const frontPort = await freePort();
  const url = `http://127.0.0.1:${frontPort}`;
  const env = {
    ...process.env,
    ...engines,
    MONGODB_URL: databaseOf(engines.MONGODB_URL, name),
    TOPIC_PREFIX: `${name}.`,
    TOPIC_PARTITIONS: '4',
    KAFKA_SESSION_TIMEOUT_MS: '6000',
    AUTH_SECRET: secret,
    PUBLIC_URL: url,
    LOG_LEVEL: 'fatal',
    RATE_LIMIT_PER_MINUTE: '1000000',
    ...more,
  };
  const processes: ServiceProcess[] = [];
  for (const service of serviceNames) {
    for (let replica = 0; replica < (replicas[service] ?? 1); replica += 1) {
      const port = await freePort();
      const script = `services/${service}/dist/main.js`;
      const isReady = (child: ChildProcess) => ready(port, () => child.exitCode);
      processes.push({ service, port, process: manageProcess(script, { ...env, PORT: String(port) }, isReady) });
    }
  }
  const portsOf = (service: ServiceName) =>
    processes.filter((each) => each.service === service).map(({ port }) => port);
  let closeFront: (() => Promise<void>) | undefined;
  const endAll = (signal: NodeJS.Signals) => Promise.all(processes.map(({ process }) => process.end(signal)));
  return {
    url,
    topicPrefix: env.TOPIC_PREFIX,
    processes,
    ...callersOf(url, () => secret, env),
    async start() {
      closeFront ??= await startFront(frontPort, portsOf);
      await Promise.all(processes.map(({ process }) => process.start()));
    },
    async killHard() {
      await endAll('SIGKILL');
    },
    interrupt: () => endAll('SIGINT'),
    async remove() {
      await endAll('SIGKILL');
      await closeFront?.();
    },
  };
}

function databaseOf(url: string, name: string): string {
  return url.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(.*)$/, `$1/${name}$2`);
}

/** Resolves when the process says that it can serve. */
async function ready(port: number, exitCode: () => number | null): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (response?.ok) return;
    if (exitCode() !== null) throw new Error(`a service ended with ${exitCode()} before it was ready`);
    if (performance.now() > deadline) throw new Error('a service was not ready in time');
    await pause(100);
  }
}
