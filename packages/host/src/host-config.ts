import { z } from 'zod';
import { ConfigError, wholeNumber } from './config.ts';
import { logLevels } from './logging.ts';
import { minSecretBytes, type TokenTrust } from './tokens.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'expected a URL that begins with http:// or https://' });
const brokers = z
  .string()
  .transform((list) => list.split(',').map((broker) => broker.trim()))
  .refine((list) => list.every(isAddress), 'expected host:port, comma-separated');

function isAddress(broker: string): boolean {
  const [, port] = /^[^\s:]+:(\d{1,5})$/.exec(broker) ?? [];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

const mongodbUrl = /^mongodb(\+srv)?:\/\/([^\s/@:]+(:[^\s/@:]*)?@)?[^\s/@?]+\/[^\s/?]+(\?\S*)?$/;

/** The variables that every process understands. A service adds its own with `z.object({ ...hostConfigSchema.shape, … })`. */
export const hostConfigSchema = z.object({
  /** 0 takes any free port. */
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  DATA_DIR: z.string().default('./.data'),
  LOG_LEVEL: z.enum(logLevels, `expected one of ${logLevels.join(', ')}`).default('info'),
  KAFKA_BROKERS: brokers.optional(),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'expected plain, scram-sha-256 or scram-sha-512')
    .optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  KAFKA_SSL: z
    .enum(['true', 'false'], 'expected true or false')
    .default('false')
    .transform((value) => value === 'true'),
  /** After how long without a sign of life a process loses its partitions to others, in milliseconds. */
  KAFKA_SESSION_TIMEOUT_MS: wholeNumber(6_000, 300_000).default(15_000),
  MONGODB_URL: z
    .string()
    .regex(
      mongodbUrl,
      'expected mongodb://[user:password@]host[:port]/database, with special characters of the password percent-encoded',
    )
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/./, 'expected a URL that begins with redis://')
    .optional(),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'expected at most 100 letters, digits, dots, hyphens or underscores')
    .default(''),
  /** Of topics that are created on Kafka. Those that exist keep theirs. */
  TOPIC_PARTITIONS: wholeNumber(1, 1_000).default(6),
  /** How long an event waits for what it refers to, and how late one may arrive. */
  LATENESS_HOURS: wholeNumber(0, 8_760).default(24),
  AUTH_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= minSecretBytes, `expected at least ${minSecretBytes} bytes`)
    .optional(),
  AUTH_ISSUER: z.string().optional(),
  AUTH_JWKS_URL: httpUrl.optional(),
  RATE_LIMIT_PER_MINUTE: wholeNumber(1, 1_000_000).default(120),
  RATE_LIMIT_MISSES_PER_HOUR: wholeNumber(1, 1_000_000).default(600),
  /** Where people reach this installation, when that is not where it listens. Without a trailing slash. */
  PUBLIC_URL: httpUrl.transform((url) => url.replace(/\/+$/, '')).optional(),
  /** How many reverse proxies in front are trusted to say who the client is. */
  TRUST_PROXY: wholeNumber(0, 10).default(0),
});

export type HostConfig = z.infer<typeof hostConfigSchema>;

/**
 * Whose tokens are trusted: those signed with `AUTH_SECRET`, or those of an issuer.
 * @param makeSecret asked when neither is configured; a process that must not make its own secret leaves it out
 * @throws ConfigError
 */
export function tokenTrustOf(config: HostConfig, makeSecret?: () => string): TokenTrust {
  const { AUTH_SECRET: secret, AUTH_ISSUER: issuer, AUTH_JWKS_URL: jwksUrl } = config;
  if (secret && (issuer || jwksUrl)) {
    throw new ConfigError(['AUTH_SECRET: expected either AUTH_SECRET, or AUTH_ISSUER with AUTH_JWKS_URL, not both']);
  }
  if (secret) return { secret };
  if (issuer && jwksUrl) return { issuer, jwksUrl };
  if (issuer) throw new ConfigError(['AUTH_JWKS_URL: required when AUTH_ISSUER is set']);
  if (jwksUrl) throw new ConfigError(['AUTH_ISSUER: required when AUTH_JWKS_URL is set']);
  if (makeSecret) return { secret: makeSecret() };
  throw new ConfigError([
    `AUTH_SECRET: required (at least ${minSecretBytes} bytes), or AUTH_ISSUER with AUTH_JWKS_URL`,
  ]);
}
