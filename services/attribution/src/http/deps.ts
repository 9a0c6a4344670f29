import type { RateLimits, TokenVerifier } from '@referral/host';
import type { Context } from '../stages/context.ts';

/** What the calls of this service need. */
export interface HttpDeps extends Context {
  readonly verifier: TokenVerifier;
  readonly rateLimits: RateLimits;
}
