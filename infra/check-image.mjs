// Builds what infra/Dockerfile builds, by its own steps, in a folder that holds nothing else, then starts each service from
// it: without settings (exit 78, a line for each), and on real engines where TEST_KAFKA_BROKERS, TEST_MONGODB_URL and
// TEST_REDIS_URL name them (ready, then SIGTERM, exit 0). Needs node and npm; no container engine.
//   node infra/check-image.mjs
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildStages, copyContext, execForm } from './dockerfile.mjs';

process.chdir(join(import.meta.dirname, '..'));
const folder = mkdtempSync(join(tmpdir(), 'referral-image-'));
const running = new Set();
/** Those that need no settings. */
const engineFree = ['web'];
try {
  // The image's user has to be able to read what root has built.
  chmodSync(folder, 0o755);
  const context = join(folder, 'context');
  mkdirSync(context);
  copyContext(context);
  const startedAt = performance.now();
  const image = buildStages(readFileSync('infra/Dockerfile', 'utf8'), folder, context);
  report(`built in ${Math.round((performance.now() - startedAt) / 1_000)} s, on top of ${image.base}: ${sizes(image)}`);
  await check(image);
} catch (error) {
  report(`FAILED: ${error.message}`);
  process.exitCode = 1;
} finally {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function check(image) {
  const app = join(image.root, image.workdir);
  const { ENTRYPOINT, CMD, USER, HEALTHCHECK, STOPSIGNAL } = image.settings;
  demand(/^node:20\./.test(image.base) && process.version.startsWith('v20.'), 'the image and this check run Node 20');
  demand(/^[1-9]\d*$/.test(USER), 'the user is a number and not root');
  demand(STOPSIGNAL === 'SIGTERM', 'the services stop on SIGTERM');
  const entry = execForm(ENTRYPOINT);
  const health = execForm(HEALTHCHECK.replace(/^.*?CMD /, ''));

  const start = (words, env) => {
    const [command, ...args] = words[0] === 'node' ? [process.execPath, ...words.slice(1)] : words;
    const asUser = process.getuid?.() === 0 ? { uid: Number(USER), gid: Number(USER) } : {};
    const child = spawn(command, args, { cwd: app, env: { ...image.env, ...env }, ...asUser });
    const ended = { code: undefined, stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) {
      child[stream].on('data', (text) => {
        ended[stream] += text;
      });
    }
    running.add(child);
    const finished = once(child, 'close').then(([code]) => {
      running.delete(child);
      return Object.assign(ended, { code });
    });
    return { child, ended, finished };
  };
  const run = (words, env = {}) => start(words, env).finished;

  noTestLibraries(app);
  const help = await run([...entry, ...execForm(CMD)]);
  demand(
    help.code === 0 && help.stdout.includes('Usage: referral'),
    `without a command it shows the help: ${help.stderr}`,
  );
  const services = readdirSync(join(app, 'services'))
    .filter((name) => !engineFree.includes(name))
    .map((name) => [name, `services/${name}/dist/main.js`]);
  for (const name of engineFree) await checkEngineFree(name, { app, entry, health, start, run });
  const secret = randomBytes(32).toString('hex');
  const incomplete = [
    [{}, ['AUTH_SECRET']],
    [{ AUTH_SECRET: secret }, ['KAFKA_BROKERS', 'MONGODB_URL']],
  ];
  for (const [name, main] of services) {
    for (const [env, missing] of incomplete) {
      const { code, stderr } = await run([...entry, main], env);
      const lines = stderr.trim().split('\n');
      demand(code === 78, `${name} without ${missing} ends with 78, not ${code}: ${stderr}`);
      demand(
        lines.every((line, index) => line.startsWith(`${missing[index]}: `)),
        `${name} lacks ${missing}: ${stderr}`,
      );
      demand(lines.length === missing.length, `${name} has a line for each of ${missing}: ${stderr}`);
    }
    report(`${name} without settings: 78, and a line for each that is missing`);
  }

  const engines = enginesUnderTest();
  if (!engines)
    return report('left out: real engines (TEST_KAFKA_BROKERS, TEST_MONGODB_URL, TEST_REDIS_URL name none)');
  const settings = { ...engines.settings, AUTH_SECRET: secret, HOST: '127.0.0.1', LOG_LEVEL: 'warn' };
  try {
    const topics = await run([...entry, 'packages/cli/dist/main.js', 'topics', 'create'], settings);
    demand(topics.code === 0, `topics create ends with 0, not ${topics.code}: ${topics.stderr}`);
    for (const [name, main] of services) {
      const env = { ...settings, PORT: String(await freePort()) };
      const { child, ended, finished } = start([...entry, main], env);
      const deadline = performance.now() + 60_000;
      while ((await run(health, { PORT: env.PORT })).code !== 0) {
        demand(child.exitCode === null, `${name} ended with ${child.exitCode}: ${ended.stderr}${ended.stdout}`);
        demand(performance.now() < deadline, `${name} is healthy within a minute: ${ended.stderr}${ended.stdout}`);
      }
      child.kill(STOPSIGNAL);
      const { code } = await finished;
      demand(code === 0, `${name} ends with 0 on ${STOPSIGNAL}, not ${code}: ${ended.stderr}${ended.stdout}`);
      report(`${name} on real engines: healthy, ${STOPSIGNAL}, 0`);
    }
  } finally {
    await engines.remove(createRequire(join(app, 'packages/store/package.json')));
  }
}

/** It starts on nothing at all, and serves what the build has made of its pages. */
async function checkEngineFree(name, { app, entry, health, start, run }) {
  const port = String(await freePort());
  const { child, ended, finished } = start([...entry, `services/${name}/dist/main.js`], {
    HOST: '127.0.0.1',
    PORT: port,
  });
  const deadline = performance.now() + 60_000;
  while ((await run(health, { PORT: port })).code !== 0) {
    demand(child.exitCode === null, `${name} ended with ${child.exitCode}: ${ended.stderr}${ended.stdout}`);
    demand(performance.now() < deadline, `${name} is healthy within a minute: ${ended.stderr}${ended.stdout}`);
  }
  for (const page of ['/sign-in', '/enroll/acme', '/portal/acme/referrals', '/dashboard/acme/referrals']) {
    const { status } = await fetch(`http://127.0.0.1:${port}${page}`);
    demand(status === 200, `${name} answers ${page} with 200, not ${status}: ${ended.stderr}${ended.stdout}`);
  }
  demand(!existsSync(join(app, `services/${name}/app/theme.ts`)), `of ${name} only what is built is in the image`);
  child.kill('SIGTERM');
  const { code } = await finished;
  demand(code === 0, `${name} ends with 0 on SIGTERM, not ${code}: ${ended.stderr}${ended.stdout}`);
  report(`${name} without settings: healthy, every page, SIGTERM, 0`);
}

/** Topics and a database of this run alone. */
function enginesUnderTest() {
  const { TEST_KAFKA_BROKERS: brokers, TEST_MONGODB_URL: mongodb, TEST_REDIS_URL: redis } = process.env;
  if (!brokers || !mongodb || !redis) return undefined;
  const name = `image-${randomUUID().slice(0, 8)}`;
  const database = new URL(mongodb);
  database.pathname = `/${name}`;
  return {
    settings: { KAFKA_BROKERS: brokers, MONGODB_URL: database.href, REDIS_URL: redis, TOPIC_PREFIX: `${name}.` },
    async remove(require) {
      const { Kafka, logLevel } = require('kafkajs');
      const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${name}.`));
      if (topics.length > 0) await admin.deleteTopics({ topics });
      const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
      await admin.deleteGroups(groups.filter((group) => group.startsWith(`${name}.`)));
      await admin.disconnect();
      const connection = await require('mongoose').createConnection(database.href).asPromise();
      await connection.dropDatabase();
      await connection.close();
    },
  };
}

/** Whatever only tests and builds need would be a burden and a risk in production. */
function noTestLibraries(app) {
  const found = [
    'typescript',
    'turbo',
    'jest',
    'supertest',
    '@swc',
    '@testcontainers',
    '@biomejs',
    'vite',
    'react',
  ].filter((name) => existsSync(join(app, 'node_modules', name)));
  demand(found.length === 0, `no development dependency is in the image: ${found.join(', ')}`);
}

function sizes({ root, workdir }) {
  const megabytes = (path) => `${Math.round(bytesIn(join(root, workdir, path)) / 1_048_576)} MB`;
  return `${megabytes('.')}, of which node_modules ${megabytes('node_modules')}`;
}

function bytesIn(path) {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function demand(isMet, what) {
  if (!isMet) throw new Error(what);
}

function report(line) {
  process.stdout.write(`${line}\n`);
}
