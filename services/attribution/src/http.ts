import { Router } from 'express';
import type { HttpDeps } from './http/deps.ts';
import { enrollmentRoutes } from './http/enrollments.ts';
import { eventRoutes } from './http/events.ts';
import { referralRoutes } from './http/referrals.ts';

export function createRouter(deps: HttpDeps): Router {
  return Router().use(enrollmentRoutes(deps), eventRoutes(deps), referralRoutes(deps));
}
