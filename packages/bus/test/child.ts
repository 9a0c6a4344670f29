import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Child {
  readonly pid: number;
  readonly lines: readonly string[];
  /** Resolves when the child has printed a line that matches, now or before. Rejects when it ends without. */
  printed(matches: (line: string) => boolean): Promise<void>;
  /** Resolves when it is gone and everything that it printed is in `lines`. */
  kill(): Promise<void>;
}

/** Runs one of the programs of this folder in a process of its own. */
export function startChild(program: string, ...args: string[]): Child {
  const folder = 'packages/bus/test';
  const child: ChildProcess = spawn(
    process.execPath,
    ['-C', 'source', join(folder, 'run-typescript.cjs'), join(folder, program), ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines: string[] = [];
  let wake = () => {};
  const ended = once(child, 'close').then(() => wake());
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      wake();
    });
  }
  return {
    pid: child.pid ?? 0,
    lines,
    async printed(matches) {
      while (!lines.some(matches)) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${program} ended: ${lines}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
