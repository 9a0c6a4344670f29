// Takes a Dockerfile's steps without a container engine: each stage is a folder, each RUN a shell in it. It knows what
// infra/Dockerfile uses and refuses the rest, so that no step is silently left out.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @typedef {object} Stage
 * @property {string} root stands for `/`
 * @property {string} base the image that it begins with
 * @property {string} workdir
 * @property {Record<string, string>} env
 * @property {Record<string, string>} settings USER, CMD … as written
 */

/** The instructions of a Dockerfile: comments are gone, continued lines joined. @returns {[string, string][]} */
export function parseDockerfile(text) {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '));
  return lines.filter(Boolean).map((line) => [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)]);
}

/** Builds the last stage below `folder`. @returns {Stage} */
export function buildStages(dockerfile, folder, context) {
  const args = {};
  const stages = new Map();
  /** @type {Stage} */
  let stage;
  const path = (name) => join(stage.root, name.startsWith('/') ? name : join(stage.workdir, name));
  const steps = {
    ARG: (text) => Object.assign(args, pairs(text)),
    FROM(text) {
      const [image, , name = String(stages.size)] = fill(text, args).split(' ');
      stage = { root: join(folder, name), base: image, workdir: '/', env: {}, settings: {} };
      stages.set(name, stage);
      mkdirSync(stage.root);
    },
    WORKDIR(text) {
      stage.workdir = text;
      mkdirSync(path('.'), { recursive: true });
    },
    ENV: (text) => Object.assign(stage.env, pairs(text)),
    COPY(text) {
      const [, from, rest] = /^(?:--from=(\S+) )?(.*)$/.exec(text);
      const [target, ...sources] = rest.split(' ').reverse();
      for (const source of sources) copy(join(from ? stages.get(from).root : context, source), path(target));
    },
    RUN(text) {
      const command = text.replace(/^(--mount=\S+ )+/, '');
      const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
        cwd: path('.'),
        env: { ...outside(), ...stage.env },
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`RUN ${command}\nended with ${status}\n${stdout}${stderr}`);
    },
  };
  for (const setting of ['LABEL', 'USER', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD']) {
    steps[setting] = (text) => {
      stage.settings[setting] = text;
    };
  }
  for (const [instruction, text] of parseDockerfile(dockerfile)) {
    const step = steps[instruction];
    if (!step) throw new Error(`this check does not know ${instruction}`);
    step(text);
  }
  return stage;
}

/** The files that a build from here would be given: those of the repository that .dockerignore lets through. */
export function copyContext(folder) {
  const isIgnored = readIgnore(readFileSync('.dockerignore', 'utf8'));
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  for (const file of files.split('\n')) {
    if (file !== '' && existsSync(file) && !isIgnored(file)) cpSync(file, join(folder, file));
  }
}

/** The last pattern that matches a path, or a folder above it, decides. @returns {(path: string) => boolean} */
export function readIgnore(text) {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ keeps: line.startsWith('!'), pattern: toRegExp(line.replace(/^!/, '')) }));
  return (path) => {
    const rule = rules.findLast(({ pattern }) => withParents(path).some((one) => pattern.test(one)));
    return rule !== undefined && !rule.keeps;
  };
}

/** The words of an exec form: `["node", "x.mjs"]`; a shell form is refused, as it would stand between a signal and us. */
export function execForm(text) {
  const words = JSON.parse(text);
  if (!Array.isArray(words)) throw new Error(`not an exec form: ${text}`);
  return words;
}

function withParents(path) {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function toRegExp(pattern) {
  const source = pattern
    .replace(/[.+^$()|[\]{}]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*/g, (stars) => ({ '**/': '(.*/)?', '**': '.*', '*': '[^/]*' })[stars]);
  return new RegExp(`^${source}$`);
}

function copy(source, target) {
  if (statSync(source).isDirectory()) cpSync(source, target, { recursive: true, verbatimSymlinks: true });
  else {
    mkdirSync(dirname(target), { recursive: true });
    cpSync(source, target);
  }
}

function pairs(text) {
  return Object.fromEntries([...text.matchAll(/(\w+)=("[^"]*"|\S*)/g)].map(([, name, value]) => [name, value]));
}

function fill(text, values) {
  return text.replace(/\$\{(\w+)\}/g, (_, name) => values[name]);
}

/** What a build step may know of this machine: how to find programs, and how npm reaches packages. */
function outside() {
  const isWanted = (name) => /^(PATH|HOME|npm_config_.*|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isWanted(name)));
}
