import type { RateLimits, TokenVerifier } from '@referral/host';
import { Router } from 'express';
import { enrollmentRoutes } from './http/enrollments.ts';
import { eventRoutes } from './http/events.ts';
import { referralRoutes } from './http/referrals.ts';
import type { Context } from './stages/context.ts';

export interface HttpDeps extends Context {
  readonly verifier: TokenVerifier;
  readonly rateLimits: RateLimits;
}

export function createRouter(deps: HttpDeps): Router {
  return Router().use(enrollmentRoutes(deps), eventRoutes(deps), referralRoutes(deps));
}
