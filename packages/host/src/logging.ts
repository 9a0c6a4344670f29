import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Nothing logs these on purpose; an error of a library may carry the request that it failed on. */
const secretFields = ['authorization', 'cookie', 'set-cookie', 'password', 'secret', 'token'];
const secretPaths = secretFields.flatMap((field) => [
  `["${field}"]`,
  `*["${field}"]`,
  `*.headers["${field}"]`,
  `*.*.headers["${field}"]`,
]);

/** Logs JSON lines, to standard output unless told otherwise. Fields that carry credentials are replaced. */
export function createLogger(options: { level: LogLevel; name: string; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level,
    name: options.name,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: secretPaths,
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}
