/** Locks a directory at a given moment, prints `locked` or why not, and holds it until it is killed. */
import { lockDirectory } from '../src/directory-lock.ts';

const [, , directory = '', atMs = '0'] = process.argv;
while (Date.now() < Number(atMs));
try {
  lockDirectory(directory);
  process.stdout.write('locked\n');
  setInterval(() => {}, 60_000);
} catch (error) {
  process.stdout.write(`${String(error)}\n`);
}
