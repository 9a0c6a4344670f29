import type { z } from 'zod';
import type { ProblemType } from './problems.ts';

/** Whose token a call needs. `anybody`: none. Admins of scope `platform` may do what belongs to no tenant. */
type Caller = 'anybody' | 'admin' | 'platform' | 'customer' | 'service';

/** One call, as data: the document is written from it. Its schemas are those that the handler parses with. */
export interface ApiOperation {
  readonly method: 'get' | 'post' | 'put';
  /** As OpenAPI writes it: `/api/tenants/{slug}`. */
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** Any one of them. */
  readonly callers: readonly [Caller, ...Caller[]];
  readonly parameters?: {
    readonly path?: z.ZodObject;
    /** A strict one is what the handler refuses others by. */
    readonly query?: z.ZodObject;
    readonly header?: z.ZodObject;
    readonly cookie?: z.ZodObject;
  };
  readonly body?: { readonly schema: z.ZodType; readonly mediaTypes?: readonly string[] };
  /** What it answers when it does what was asked. */
  readonly answers: Readonly<Record<number, ApiAnswer>>;
  /** How it refuses, apart from what follows from its callers, its body and its limit. */
  readonly problems?: readonly ProblemType[];
  /** Counted against the limit of its client. */
  readonly isLimited?: boolean;
  /** Every process answers it, and needs no engine to. */
  readonly isOfProcess?: boolean;
  readonly examples: readonly ApiExample[];
}

export interface ApiAnswer {
  readonly description: string;
  /** Not given: no body. */
  readonly schema?: z.ZodType;
  /** Default: `application/json`. */
  readonly mediaType?: string;
  readonly headers?: readonly HeaderName[];
}

export type HeaderName =
  | 'ETag'
  | 'Location'
  | 'Set-Cookie'
  | 'Cache-Control'
  | 'Content-Disposition'
  | 'X-Accel-Buffering'
  | 'X-As-Of'
  | 'X-Lag-Events';

/** A request and what it is answered with. A test makes the request and compares the answer, member by member. */
export interface ApiExample {
  /** Unique within the operation. */
  readonly name: string;
  readonly summary: string;
  /** Where it is not the first of the operation's callers. */
  readonly caller?: Caller;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Default: the first that the operation takes. */
  readonly mediaType?: string;
  readonly body?: unknown;
  readonly status: number;
  /** The body of the answer; of an answer without one, nothing. */
  readonly answer?: unknown;
  readonly headers?: Partial<Record<HeaderName, string>>;
}
