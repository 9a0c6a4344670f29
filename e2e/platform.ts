import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueToken, loadOrCreateSecret, type TokenContent } from '@referral/host';

/** The built platform as a user runs it: real processes, their own data folder, HTTP. */
export interface Platform {
  readonly url: string;
  readonly dataDir: string;
  start(): Promise<void>;
  /** Ends it as the machine would: at once, with nothing saved. */
  killHard(): Promise<void>;
  /** Ends it as Ctrl-C does. @returns its exit code */
  interrupt(): Promise<number | null>;
  get(path: string, token: TokenContent): Promise<{ status: number; body: Json }>;
  post(path: string, body: unknown, token?: TokenContent): Promise<{ status: number; body: Json }>;
  /** Runs the command line against it. */
  referral(...args: string[]): Running;
  remove(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as a client would, without our types
export type Json = any;

interface Running {
  readonly process: ChildProcess;
  readonly finished: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

const standalone = 'packages/standalone/dist/main.js';
const cli = 'packages/cli/dist/main.js';

export async function createPlatform(): Promise<Platform> {
  const dataDir = mkdtempSync(join(tmpdir(), 'referral-e2e-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    PORT: String(port),
    DATA_DIR: dataDir,
    PUBLIC_URL: url,
    RATE_LIMIT_PER_MINUTE: '1000000',
  };
  let server: ChildProcess | undefined;

  const end = async (signal: NodeJS.Signals) => {
    const ending = server;
    server = undefined;
    if (!ending || ending.exitCode !== null) return ending?.exitCode ?? null;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    const [code] = await exited;
    return code as number | null;
  };
  const call = async (method: string, path: string, token: TokenContent | undefined, body?: unknown) => {
    const authorization = token && `Bearer ${await issueToken(loadOrCreateSecret(dataDir), token)}`;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  return {
    url,
    dataDir,
    async start() {
      server = spawn(process.execPath, [standalone], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      await outputOf(server, /ready in/);
    },
    async killHard() {
      await end('SIGKILL');
    },
    interrupt: () => end('SIGINT'),
    get: (path, token) => call('GET', path, token),
    post: (path, body, token) => call('POST', path, token, body),
    referral: (...args) => run([cli, ...args], env),
    async remove() {
      await end('SIGKILL');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Resolves once the process has printed it; rejects when the process ends first. */
function outputOf(child: ChildProcess, expected: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
      if (expected.test(text)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready: ${text}`)));
  });
}

function run(args: string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { process: child, finished };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}
