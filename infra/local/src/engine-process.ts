import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { pause } from '@referral/errors';

/** An engine as a process of its own, on loopback. Its data outlives it, so that it can be killed and started again. */
export interface LocalEngine {
  readonly name: string;
  /** As the services' configuration wants it: `host:port`, or a URL. */
  readonly address: string;
  /** Of the process that runs. */
  readonly pid: number | undefined;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** Ends it in order; by force when that takes more than ten seconds. */
  stop(): Promise<void>;
}

export interface EngineCommand {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  /** Where its output goes, when it outlives this process. Otherwise it ends with this process. */
  readonly detachedLog?: string | undefined;
}

const host = '127.0.0.1';
const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
const portRange = { from: 15_000, to: 32_000 };

export function createEngine(engine: EngineCommand): LocalEngine {
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    child = undefined;
    if (!ending || hasEnded(ending)) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    const force = setTimeout(() => ending.kill('SIGKILL'), stopTimeoutMs);
    await exited;
    clearTimeout(force);
  };
  return {
    name: engine.name,
    address: engine.address,
    get pid() {
      return child?.pid;
    },
    async start() {
      child = spawnEngine(engine);
      await answering(engine, child);
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

const handedOut = new Set<number>();

/**
 * A port that nobody listens on now, and that this process has not been given before. It lies below the ports that systems
 * give to outgoing connections: otherwise one of those could hold it while an engine is down, and even a connection
 * attempt to it could end up talking to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(portRange.from, portRange.to);
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

export async function isAnswering(port: number): Promise<boolean> {
  const socket = createConnection({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function spawnEngine({ command, args, detachedLog }: EngineCommand): ChildProcess {
  if (detachedLog === undefined) {
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    const endWithUs = () => child.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('exit', () => process.removeListener('exit', endWithUs));
    return child;
  }
  const log = openSync(detachedLog, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  child.unref();
  return child;
}

async function answering({ name, port }: EngineCommand, child: ChildProcess): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const deadline = performance.now() + startTimeoutMs;
  while (!(await isAnswering(port))) {
    if (failure) throw failure;
    if (hasEnded(child)) throw new Error(`${name} ended before it answered on port ${port}`);
    if (performance.now() > deadline) throw new Error(`${name} did not answer on port ${port} in time`);
    await pause(50);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
