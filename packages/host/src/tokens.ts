import { assert, isOperational, OperationalError } from '@referral/errors';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { type Clock, systemClock } from './clock.ts';

export const tokenKinds = ['admin', 'customer', 'service'] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** Who calls, as the token says. */
export interface Principal {
  readonly kind: TokenKind;
  /** Null only for an admin with scope `platform` whose token names no tenant. */
  readonly tenantId: string | null;
  /** Always there in a customer's token. */
  readonly customerId?: string;
  readonly scopes: readonly string[];
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
}

export interface TokenVerifier {
  /**
   * @throws InvalidTokenError when the token is not to be trusted
   * @throws OperationalError `AUTH_KEYS_UNAVAILABLE` when the issuer's keys cannot be had
   */
  verify(token: string): Promise<Principal>;
}

/** The token is expired, forged, not meant for us, or lacks a claim. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError';
}

/** Tokens signed with one secret (HS256), or those of an issuer that publishes its keys. */
export type TokenTrust = { readonly secret: string } | { readonly issuer: string; readonly jwksUrl: string };

export interface TokenContent {
  readonly kind: TokenKind;
  readonly tenantId?: string;
  readonly customerId?: string;
  readonly scopes?: readonly string[];
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  /** Default: 24 hours. */
  readonly ttlSeconds?: number;
}

export const minSecretBytes = 32;
const maxTokenLength = 8_192;
const defaultTtlSeconds = 24 * 3_600;
const cachedTokens = 1_000;
const cachedForMs = 60_000;
const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Remembers what it has verified for up to a minute, never past the token's expiry: checking a signature is dear. */
export function createTokenVerifier(trust: TokenTrust, clock: Clock = systemClock): TokenVerifier {
  const checkSignature = 'secret' in trust ? signedWith(trust.secret) : signedByIssuer(trust.issuer, trust.jwksUrl);
  const trusted = new Map<string, { principal: Principal; untilMs: number }>();

  return {
    async verify(token) {
      const now = clock.now();
      const known = trusted.get(token);
      trusted.delete(token);
      if (known && now < known.untilMs) {
        trusted.set(token, known);
        return known.principal;
      }
      if (token.length > maxTokenLength) throw new InvalidTokenError('the token is too long');
      const payload = await rejectInvalid(() => checkSignature(token, new Date(now)));
      const principal = principalFrom(payload);
      for (const leastRecent of trusted.keys()) {
        if (trusted.size < cachedTokens) break;
        trusted.delete(leastRecent);
      }
      trusted.set(token, { principal, untilMs: Math.min(now + cachedForMs, (payload.exp ?? 0) * 1_000) });
      return principal;
    },
  };
}

/** Signs a token that `createTokenVerifier({ secret })` accepts. */
export async function issueToken(secret: string, content: TokenContent, clock: Clock = systemClock): Promise<string> {
  const { kind, tenantId, customerId, scopes = [], name, email, phone, ttlSeconds = defaultTtlSeconds } = content;
  const claims = {
    ...(tenantId && { tenant_id: tenantId }),
    ...(customerId && { sub: customerId }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(name && { name }),
    ...(email && { email }),
    ...(phone && { phone }),
  };
  const missing = missingClaim(kind, { tenantId, customerId, scopes });
  assert(missing === undefined, `a token of kind ${kind} needs ${missing}`);
  assert(claimsSchema.safeParse(claims).success, 'the claims of a token must be valid');
  const { SignJWT } = await import('jose');
  const issuedAt = Math.floor(clock.now() / 1_000);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setAudience(kind)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ttlSeconds)
    .sign(keyOf(secret));
}

type CheckSignature = (token: string, currentDate: Date) => Promise<JWTPayload>;
const claimChecks = { audience: [...tokenKinds], requiredClaims: ['exp'] };

/** jose is loaded with the first token: it costs a tenth of the start-up, and not every process sees a token. */
function signedWith(secret: string): CheckSignature {
  const key = keyOf(secret);
  return async (token, currentDate) => {
    const { jwtVerify } = await import('jose');
    return (await jwtVerify(token, key, { ...claimChecks, algorithms: ['HS256'], currentDate })).payload;
  };
}

function signedByIssuer(issuer: string, jwksUrl: string): CheckSignature {
  let keys: JWTVerifyGetKey | undefined;
  return async (token, currentDate) => {
    const { createRemoteJWKSet, errors, jwtVerify } = await import('jose');
    keys ??= createRemoteJWKSet(new URL(jwksUrl));
    const publishedKeys = keys;
    const tokensFault = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];
    const keyFor: JWTVerifyGetKey = async (header, input) => {
      try {
        return await publishedKeys(header, input);
      } catch (error) {
        if (tokensFault.some((type) => error instanceof type)) throw error;
        throw new OperationalError('AUTH_KEYS_UNAVAILABLE', `the keys of ${issuer} cannot be had`, error);
      }
    };
    return (await jwtVerify(token, keyFor, { ...claimChecks, issuer, algorithms: asymmetric, currentDate })).payload;
  };
}

function keyOf(secret: string): Uint8Array {
  const key = new TextEncoder().encode(secret);
  assert(key.length >= minSecretBytes, `the secret of tokens must have at least ${minSecretBytes} bytes`);
  return key;
}

async function rejectInvalid(verify: () => Promise<JWTPayload>): Promise<JWTPayload> {
  try {
    return await verify();
  } catch (error) {
    if (isOperational(error)) throw error;
    throw new InvalidTokenError('the token is not valid', { cause: error });
  }
}

const text = z.string().max(320).nullish();
const claimsSchema = z.object({
  /** No colon: a key `tenant:customer` splits at the first one. */
  tenant_id: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/i)
    .nullish(),
  sub: z
    .string()
    .regex(/^[^\p{Cc}\p{Cs}]+$/u)
    .refine((id) => Buffer.byteLength(id) <= 128)
    .nullish(),
  scope: z.string().nullish(),
  name: text,
  email: text,
  phone: text,
});

function principalFrom(payload: JWTPayload): Principal {
  const audiences = [payload.aud].flat();
  const kinds = tokenKinds.filter((kind) => audiences.includes(kind));
  const [kind] = kinds;
  if (!kind || kinds.length > 1) throw new InvalidTokenError('the token must be for exactly one of our audiences');
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success) throw new InvalidTokenError('a claim of the token is malformed');
  const { tenant_id: tenantId, sub, scope, name, email, phone } = claims.data;
  const scopes = scope?.split(' ').filter(Boolean) ?? [];
  const customerId = kind === 'customer' ? sub : undefined;
  const missing = missingClaim(kind, { tenantId, customerId, scopes });
  if (missing) throw new InvalidTokenError(`the token lacks ${missing}`);
  return {
    kind,
    tenantId: tenantId ?? null,
    scopes,
    ...(customerId && { customerId }),
    ...(name && { name }),
    ...(email && { email }),
    ...(phone && { phone }),
  };
}

function missingClaim(
  kind: TokenKind,
  has: { tenantId?: string | null | undefined; customerId?: string | null | undefined; scopes: readonly string[] },
): string | undefined {
  const isPlatform = kind === 'admin' && has.scopes.includes('platform');
  if (!has.tenantId && !isPlatform) return 'a tenant';
  if (!has.customerId && kind === 'customer') return 'a customer';
  return undefined;
}
