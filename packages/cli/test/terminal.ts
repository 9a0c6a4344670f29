import { run } from '../src/program.ts';
import type { Terminal } from '../src/terminal.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as from a shell whose output goes to a file. `interruptWhen`: Ctrl-C as soon as stdout shows it. */
export async function runCommand(
  args: readonly string[],
  env: Terminal['env'] = {},
  interruptWhen?: (stdout: string) => boolean,
): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  let interrupt = () => {};
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
  });
  const exitCode = await run(args, {
    stdout: {
      write(text) {
        stdout += text;
        if (interruptWhen?.(stdout)) interrupt();
      },
    },
    stderr: {
      write(text) {
        stderr += text;
      },
    },
    env,
    interrupted: () => interrupted,
  });
  return { exitCode, stdout, stderr };
}
