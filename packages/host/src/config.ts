import { readFileSync } from 'node:fs';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's own variables. Nothing else reads them, so whatever a part of the product depends on is an argument of it. */
export const environment: Environment = process.env;

/** What a process exits with when its configuration is wrong (EX_CONFIG of sysexits.h). */
export const exitCodeOfBadConfig = 78;

/** The configuration is wrong. Each line names a variable and what is expected of it, never the value that it has. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly lines: string[];

  constructor(lines: string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

/**
 * Reads the variables that the schema's keys name. For `NAME`, `NAME_FILE` may name a file that holds the value instead
 * (without the line break at its end). An empty variable counts as not set.
 * @throws ConfigError with one line per bad variable
 */
export function readConfig<S extends z.ZodObject>(schema: S, env: Environment): z.infer<S> {
  const values: Record<string, string> = {};
  const faults = new Map<string, string>();
  for (const name of Object.keys(schema.shape)) {
    const source = readVariable(name, env);
    if ('fault' in source) faults.set(name, source.fault);
    else if (source.value !== undefined) values[name] = source.value;
  }
  const parsed = schema.safeParse(values);
  if (parsed.success && faults.size === 0) return parsed.data;
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0] ?? 'configuration');
    if (!faults.has(name))
      faults.set(name, name in values ? `${name}: ${issue.message}` : `${name}: required, but not set`);
  }
  throw new ConfigError([...faults.values()]);
}

/** A variable that holds a whole number, `min` and `max` included. */
export function wholeNumber(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

function readVariable(name: string, env: Environment): { value?: string } | { fault: string } {
  const value = env[name];
  const file = env[`${name}_FILE`];
  if (!file) return value ? { value } : {};
  if (value) return { fault: `${name}: expected either ${name} or ${name}_FILE, not both` };
  try {
    const content = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return content ? { value: content } : { fault: `${name}_FILE: expected a file that is not empty: ${file}` };
  } catch {
    return { fault: `${name}_FILE: expected a file that can be read: ${file}` };
  }
}
