import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** From the repository's root, where every command of the repository runs. */
const sources = 'infra/local';
const cache = 'node_modules/.cache/local-engines';

/** Whether this machine can run and fetch what is written in Java: a JDK of 17 or later, and Maven. */
export function hasJava(): boolean {
  return works('javac', '--release', '17', '--version') && works('mvn', '--version');
}

export function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/**
 * The class path of the local engines; fetches and compiles what is not there yet.
 * @throws Error with Maven's or the compiler's output
 */
export function classPath(): Promise<string> {
  made ??= makeClassPath();
  return made;
}

let made: Promise<string> | undefined;

async function makeClassPath(): Promise<string> {
  const programs = readdirSync(join(sources, 'java')).map((name) => join(sources, 'java', name));
  const hash = createHash('sha256');
  for (const file of [join(sources, 'pom.xml'), ...programs]) hash.update(readFileSync(file));
  const folder = join(cache, hash.digest('hex').slice(0, 16));
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    // Made beside it and moved there whole: a run that breaks off leaves nothing half done.
    const making = mkdtempSync(join(cache, 'making-'));
    const jars = join(process.cwd(), making, 'jars');
    await run('mvn', [
      '-q',
      '-B',
      '-f',
      join(sources, 'pom.xml'),
      'dependency:copy-dependencies',
      `-DoutputDirectory=${jars}`,
    ]);
    await run('javac', ['-cp', `${jars}/*`, '-d', join(making, 'classes'), ...programs]);
    if (existsSync(folder)) rmSync(making, { recursive: true });
    else renameSync(making, folder);
  }
  return [join(folder, 'classes'), join(folder, 'jars', '*')].join(':');
}

/** How to run one of Kafka's own command line tools, e.g. `org.apache.kafka.tools.ConsoleProducer`. */
export async function kafkaTool(
  name: string,
  args: readonly string[],
): Promise<readonly [command: string, args: string[]]> {
  return ['java', ['-cp', await classPath(), name, ...args]];
}
