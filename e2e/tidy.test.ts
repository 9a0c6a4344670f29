import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { eventDefinitions } from '@referral/contracts';

/** The repository holds itself to its own rules. */

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(path));
const sources = tracked
  .filter((path) => /^(packages|services)\/.*\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const production = sources.filter(({ path }) => /\/src\//.test(path) && !/\.(test|contract)\.ts$/.test(path));
const importsOf = (text: string) => [...text.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map(([, name]) => name ?? '');

const offenders = (files: typeof sources, isBad: (file: { path: string; text: string }) => boolean) =>
  files.filter(isBad).map(({ path }) => path);

test.each([
  ['kafkajs', 'packages/bus/'],
  ['mongoose', 'packages/store/'],
  ['ioredis', 'packages/host/'],
  ['lmdb', 'packages/(bus|store)/'],
])('only its adapter imports %s', (library, home) => {
  expect(
    offenders(sources, ({ path, text }) => importsOf(text).includes(library) && !new RegExp(`^${home}`).test(path)),
  ).toEqual([]);
});

test('no service imports another', () => {
  const services = sources.filter(({ path }) => path.startsWith('services/'));
  expect(
    offenders(services, ({ text }) => importsOf(text).some((name) => name.startsWith('@referral/service-'))),
  ).toEqual([]);
});

test('a domain imports the contracts and itself, and knows neither clock nor chance nor environment', () => {
  const domains = production.filter(({ path }) => /^services\/[^/]+\/src\/domain\//.test(path));
  expect(domains.length).toBeGreaterThan(0);
  const isForeign = (name: string) =>
    name !== '@referral/contracts' && name !== '@referral/errors' && !name.startsWith('./');
  expect(offenders(domains, ({ text }) => importsOf(text).some(isForeign))).toEqual([]);
  expect(
    offenders(domains, ({ text }) => /Date\.now|new Date\(\)|Math\.random|randomUUID|process\./.test(text)),
  ).toEqual([]);
});

test('the environment is read in one place', () => {
  const mayRead = /^packages\/host\/src\/(config|shutdown)\.ts$/;
  expect(offenders(production, ({ path, text }) => text.includes('process.env') && !mayRead.test(path))).toEqual([]);
});

test('topics are named by the contracts alone', () => {
  const names = eventDefinitions.map(({ type }) => type);
  const consumers = production.filter(({ path }) => /\/consumers\.ts$/.test(path));
  expect(offenders(consumers, ({ text }) => names.some((name) => text.includes(`'${name}'`)))).toEqual([]);
});

test('no folder or file has a name that says nothing', () => {
  const banned = new Set(['utils', 'util', 'common', 'shared', 'core', 'helpers', 'misc', 'dtos', 'mappers', 'lib']);
  const words = (path: string) => [...dirname(path).split('/'), basename(path).replace(/\..*$/, '')];
  expect(sources.map(({ path }) => path).filter((path) => words(path).some((word) => banned.has(word)))).toEqual([]);
});

test('every package says what it is for, in a sentence', () => {
  const manifests = tracked.filter((path) => /^(packages|services)\/[^/]+\/package\.json$/.test(path));
  for (const path of manifests) {
    const { description, license } = JSON.parse(readFileSync(path, 'utf8'));
    expect({ path, description, license }).toEqual({
      path,
      description: expect.stringMatching(/^[A-Z].+\.$/),
      license: 'Apache-2.0',
    });
  }
});

test('mains are short, and no hand-written file is long', () => {
  const lines = ({ text }: { text: string }) => text.split('\n').length;
  expect(offenders(production, (file) => file.path.endsWith('/main.ts') && lines(file) > 30)).toEqual([]);
  expect(offenders(production, (file) => lines(file) > 400)).toEqual([]);
});

test('nothing names a machine or a registry', () => {
  const text = tracked.filter(
    (path) => /\.(ts|mjs|cjs|json|md|yml|yaml)$|^\.ci\//.test(path) && path !== 'e2e/tidy.test.ts',
  );
  const isTelling = (path: string) =>
    /\/(root|home\/[a-z]+|work)\/|registry\.npm|"resolved": "http/.test(readFileSync(path, 'utf8'));
  expect(text.filter(isTelling)).toEqual([]);
});
