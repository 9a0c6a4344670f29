import type { Bus } from '@referral/bus';
import type { ConsumptionObserver } from '@referral/processing';
import type { Store } from '@referral/store';
import type { Router } from 'express';
import type { z } from 'zod';
import type { Clock } from './clock.ts';
import type { BodyLimit } from './http.ts';
import type { Logger } from './logging.ts';
import type { RateLimits } from './rate-limits.ts';
import type { TokenVerifier } from './tokens.ts';

/** What a service is given. Its own settings come beside it, already checked. */
export interface ServiceDeps {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly verifier: TokenVerifier;
  readonly rateLimits: RateLimits;
  readonly observer: ConsumptionObserver;
  /** Where people reach this installation, without a trailing slash: `https://refer.example.com`. */
  readonly publicUrl: string;
  /** How long an event may wait for what it refers to, in milliseconds. */
  readonly latenessMs: number;
  /** Aborts when the process is told to stop, before requests are waited for: what never ends by itself ends then. */
  readonly stopping: AbortSignal;
}

/** A service, ready to be put behind an HTTP edge: by its own `main`, or by the one process that holds all of them. */
export interface Service {
  readonly router: Router;
  /** Where this service takes larger bodies than the edge does by default. */
  readonly bodyLimits?: readonly BodyLimit[];
  /** Prepares its collections, starts its consumers and sweepers. */
  start(): Promise<void>;
  /** Publishes what waits in its outboxes and does its periodic work now. Resolves when nothing is left to do. */
  settle(): Promise<void>;
  /** Stops consumers and sweepers; waits for what is under way. */
  stop(): Promise<void>;
}

/** How a process makes a service: its name (which is its consumer group), its settings, its composition root. */
export interface ServiceDefinition<Config extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly config: Config;
  create(deps: ServiceDeps, config: z.output<Config>): Service;
}

/** What is left of it for a service that needs no engine. */
export type EngineFreeDeps = Pick<ServiceDeps, 'clock' | 'logger' | 'rateLimits' | 'publicUrl'>;

/** A service that keeps nothing and consumes nothing. It goes wherever a `ServiceDefinition` goes, and runs by itself too. */
export interface EngineFreeDefinition<Config extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly config: Config;
  create(deps: EngineFreeDeps, config: z.output<Config>): Service;
}
