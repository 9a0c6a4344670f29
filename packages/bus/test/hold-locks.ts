/** Locks directories one after the other, each at its moment, prints which it got, and holds them until it is killed. */
import { lockDirectory } from '../src/directory-lock.ts';

const [, , firstMs = '0', ...directories] = process.argv;
directories.forEach((directory, i) => {
  while (Date.now() < Number(firstMs) + i * 10);
  try {
    lockDirectory(directory);
    process.stdout.write(`locked ${directory}\n`);
  } catch (error) {
    process.stdout.write(`${String(error)}\n`);
  }
});
process.stdout.write('done\n');
setInterval(() => {}, 60_000);
