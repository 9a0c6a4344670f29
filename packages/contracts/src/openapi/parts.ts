import { createSchema, type oas31, type ZodOpenApiRequestBodyObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import {
  headerDescriptions,
  headerReferences,
  problemResponse,
  rateLimitHeaders,
  sharedProblems,
} from './components.ts';
import type { ApiAnswer, ApiExample, ApiOperation } from './operation.ts';
import { type ProblemType, problemTypes } from './problems.ts';

/**
 * The parts of an operation, as OpenAPI writes them. What one example shows has its name in every part. Only the examples
 * of good requests stand with the request; how to be refused is told beside the refusal, in `x-request`.
 */

export function securityOf({ callers }: ApiOperation): oas31.SecurityRequirementObject[] {
  return callers.map((caller) => (caller === 'anybody' ? {} : { [caller]: [] }));
}

export function parametersOf({ parameters = {}, examples }: ApiOperation): oas31.ParameterObject[] {
  return (['path', 'query', 'header', 'cookie'] as const).flatMap((location) =>
    Object.entries(parameters[location]?.shape ?? {}).map(([name, schema]): oas31.ParameterObject => {
      const shown = examples.filter((example) => isGood(example) && example.parameters?.[name] !== undefined);
      const isRequired = !schema.safeParse(undefined).success;
      return {
        name,
        in: location,
        ...(isRequired ? { required: true } : {}),
        schema: createSchema(schema, { io: 'input' }).schema,
        ...(shown.length > 0 ? { examples: named(shown, (example) => example.parameters?.[name]) } : {}),
      };
    }),
  );
}

export function requestBodyOf(
  { examples }: ApiOperation,
  { schema, mediaTypes = ['application/json'] }: NonNullable<ApiOperation['body']>,
): ZodOpenApiRequestBodyObject {
  const content = mediaTypes.map((mediaType) => {
    const shown = examples.filter(
      (example) => isGood(example) && example.body !== undefined && (example.mediaType ?? mediaTypes[0]) === mediaType,
    );
    return [
      mediaType,
      { schema, ...(shown.length > 0 ? { examples: named(shown, ({ body }) => body) } : {}) },
    ] as const;
  });
  return { required: true, content: Object.fromEntries(content) };
}

export function responsesOf(operation: ApiOperation) {
  const responses: Record<`${1 | 2 | 3 | 4 | 5}${string}`, ZodOpenApiResponseObject | oas31.ReferenceObject> = {};
  for (const [status, answer] of Object.entries(operation.answers)) {
    responses[statusKey(Number(status))] = answerOf(operation, Number(status), answer);
  }
  for (const [status, types] of problemsByStatus(operation)) {
    const shown = examplesOf(operation, status);
    const [only] = types;
    const isShared = types.length === 1 && sharedProblems.some((type) => type === only) && shown.length === 0;
    responses[statusKey(status)] = isShared
      ? { $ref: `#/components/responses/${only}` }
      : problemResponse(
          types,
          named(shown, ({ answer }) => answer, requestOf),
        );
  }
  const stray = operation.examples.find(({ status }) => !(statusKey(status) in responses));
  if (stray) throw new Error(`${operation.id}: the example ${stray.name} has a status that is not documented`);
  return responses;
}

function statusKey(status: number): `${2 | 3 | 4 | 5}${string}` {
  const rest = String(status % 100).padStart(2, '0');
  if (status < 300) return `2${rest}`;
  if (status < 400) return `3${rest}`;
  return status < 500 ? `4${rest}` : `5${rest}`;
}

function answerOf(operation: ApiOperation, status: number, answer: ApiAnswer): ZodOpenApiResponseObject {
  const { description, schema, mediaType = 'application/json', headers = [] } = answer;
  const shown = examplesOf(operation, status);
  const withBody = shown.filter((example) => example.answer !== undefined);
  const own = headers.map((name) => {
    const examples = shown.filter((example) => example.headers?.[name] !== undefined);
    return [
      name,
      {
        description: headerDescriptions[name],
        schema: { type: 'string' },
        ...(examples.length > 0 ? { examples: named(examples, (example) => example.headers?.[name]) } : {}),
      },
    ] as const;
  });
  const limits = operation.isLimited ? rateLimitHeaders : [];
  return {
    description,
    headers: { ...headerReferences(['X-Request-Id', ...limits]), ...Object.fromEntries(own) },
    ...(schema
      ? {
          content: {
            [mediaType]: {
              schema,
              ...(withBody.length > 0 ? { examples: named(withBody, (example) => example.answer) } : {}),
            },
          },
        }
      : {}),
  };
}

function problemsByStatus(operation: ApiOperation): Map<number, ProblemType[]> {
  const byStatus = new Map<number, ProblemType[]>();
  for (const type of new Set([...(operation.problems ?? []), ...impliedProblems(operation)])) {
    const { status } = problemTypes[type];
    byStatus.set(status, [...(byStatus.get(status) ?? []), type]);
  }
  return byStatus;
}

/** How a call may be refused because of what it is. */
function impliedProblems({ callers, body, parameters, isLimited, isOfProcess }: ApiOperation): ProblemType[] {
  return [
    ...(body ? (['validation-failed', 'malformed-json', 'payload-too-large', 'unsupported-media-type'] as const) : []),
    ...(parameters?.query?.def.catchall ? (['validation-failed'] as const) : []),
    ...(parameters?.path ? (['malformed-request'] as const) : []),
    ...(callers.some((caller) => caller !== 'anybody') ? (['unauthorized', 'forbidden'] as const) : []),
    ...(isLimited ? (['too-many-requests'] as const) : []),
    ...(isOfProcess ? [] : (['internal-error', 'unavailable'] as const)),
  ];
}

function examplesOf({ examples }: ApiOperation, status: number): ApiExample[] {
  return examples.filter((example) => example.status === status);
}

function named(
  examples: readonly ApiExample[],
  shownBy: (example: ApiExample) => unknown,
  more: (example: ApiExample) => object = ({ caller }) => (caller ? { 'x-caller': caller } : {}),
): Record<string, oas31.ExampleObject> {
  return Object.fromEntries(
    examples.map((example) => [example.name, { summary: example.summary, ...more(example), value: shownBy(example) }]),
  );
}

function requestOf({ caller, parameters, body }: ApiExample): object {
  return {
    'x-request': {
      ...(caller ? { caller } : {}),
      ...(parameters ? { parameters } : {}),
      ...(body === undefined ? {} : { body }),
    },
  };
}

/** Whether the request is one that the schemas allow. */
function isGood({ status }: ApiExample): boolean {
  return status < 400;
}
