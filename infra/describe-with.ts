import { spawnSync } from 'node:child_process';

/** A `describe` for what needs a program of the machine. Skipped where it is missing; the name says which. */
export function describeWith(program: string, args: readonly string[], name: string, tests: () => void): void {
  const isHere = spawnSync(program, args).status === 0;
  if (isHere) describe(name, tests);
  else describe.skip(`${name} (needs ${program})`, tests);
}
