import { assert } from '@referral/errors';
import type { RequestHandler, Response } from 'express';
import type { Logger } from './logging.ts';
import { problems } from './problems.ts';
import type { RateLimits } from './rate-limits.ts';
import { InvalidTokenError, type Principal, type TokenKind, type TokenVerifier } from './tokens.ts';

/** What the HTTP side of a service needs. */
export interface Edge {
  readonly verifier: TokenVerifier;
  readonly rateLimits: RateLimits;
  readonly logger: Logger;
}

const principals = new WeakMap<Response, Principal>();

/** Lets a request pass that carries a token of one of `kinds`: 401 without a valid token, 403 with one of another kind. */
export function requireToken(edge: { readonly verifier: TokenVerifier }, ...kinds: TokenKind[]): RequestHandler {
  return async (req, res, next) => {
    const [, token] = /^Bearer +([\w.~+/=-]+) *$/i.exec(req.headers.authorization ?? '') ?? [];
    if (!token) throw problems.unauthorized();
    const principal = await edge.verifier.verify(token).catch((error: unknown) => {
      throw error instanceof InvalidTokenError ? problems.invalidToken() : error;
    });
    if (!kinds.includes(principal.kind)) throw problems.forbidden(`This needs a token for ${kinds.join(' or ')}.`);
    principals.set(res, principal);
    next();
  };
}

/**
 * Who calls.
 * @throws AssertionFailure when no `requireToken` stands before the handler
 */
export function principalOf(res: Response): Principal {
  const principal = principals.get(res);
  assert(principal, 'a handler that asks who calls must stand behind requireToken');
  return principal;
}

/**
 * The tenant that the caller acts for.
 * @throws Problem 403 for a platform token that names no tenant
 */
export function tenantOf(res: Response): string {
  const { tenantId } = principalOf(res);
  if (tenantId === null) throw problems.forbidden('This needs a token that names a tenant.');
  return tenantId;
}
