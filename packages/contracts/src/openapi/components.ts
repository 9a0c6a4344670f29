import type { oas31, ZodOpenApiComponentsObject } from 'zod-openapi';
import { preconditionFailedBody, problemBody } from '../api/problem.ts';
import { apiProgram, apiReward } from '../api/program.ts';
import { tenantAnswer } from '../api/referral-code.ts';
import { customerSignedUp, promoUpdated, purchaseCompleted, purchaseRefunded } from '../events/inbound.ts';
import type { HeaderName } from './operation.ts';
import { type ProblemType, problem, problemTypes, problemUrn } from './problems.ts';

const text = (description: string): oas31.HeaderObject => ({ description, required: true, schema: { type: 'string' } });
const whole = (description: string): oas31.HeaderObject => ({
  description,
  required: true,
  schema: { type: 'integer' },
});

/** Headers of answers, by their names in the document's components. */
export const headerComponents = {
  'X-Request-Id': text('The request’s own, when it is 1 to 128 letters, digits, dots, hyphens or underscores.'),
  'RateLimit-Policy': text('The limit: so many calls of one client in so many seconds.'),
  RateLimit: text('What is left of it, and for how many seconds.'),
  'RateLimit-Limit': whole('The limit, for clients that read no structured headers.'),
  'RateLimit-Remaining': whole('What is left of it.'),
  'RateLimit-Reset': whole('Seconds until it begins anew.'),
  'Retry-After': whole('Seconds after which a retry makes sense.'),
  'WWW-Authenticate': text('That a bearer token is needed, or that the one given is not valid.'),
} as const;

export const rateLimitHeaders = [
  'RateLimit-Policy',
  'RateLimit',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
] as const;

/** Headers that an answer declares itself, because its examples show their values. */
export const headerDescriptions: Readonly<Record<HeaderName, string>> = {
  ETag: 'Names what was answered: for `If-Match`, or `If-None-Match`.',
  Location: 'Where to go.',
  'Set-Cookie': 'Remembers the visitor, so that a later signup can be traced to this click.',
  'Cache-Control': 'Whether the answer may be kept.',
  'Content-Disposition': 'That it is a file, and its name.',
  'X-Accel-Buffering': 'Tells reverse proxies to pass everything on at once.',
  'X-As-Of': 'When it was read.',
  'X-Lag-Events': 'Events that the whole chain had not worked through yet.',
};

const headersOfProblem: Partial<Record<ProblemType, readonly (keyof typeof headerComponents)[]>> = {
  unauthorized: ['WWW-Authenticate'],
  'too-many-requests': ['Retry-After'],
  unavailable: ['Retry-After'],
};

/** The component of a problem that tells more than others do. */
const schemasOfProblem: Partial<Record<ProblemType, string>> = { 'precondition-failed': 'PreconditionFailed' };

/** The answer to a call that is refused for one of these reasons, all of one status. */
export function problemResponse(
  types: readonly ProblemType[],
  examples: Readonly<Record<string, oas31.ExampleObject>> = {},
  description = types
    .map((type) => problemTypes[type].title)
    .filter(isFirst)
    .join('; '),
): oas31.ResponseObject {
  const schema = types.map((type) => schemasOfProblem[type]).find((name) => name !== undefined) ?? 'Problem';
  const headers = ['X-Request-Id' as const, ...types.flatMap((type) => headersOfProblem[type] ?? [])];
  return {
    description,
    headers: headerReferences(headers),
    content: {
      'application/problem+json': {
        schema: { $ref: `#/components/schemas/${schema}`, properties: { type: { enum: types.map(problemUrn) } } },
        ...(Object.keys(examples).length > 0 ? { examples } : {}),
      },
    },
  };
}

export function headerReferences(names: readonly (keyof typeof headerComponents)[]): oas31.HeadersObject {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Problems that are the same wherever they come from: each is one response of the document's components. */
export const sharedProblems = [
  'unauthorized',
  'forbidden',
  'payload-too-large',
  'unsupported-media-type',
  'too-many-requests',
  'internal-error',
  'unavailable',
] as const satisfies readonly ProblemType[];

function sharedResponse(type: (typeof sharedProblems)[number]): oas31.ResponseObject {
  return problemResponse([type], { [type]: { summary: problemTypes[type].title, value: problem(type) } });
}

const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description }) as const;

export const apiComponents: ZodOpenApiComponentsObject = {
  schemas: {
    Problem: problemBody,
    PreconditionFailed: preconditionFailedBody,
    Program: apiProgram,
    Reward: apiReward,
    Tenant: tenantAnswer,
    CustomerSignedUp: customerSignedUp.schema,
    PurchaseCompleted: purchaseCompleted.schema,
    PurchaseRefunded: purchaseRefunded.schema,
    PromoUpdated: promoUpdated.schema,
  },
  headers: headerComponents,
  responses: Object.fromEntries(sharedProblems.map((type) => [type, sharedResponse(type)])),
  securitySchemes: {
    admin: bearer('A token with `aud: admin`: what it may see and do ends at its tenant.'),
    platform: bearer('A token with `aud: admin` and scope `platform`: may create tenants.'),
    customer: bearer('A token with `aud: customer`: one customer of one tenant.'),
    service: bearer('A token with `aud: service`: another service of the platform, for one tenant.'),
  },
};

function isFirst(value: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(value) === index;
}
