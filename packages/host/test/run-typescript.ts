import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Lets a child process of a test require the TypeScript sources of this workspace. */
const loader = `
  const { transformFileSync } = require('@swc/core');
  require.extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' },
  }).code, file);
`;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script in a process of its own; `host` in it is a function that requires a source file of this package. */
export function runTypescript(script: string, env: Record<string, string> = {}) {
  const source = `${loader}; const host = (file) => require('./packages/host/src/' + file); ${script}`;
  const child = spawn(process.execPath, ['--conditions=source', '-e', source], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return {
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Resolves when the process has written `line` to its standard output. */
    told: (line: string) =>
      new Promise<void>((resolve) => {
        let seen = '';
        child.stdout.on('data', (chunk) => {
          seen += String(chunk);
          if (seen.includes(line)) resolve();
        });
      }),
    ended: output.then(([stdout, stderr]): Ended => ({ code: child.exitCode, stdout, stderr })),
  };
}
