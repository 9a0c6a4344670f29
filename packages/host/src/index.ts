export * from './api-documents.ts';
export * from './auth.ts';
export * from './bounded.ts';
export * from './clock.ts';
export * from './config.ts';
export * from './cursors.ts';
export * from './engines.ts';
export type { ReadinessCheck } from './health.ts';
export * from './host-config.ts';
export * from './http.ts';
export * from './listen.ts';
export * from './logging.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export * from './parsing.ts';
export * from './problems.ts';
export {
  clientKey,
  createMemoryRateLimits,
  type LimitName,
  type LimitSizes,
  type LimitState,
  limitClients,
  openRateLimits,
  type RateLimits,
} from './rate-limits.ts';
export type * from './redis-rate-limits.ts';
export * from './run-engine-free.ts';
export * from './run-services.ts';
export * from './secret.ts';
export type * from './service.ts';
export { createLifecycle, type Lifecycle, runProcess } from './shutdown.ts';
export * from './tokens.ts';
