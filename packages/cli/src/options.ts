import { identifier, tenantId } from '@referral/contracts';
import { type Environment, hostConfigSchema, readConfig } from '@referral/host';
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { CommandError, usageExitCode } from './terminal.ts';

/** What commander calls with the text of an argument; it adds the option's name to what is wrong. */
export function checkedBy<T>(schema: z.ZodType<T>): (text: string) => T {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join('; '));
  };
}

/** A text that fits into a claim of a token. */
export const claim = z.string().min(1, 'must not be empty').max(320, 'must be at most 320 characters');

export function wholeNumberFrom(min: number, max: number): z.ZodType<number> {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

export function tenantOption(): Option {
  return new Option('--tenant <tenant-id>', 'the tenant').argParser(checkedBy(tenantId));
}

export function customerOption(): Option {
  return new Option('--customer <id>', 'the customer').argParser(checkedBy(identifier));
}

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
  .transform((url) => url.replace(/\/+$/, ''));

export function urlOption(): Option {
  return new Option('--url <url>', 'where the platform answers (default: PUBLIC_URL, or localhost:PORT)').argParser(
    checkedBy(httpUrl),
  );
}

/** What a command needs to talk to a platform. */
export interface Installation {
  readonly url: string;
  readonly config: z.output<typeof hostConfigSchema>;
}

/** @throws ConfigError */
export function installationOf(env: Environment, url?: string): Installation {
  const config = readConfig(hostConfigSchema, env);
  return { config, url: url ?? config.PUBLIC_URL ?? `http://localhost:${config.PORT}` };
}

/** An option that this call cannot do without: one line instead of the whole help. */
export function required<T>(value: T | undefined, option: string, what: string): T {
  if (value !== undefined) return value;
  throw new CommandError(`${what} needs ${option}`, usageExitCode);
}
