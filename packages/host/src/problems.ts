export interface ProblemInit {
  readonly status: number;
  /** A slug that stays the same for ever, e.g. `validation-failed`: told as `urn:referral:problem:validation-failed`. */
  readonly type: string;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly errors?: readonly FieldError[];
  /** Further members that this type of problem has; none of them is one of those above. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FieldError {
  /** `windows.attribution_days`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** An answer of RFC 9457. Everything in it is for the caller's eyes. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(init: ProblemInit) {
    super(init.detail ?? init.title);
    this.status = init.status;
    this.type = init.type;
    this.title = init.title;
    this.detail = init.detail;
    this.errors = init.errors;
    this.extensions = init.extensions ?? {};
    this.headers = init.headers ?? {};
  }

  /** The members of the answer's body, without `request_id`. */
  toJSON(): Record<string, unknown> {
    const { status, type, title, detail, errors, extensions } = this;
    return { type: `urn:referral:problem:${type}`, title, status, detail, errors, ...extensions };
  }
}

const bearer = 'Bearer realm="referral"';

/** The refusals that more than one service gives, each with its one `type`. */
export const problems = {
  validation: (errors: readonly FieldError[]) =>
    new Problem({ status: 400, type: 'validation-failed', title: 'The request is not valid', errors }),
  malformedJson: () => new Problem({ status: 400, type: 'malformed-json', title: 'The body is not valid JSON' }),
  malformedRequest: (detail?: string) =>
    new Problem({ status: 400, type: 'malformed-request', title: 'The request cannot be read', detail }),
  unauthorized: (detail?: string) =>
    new Problem({
      status: 401,
      type: 'unauthorized',
      title: 'A valid token is required',
      detail,
      headers: { 'WWW-Authenticate': bearer },
    }),
  invalidToken: () =>
    new Problem({
      status: 401,
      type: 'unauthorized',
      title: 'A valid token is required',
      detail: 'The token is expired or not valid.',
      headers: { 'WWW-Authenticate': `${bearer}, error="invalid_token"` },
    }),
  forbidden: (detail?: string) =>
    new Problem({ status: 403, type: 'forbidden', title: 'The token does not allow this', detail }),
  notFound: (detail?: string) =>
    new Problem({ status: 404, type: 'not-found', title: 'There is no such thing', detail }),
  methodNotAllowed: (allowed: readonly string[]) =>
    new Problem({
      status: 405,
      type: 'method-not-allowed',
      title: 'The method is not supported here',
      headers: { Allow: allowed.join(', ') },
    }),
  conflict: (detail?: string, type = 'conflict') =>
    new Problem({ status: 409, type, title: 'The request conflicts with the present state', detail }),
  preconditionFailed: (detail?: string, extensions: Readonly<Record<string, unknown>> = {}) =>
    new Problem({
      status: 412,
      type: 'precondition-failed',
      title: 'It was changed in the meantime',
      detail,
      extensions,
    }),
  payloadTooLarge: (detail?: string) =>
    new Problem({ status: 413, type: 'payload-too-large', title: 'The body is too large', detail }),
  unsupportedMediaType: (detail?: string) =>
    new Problem({ status: 415, type: 'unsupported-media-type', title: 'The body is of an unsupported type', detail }),
  unprocessable: (detail?: string, type = 'unprocessable') =>
    new Problem({ status: 422, type, title: 'The request cannot be carried out', detail }),
  preconditionRequired: (detail?: string) =>
    new Problem({ status: 428, type: 'precondition-required', title: 'An If-Match header is required', detail }),
  tooManyRequests: (resetSeconds: number) =>
    new Problem({
      status: 429,
      type: 'too-many-requests',
      title: 'Too many requests',
      headers: { 'Retry-After': String(Math.max(1, resetSeconds)) },
    }),
  internal: () => new Problem({ status: 500, type: 'internal-error', title: 'Something went wrong on our side' }),
  unavailable: (detail?: string) =>
    new Problem({
      status: 503,
      type: 'unavailable',
      title: 'The service is not available at the moment',
      detail,
      headers: { 'Retry-After': '1' },
    }),
};
