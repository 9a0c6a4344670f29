import { isOperational } from '@referral/errors';
import { ConfigError, exitCodeOfBadConfig } from '@referral/host';
import { Command, CommanderError } from 'commander';
import { ApiProblem } from './api-client.ts';
import { addAudit } from './commands/audit.ts';
import { addDemo } from './commands/demo.ts';
import { addImport } from './commands/import.ts';
import { addListen } from './commands/listen.ts';
import { addRebuild } from './commands/rebuild.ts';
import { addToken } from './commands/token.ts';
import { addTopics } from './commands/topics.ts';
import { addTrigger } from './commands/trigger.ts';
import { isSystemError } from './error-reason.ts';
import { CommandError, systemTerminal, type Terminal, usageExitCode } from './terminal.ts';

/**
 * Runs one command. Whatever the user can act on is told on stderr, without a stack.
 * @returns the exit code: 0; 1 when it did not work; 2 for wrong arguments; 78 for a wrong environment
 */
export async function run(args: readonly string[], terminal: Terminal = systemTerminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has told what is wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
    const failure = toFailure(error);
    if (!failure) throw error;
    terminal.stderr.write(`${failure.message}\n`);
    return failure.exitCode;
  }
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('referral')
    .description('Talks to a referral platform: the one in DATA_DIR, or the one at --url.')
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHasColors: () => terminal.stdout.isTTY === true,
      getErrHasColors: () => terminal.stderr.isTTY === true,
    });
  const commands = [addToken, addTrigger, addListen, addDemo, addImport, addAudit, addRebuild, addTopics];
  for (const add of commands) add(program, terminal);
  return program;
}

/** What to tell the user; `undefined` for an error of ours, which is shown whole. */
function toFailure(error: unknown): { message: string; exitCode: number } | undefined {
  if (error instanceof CommandError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof ConfigError) return { message: error.lines.join('\n'), exitCode: exitCodeOfBadConfig };
  if (error instanceof ApiProblem || isOperational(error)) return { message: error.message, exitCode: 1 };
  return isSystemError(error) ? { message: error.message, exitCode: 1 } : undefined;
}
