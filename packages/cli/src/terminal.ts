import { type Environment, environment } from '@referral/host';

export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** What a command works with: where it was called from. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
  /** Resolves when the user has had enough (Ctrl-C). Keeps the process alive until then. */
  interrupted(): Promise<void>;
}

export const usageExitCode = 2;

/** A command could not do what was asked, for a reason that the user can act on. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  /** @param message what the user reads */
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const foreverMs = 2 ** 31 - 1;

export const systemTerminal: Terminal = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: environment,
  interrupted() {
    return new Promise((resolve) => {
      const keepAlive = setInterval(() => {}, foreverMs);
      const end = () => {
        clearInterval(keepAlive);
        resolve();
      };
      // Not once: a Ctrl-C under npm arrives twice, and the second one must not kill what is closing.
      process.on('SIGINT', end);
      process.on('SIGTERM', end);
    });
  },
};
