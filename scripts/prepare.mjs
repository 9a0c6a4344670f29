import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Installs and builds what is missing, and nothing else: a warm start calls no tool. */
export function prepare() {
  process.chdir(root);
  if (!isInstalled())
    run('Installing dependencies (first start only)', 'npm', npmCommand(['ci', '--no-audit', '--no-fund']));
  if (readStamp() === fingerprint()) return;
  run('Building (only what changed)', 'the build', [
    process.execPath,
    'node_modules/turbo/bin/turbo',
    'run',
    'build',
    '--output-logs=errors-only',
  ]);
  writeFileSync(stampFile, fingerprint());
}

const root = join(import.meta.dirname, '..');
const stampFile = 'node_modules/.referral-built';

function isInstalled() {
  const installed = 'node_modules/.package-lock.json';
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs;
}

function readStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : undefined;
}

/** Changes whenever a source, a package's manifest or the compiler's settings do, or a package has lost its build. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (path) => hash.update(`${path} ${statSync(path).mtimeMs} ${statSync(path).size}\n`);
  for (const path of ['package-lock.json', 'tsconfig.base.json', 'turbo.json']) add(path);
  for (const folder of ['packages', 'services', 'infra']) {
    for (const name of readdirSync(folder).sort()) {
      const at = join(folder, name);
      if (!existsSync(join(at, 'package.json'))) continue;
      add(join(at, 'package.json'));
      hash.update(`${at} built: ${existsSync(join(at, 'dist'))}\n`);
      for (const sources of ['src', 'app'].filter((one) => existsSync(join(at, one)))) {
        for (const file of readdirSync(join(at, sources), { recursive: true }).sort()) {
          if (/\.(tsx?|html|css|svg)$/.test(String(file))) add(join(at, sources, String(file)));
        }
      }
    }
  }
  return hash.digest('hex');
}

/** npm as it called us, or the one on the path. */
function npmCommand(args) {
  const npm = process.env.npm_execpath;
  return npm?.endsWith('.js') ? [process.execPath, npm, ...args] : ['npm', ...args];
}

/** Quiet unless it fails: what a tool has to say is of interest only then. */
function run(what, tool, [command, ...args]) {
  process.stderr.write(`${what} …\n`);
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env });
  if (status === 0) return;
  process.stderr.write(
    `${stdout ?? ''}${stderr ?? ''}\n${tool} failed${error ? `: ${error.message}` : ''}. What went wrong stands above.\n`,
  );
  process.exit(status ?? 1);
}
