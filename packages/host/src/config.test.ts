import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, readConfig } from './config.ts';
import { hostConfigSchema, tokenTrustOf } from './host-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'host-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

const secret = 's'.repeat(32);

function linesOf(env: Record<string, string>): string[] {
  try {
    readConfig(hostConfigSchema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

function fileWith(content: string): string {
  const path = join(directory, `value-${Math.random()}`);
  writeFileSync(path, content);
  return path;
}

const mongodbLine =
  'MONGODB_URL: expected mongodb://[user:password@]host[:port]/database, with special characters of the password percent-encoded';

describe('the configuration of a process', () => {
  test('without any variable it is the documented default', () => {
    expect(readConfig(hostConfigSchema, {})).toEqual({
      PORT: 3000,
      HOST: '127.0.0.1',
      DATA_DIR: './.data',
      KAFKA_SSL: false,
      KAFKA_SESSION_TIMEOUT_MS: 15_000,
      TOPIC_PARTITIONS: 6,
      LOG_LEVEL: 'info',
      TOPIC_PREFIX: '',
      LATENESS_HOURS: 24,
      RATE_LIMIT_PER_MINUTE: 120,
      RATE_LIMIT_MISSES_PER_HOUR: 600,
      TRUST_PROXY: 0,
    });
  });

  test('an empty variable counts as not set, as compose files write it', () => {
    expect(readConfig(hostConfigSchema, { PORT: '', AUTH_SECRET: '', KAFKA_BROKERS: '' })).toEqual(
      readConfig(hostConfigSchema, {}),
    );
  });

  test.each([
    ['PORT', '65536', 'PORT: expected a whole number from 0 to 65535'],
    ['PORT', '0x10', 'PORT: expected a whole number from 0 to 65535'],
    ['PORT', '-1', 'PORT: expected a whole number from 0 to 65535'],
    ['PORT', ' 3000', 'PORT: expected a whole number from 0 to 65535'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent'],
    ['KAFKA_BROKERS', 'localhost', 'KAFKA_BROKERS: expected host:port, comma-separated'],
    ['KAFKA_BROKERS', 'a:9092,', 'KAFKA_BROKERS: expected host:port, comma-separated'],
    ['MONGODB_URL', 'http://db', mongodbLine],
    ['MONGODB_URL', 'mongodb://db:27017', mongodbLine],
    ['MONGODB_URL', 'mongodb://user:p@ss:w/rd@db/referral', mongodbLine],
    ['KAFKA_BROKERS', 'kafka:99999', 'KAFKA_BROKERS: expected host:port, comma-separated'],
    ['REDIS_URL', 'cache:6379', 'REDIS_URL: expected a URL that begins with redis://'],
    ['TOPIC_PREFIX', 'a b', 'TOPIC_PREFIX: expected at most 100 letters, digits, dots, hyphens or underscores'],
    ['LATENESS_HOURS', '1.5', 'LATENESS_HOURS: expected a whole number from 0 to 8760'],
    ['AUTH_SECRET', 'too short', 'AUTH_SECRET: expected at least 32 bytes'],
    ['AUTH_JWKS_URL', 'file:///etc/passwd', 'AUTH_JWKS_URL: expected a URL that begins with http:// or https://'],
    ['RATE_LIMIT_PER_MINUTE', '0', 'RATE_LIMIT_PER_MINUTE: expected a whole number from 1 to 1000000'],
    ['TRUST_PROXY', 'true', 'TRUST_PROXY: expected a whole number from 0 to 10'],
  ])('%s=%s is told in one line that says what is expected', (name, value, line) => {
    expect(linesOf({ [name]: value })).toEqual([line]);
  });

  test('every bad value has its own line, and none of them is printed: it may be a secret', () => {
    const lines = linesOf({ PORT: 'hunter2', AUTH_SECRET: 'hunter2', MONGODB_URL: 'mongo://root:hunter2@db' });
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  test('a variable that a service requires is told to be missing', () => {
    const schema = z.object({ ...hostConfigSchema.shape, PUBLIC_URL: z.string() });
    expect(() => readConfig(schema, {})).toThrow('PUBLIC_URL: required, but not set');
  });

  test('NAME_FILE names a file with the value, so that a secret need not stand in the environment', () => {
    expect(readConfig(hostConfigSchema, { AUTH_SECRET_FILE: fileWith(`${secret}\n`) }).AUTH_SECRET).toBe(secret);
  });

  test('a file that is missing, empty, or competes with the variable is told, without what it holds', () => {
    const empty = fileWith('\n');
    expect(linesOf({ AUTH_SECRET_FILE: join(directory, 'none') })).toEqual([
      `AUTH_SECRET_FILE: expected a file that can be read: ${join(directory, 'none')}`,
    ]);
    expect(linesOf({ AUTH_SECRET_FILE: empty })).toEqual([
      `AUTH_SECRET_FILE: expected a file that is not empty: ${empty}`,
    ]);
    expect(linesOf({ AUTH_SECRET: secret, AUTH_SECRET_FILE: fileWith(secret) })).toEqual([
      'AUTH_SECRET: expected either AUTH_SECRET or AUTH_SECRET_FILE, not both',
    ]);
    expect(linesOf({ AUTH_SECRET_FILE: fileWith('hunter2') })).toEqual(['AUTH_SECRET: expected at least 32 bytes']);
  });
});

describe('whose tokens are trusted', () => {
  const configWith = (env: Record<string, string>) => readConfig(hostConfigSchema, env);
  const issuer = { AUTH_ISSUER: 'https://id.example.com', AUTH_JWKS_URL: 'https://id.example.com/keys' };

  test('those of the secret, of the issuer, or of the secret that the process makes for itself', () => {
    expect(tokenTrustOf(configWith({ AUTH_SECRET: secret }))).toEqual({ secret });
    expect(tokenTrustOf(configWith(issuer))).toEqual({ issuer: issuer.AUTH_ISSUER, jwksUrl: issuer.AUTH_JWKS_URL });
    expect(tokenTrustOf(configWith({}), () => secret)).toEqual({ secret });
  });

  test('there is no default secret, and half or twice a configuration is refused', () => {
    expect(() => tokenTrustOf(configWith({}))).toThrow('AUTH_SECRET: required');
    expect(() => tokenTrustOf(configWith({ AUTH_ISSUER: issuer.AUTH_ISSUER }))).toThrow('AUTH_JWKS_URL: required');
    expect(() => tokenTrustOf(configWith({ AUTH_JWKS_URL: issuer.AUTH_JWKS_URL }))).toThrow('AUTH_ISSUER: required');
    expect(() => tokenTrustOf(configWith({ ...issuer, AUTH_SECRET: secret }))).toThrow('not both');
  });
});
