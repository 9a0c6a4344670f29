/** Every `type` of a problem, without its prefix, with the status and title that go with it. */
export const problemTypes = {
  'validation-failed': { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  unauthorized: { status: 401, title: 'A valid token is required' },
  forbidden: { status: 403, title: 'The token does not allow this' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'tenant-exists': { status: 409, title: 'The request conflicts with the present state' },
  'slug-taken': { status: 409, title: 'The request conflicts with the present state' },
  'insufficient-balance': { status: 409, title: 'The request conflicts with the present state' },
  'discount-not-available': { status: 409, title: 'The request conflicts with the present state' },
  'order-already-redeemed': { status: 409, title: 'The request conflicts with the present state' },
  'too-many-versions': { status: 409, title: 'The request conflicts with the present state' },
  'precondition-failed': { status: 412, title: 'It was changed in the meantime' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is of an unsupported type' },
  'idempotency-key-reused': { status: 422, title: 'The request cannot be carried out' },
  'precondition-required': { status: 428, title: 'An If-Match header is required' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'internal-error': { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'The service is not available at the moment' },
} as const;

export type ProblemType = keyof typeof problemTypes;

export const problemUrn = (type: ProblemType) => `urn:referral:problem:${type}`;

/** The body of a refusal, for an example. */
export function problem(
  type: ProblemType,
  more: { readonly detail?: string; readonly errors?: readonly { path: string; message: string }[] } = {},
) {
  return { type: problemUrn(type), ...problemTypes[type], ...more, request_id: exampleRequestId };
}

/** What the examples carry as `X-Request-Id`. */
const exampleRequestId = 'req-1';
