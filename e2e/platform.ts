import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { issueToken, type TokenContent } from '@referral/host';

/** The built platform as a user runs it: real processes behind one URL. */
export interface Platform extends Callers {
  readonly url: string;
  start(): Promise<void>;
  /** Ends every process of it as the machine would: at once, with nothing saved. */
  killHard(): Promise<void>;
  /** Ends it as Ctrl-C does. @returns the exit codes of its processes */
  interrupt(): Promise<(number | null)[]>;
  remove(): Promise<void>;
}

export interface Callers {
  get(path: string, token: TokenContent): Promise<{ status: number; body: Json }>;
  post(path: string, body: unknown, token?: TokenContent): Promise<{ status: number; body: Json }>;
  put(path: string, body: unknown, token: TokenContent): Promise<{ status: number; body: Json }>;
  /** Runs the command line against it. */
  referral(...args: string[]): Running;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as a client would, without our types
export type Json = any;

export interface Running {
  readonly process: ChildProcess;
  readonly finished: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

const cli = 'packages/cli/dist/main.js';

/** @param secret signs the tokens of the calls; @param env is the command line's */
export function callersOf(url: string, secret: () => string, env: NodeJS.ProcessEnv): Callers {
  const call = async (method: string, path: string, token: TokenContent | undefined, body?: unknown) => {
    const authorization = token && `Bearer ${await issueToken(secret(), token)}`;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  return {
    get: (path, token) => call('GET', path, token),
    post: (path, body, token) => call('POST', path, token, body),
    put: (path, body, token) => call('PUT', path, token, body),
    referral: (...args) => run(process.execPath, [cli, ...args], env),
  };
}

/** Runs a program to its end and keeps what it prints. */
export function run(command: string, args: readonly string[], env = process.env, input = ''): Running {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
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

/** A process that can be ended and started again with the same settings. */
export interface ManagedProcess {
  /** Resolves when it is ready. */
  start(): Promise<void>;
  /** @returns its exit code; null when there was none to end, or the signal ended it */
  end(signal: NodeJS.Signals): Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
  readonly exitCode: number | null | undefined;
  /** Everything that it has printed since its start. */
  readonly output: string;
}

export function manageProcess(script: string, env: NodeJS.ProcessEnv, isReady: (child: ChildProcess) => Promise<void>) {
  let child: ChildProcess | undefined;
  let output = '';
  const managed: ManagedProcess = {
    async start() {
      child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      output = '';
      child.stdout?.on('data', (chunk) => {
        output += chunk;
      });
      await isReady(child);
    },
    async end(signal) {
      const ending = child;
      child = undefined;
      if (!ending || ending.exitCode !== null || ending.signalCode !== null) return ending?.exitCode ?? null;
      const exited = once(ending, 'exit');
      ending.kill(signal);
      const [code] = await exited;
      return code as number | null;
    },
    signal: (signal) => void child?.kill(signal),
    get exitCode() {
      return child?.exitCode;
    },
    get output() {
      return output;
    },
  };
  return managed;
}

/** Resolves once the process has printed it; rejects when the process ends first. */
export function printed(expected: RegExp): (child: ChildProcess) => Promise<void> {
  return (child) =>
    new Promise((resolve, reject) => {
      let text = '';
      child.stdout?.on('data', (chunk) => {
        text += chunk;
        if (expected.test(text)) resolve();
      });
      child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready: ${text}`)));
    });
}
