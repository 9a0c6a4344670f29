import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '../test/child.ts';
import { lockDirectory } from './directory-lock.ts';

describe('lockDirectory', () => {
  let directory: string;
  const children: Child[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lock-'));
  });

  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill()));
    await rm(directory, { recursive: true });
  });

  function inUseBy(pid: number) {
    return expect.objectContaining({
      name: 'OperationalError',
      code: 'DIRECTORY_IN_USE',
      message: `process ${pid} is using the directory ${directory}; stop it, or use another directory`,
    });
  }

  async function startHolder(): Promise<Child> {
    const child = startChild('hold-locks.ts', '0', directory);
    children.push(child);
    await child.printed((line) => line === `locked ${directory}`);
    return child;
  }

  it('is exclusive within a process until it is released, and leaves nothing behind', async () => {
    const lock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(inUseBy(process.pid));
    lock.release();
    lock.release();
    const again = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(inUseBy(process.pid));
    // A release that comes twice must not free what somebody else took meanwhile.
    lock.release();
    expect(() => lockDirectory(directory)).toThrow(inUseBy(process.pid));
    again.release();
    expect(await readdir(directory)).toEqual([]);
  });

  it('creates the directory', () => {
    lockDirectory(join(directory, 'deep', 'down')).release();
  });

  it('names the process that holds it, and is free when that process is killed', async () => {
    const holder = await startHolder();
    expect(() => lockDirectory(directory)).toThrow(inUseBy(holder.pid));
    await holder.kill();
    lockDirectory(directory).release();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is taken over from an earlier process with our pid, as in a container that was made anew', () => {
    return leftBy(`${process.pid} 1\n`);
  });

  it('is taken over from an earlier process whose pid another one has by now', () => {
    // Our parent lives, but it did not start with the system's first tick.
    return leftBy(`${process.ppid} 1\n`);
  });

  it.each(['', 'garbage', '0 0\n', '-1 0\n'])('is taken over from a file that no lock has written: %j', leftBy);

  it('is taken over when an earlier take-over was killed half-way', async () => {
    await writeFile(join(directory, 'process.lock.takeover'), `${process.pid} 1\n`);
    await leftBy(`${process.pid} 1\n`);
  });

  it('goes to exactly one of several processes that find what a dead one left', async () => {
    const directories = Array.from({ length: 100 }, (_, i) => join(directory, String(i)));
    for (const each of directories) {
      await mkdir(each);
      await writeFile(join(each, 'process.lock'), `${process.ppid} 1\n`);
    }
    const start = String(Date.now() + 1_500);
    const racers = Array.from({ length: 3 }, () => startChild('hold-locks.ts', start, ...directories));
    children.push(...racers);
    await Promise.all(racers.map((racer) => racer.printed((line) => line === 'done')));
    const outcomes = racers.flatMap(({ lines }) => lines);
    expect(outcomes.filter((line) => line.startsWith('locked')).sort()).toEqual(
      directories.map((each) => `locked ${each}`).sort(),
    );
    expect(outcomes.filter((line) => line.includes('is using the directory'))).toHaveLength(200);
  });

  async function leftBy(content: string): Promise<void> {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'process.lock'), content);
    const lock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(inUseBy(process.pid));
    lock.release();
    expect(await readdir(directory)).toEqual([]);
  }
});
