import type { z } from 'zod';

/** A collection and what of its records the audit reads; other members are none of its business. */
export interface Source<Body> {
  readonly collection: string;
  /** Where it is written which generation of the collection counts, if it has any. */
  readonly generations?: string;
  readonly body: z.ZodType<Body>;
  /** Whose a record is; `undefined` where it does not say. */
  readonly tenantOf: (id: string, body: unknown) => string | undefined;
}

/** The tenant is a member of the body. */
export function byMember(_id: string, body: unknown): string | undefined {
  const { tenant_id } = typeof body === 'object' && body !== null ? (body as { tenant_id?: unknown }) : {};
  return typeof tenant_id === 'string' ? tenant_id : undefined;
}

/** The id begins with the tenant and a colon. */
export function byPrefix(id: string): string | undefined {
  const colon = id.indexOf(':');
  return colon > 0 ? id.slice(0, colon) : undefined;
}

/** The record does not say whose it is. */
export function byNothing(): undefined {
  return undefined;
}
