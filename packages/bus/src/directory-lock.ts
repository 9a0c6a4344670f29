import { linkSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperationalError } from '@referral/errors';

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one with its pid. Absent where the system does not say. */
  readonly startedAt: string | undefined;
}

/** What this process holds: a file with our pid that is not in here was left by an earlier process with the same pid. */
const held = new Set<string>();

/**
 * Makes this process the only user of a directory, which is created when it is missing. Taken over from a process that
 * is gone. Guards against processes of the same machine or container, not against another one that mounts the directory.
 *
 * @throws OperationalError `DIRECTORY_IN_USE`, naming the holder's pid and the directory
 */
export function lockDirectory(directory: string): { release(): void } {
  mkdirSync(directory, { recursive: true });
  const path = join(realpathSync(directory), 'process.lock');
  acquire(path, directory);
  held.add(path);
  let released = false;
  return {
    release() {
      if (released) return;
      released = true;
      held.delete(path);
      rmSync(path, { force: true });
    },
  };
}

function acquire(path: string, directory: string): void {
  if (linkOwn(path)) return;
  const holder = readHolder(path);
  if (holder !== 'nobody' && isRunning(holder, path)) {
    throw new OperationalError(
      'DIRECTORY_IN_USE',
      `process ${holder.pid} is using the directory ${directory}; stop it, or use another directory`,
    );
  }
  // One process at a time may remove what a dead one left, and looks again before it does: the file may be new by then.
  const takeover = `${path}.takeover`;
  acquire(takeover, directory);
  try {
    const present = readHolder(path);
    // Where there is no file, another process may be linking its own this very moment.
    if (present !== 'nobody' && !isRunning(present, path)) rmSync(path, { force: true });
  } finally {
    rmSync(takeover, { force: true });
  }
  acquire(path, directory);
}

/** The link makes the file appear whole or not at all, and fails when there is one. */
function linkOwn(path: string): boolean {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${process.pid} ${startOf(process.pid) ?? ''}\n`);
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** `nobody` when there is no file, `undefined` when no process of ours has written it. */
function readHolder(path: string): Holder | undefined | 'nobody' {
  try {
    const [, pid, startedAt] = /^([1-9]\d*) (\d*)\n$/.exec(readFileSync(path, 'utf8')) ?? [];
    return pid === undefined ? undefined : { pid: Number(pid), startedAt: startedAt || undefined };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'nobody';
    throw error;
  }
}

function isRunning(holder: Holder | undefined, path: string): holder is Holder {
  if (!holder) return false;
  const { pid, startedAt } = holder;
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if (errorCode(error) !== 'EPERM') return false;
  }
  const actual = startOf(pid);
  return actual === undefined || startedAt === undefined || actual === startedAt;
}

/** Start of a process in clock ticks since boot; `undefined` where there is no /proc. A zombie has no start: it is gone. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; after it come the state and, as the 20th, the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'gone' : fields[19];
  } catch {
    return undefined;
  }
}

function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
