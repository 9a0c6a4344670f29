import { documentRoutes } from './api-documents.ts';
import { systemClock } from './clock.ts';
import { type Environment, environment, readConfig } from './config.ts';
import { hostConfigSchema } from './host-config.ts';
import { createHttpApp } from './http.ts';
import { listen } from './listen.ts';
import { createLogger, type Logger } from './logging.ts';
import { createMetrics } from './metrics.ts';
import { createMemoryRateLimits } from './rate-limits.ts';
import type { EngineFreeDefinition } from './service.ts';
import { type Lifecycle, runProcess } from './shutdown.ts';

/**
 * Starts a service that needs no engine behind an HTTP edge like that of the others. It opens neither bus, store nor Redis,
 * whatever the environment names, and asks for no secret: it counts its own limits and trusts no token.
 * @throws ConfigError with one line per bad variable
 */
export async function startEngineFreeService(
  lifecycle: Lifecycle,
  { name, config: schema, create }: EngineFreeDefinition,
  env: Environment,
): Promise<{ readonly url: string; readonly logger: Logger }> {
  const config = readConfig(hostConfigSchema, env);
  const own = readConfig(schema, env);
  const logger = createLogger({ level: config.LOG_LEVEL, name });
  const publicUrl = config.PUBLIC_URL ?? `http://localhost:${config.PORT}`;
  const limits = { perMinute: config.RATE_LIMIT_PER_MINUTE, missesPerHour: config.RATE_LIMIT_MISSES_PER_HOUR };
  const deps = { clock: systemClock, logger, rateLimits: createMemoryRateLimits(limits), publicUrl };
  const service = create(deps, own);
  await service.start();
  lifecycle.onStop('service', () => service.stop());
  const app = createHttpApp({
    name,
    routers: [documentRoutes({ services: [name], publicUrl }), service.router],
    logger,
    metrics: createMetrics(name),
    readiness: [],
    trustProxy: config.TRUST_PROXY,
    bodyLimits: service.bodyLimits ?? [],
  });
  const { url, close } = await listen(app, { host: config.HOST, port: config.PORT });
  lifecycle.onStop('http', close);
  return { url, logger };
}

/** A process that runs one service which needs no engine. */
export function runEngineFreeService(definition: EngineFreeDefinition): Promise<void> {
  return runProcess(definition.name, async (lifecycle) => {
    const { url, logger } = await startEngineFreeService(lifecycle, definition, environment);
    logger.info({ url }, 'listening');
  });
}
