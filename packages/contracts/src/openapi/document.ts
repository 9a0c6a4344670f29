import { createDocument, type oas31, type ZodOpenApiObject, type ZodOpenApiOperationObject } from 'zod-openapi';
import { apiComponents } from './components.ts';
import type { ApiOperation } from './operation.ts';
import { analyticsOperations } from './operations/analytics.ts';
import { attributionOperations } from './operations/attribution.ts';
import { edgeOperations } from './operations/edge.ts';
import { referralCodeOperations } from './operations/referral-code.ts';
import { rewardIssuerOperations } from './operations/reward-issuer.ts';
import { parametersOf, requestBodyOf, responsesOf, securityOf } from './parts.ts';

const operationsOf: ReadonlyMap<string, readonly ApiOperation[]> = new Map([
  ['referral-code', referralCodeOperations],
  ['attribution', attributionOperations],
  ['reward-issuer', rewardIssuerOperations],
  ['analytics', analyticsOperations],
]);

/** The services that have an API. */
export const documentedServices = [...operationsOf.keys()];

/**
 * The OpenAPI 3.1 document of a process that runs these services: their calls and those of every process. A service that
 * is not known here has no calls in it.
 */
export function openApiDocument(services: readonly string[], server: { readonly url: string }): oas31.OpenAPIObject {
  const [only] = services;
  const name = services.length === 1 && only !== undefined ? `: ${only}` : '';
  const tagged = services.flatMap((service) => operationsOf.get(service)?.map((one) => [service, one] as const) ?? []);
  const all = [...tagged, ...edgeOperations.map((one) => ['process', one] as const)];
  const paths: NonNullable<ZodOpenApiObject['paths']> = {};
  for (const [tag, operation] of all) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: toOperation(operation, tag) };
  }
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: `Referral platform${name}`,
        version: '1.0.0',
        description,
        license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: server.url }],
      externalDocs: { description: 'The events, as AsyncAPI', url: `${server.url.replace(/\/$/, '')}/asyncapi.json` },
      tags: [...new Set(all.map(([tag]) => tag))].map((tag) => ({ name: tag })),
      paths,
      components: apiComponents,
    },
    { override: leaveOpen },
  );
  return { ...document, components: usedComponents(document) };
}

type Document = ReturnType<typeof createDocument>;

/** What nothing refers to is left out. A schema may be there for the sake of another, so it takes a few rounds. */
function usedComponents({ paths, components = {} }: Document): NonNullable<Document['components']> {
  const { schemas = {}, responses = {}, headers = {}, securitySchemes = {} } = components;
  const refersTo = (text: string, kind: string) => (name: string) => text.includes(`"#/components/${kind}/${name}"`);
  const calls = JSON.stringify(paths);
  const usedResponses = pick(responses, refersTo(calls, 'responses'));
  const withResponses = calls + JSON.stringify(usedResponses);
  let usedSchemas = schemas;
  for (let before = -1; before !== Object.keys(usedSchemas).length; ) {
    before = Object.keys(usedSchemas).length;
    usedSchemas = pick(usedSchemas, refersTo(withResponses + JSON.stringify(usedSchemas), 'schemas'));
  }
  return {
    schemas: usedSchemas,
    responses: usedResponses,
    headers: pick(headers, refersTo(withResponses, 'headers')),
    securitySchemes: pick(securitySchemes, (name) => calls.includes(`"${name}":[]`)),
  };
}

function pick<Value>(all: Record<string, Value>, isUsed: (name: string) => boolean): Record<string, Value> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => isUsed(name)));
}

const description = [
  'Bodies are JSON with snake_case members; times are RFC 3339 in UTC; amounts are in major units (`20` is $20).',
  'A request with an unknown member is refused; an answer may get further members, so ignore those that you do not know.',
  'Every refusal is `application/problem+json` with a stable `type`; `X-Request-Id` is echoed and stands in our logs.',
].join('\n\n');

function toOperation(operation: ApiOperation, tag: string): ZodOpenApiOperationObject {
  const { id, summary, description: text, parameters, body } = operation;
  return {
    operationId: id,
    summary,
    ...(text === undefined ? {} : { description: text }),
    tags: [tag],
    security: securityOf(operation),
    ...(parameters ? { parameters: parametersOf(operation) } : {}),
    ...(body ? { requestBody: requestBodyOf(operation, body) } : {}),
    responses: responsesOf(operation),
  };
}

type Override = NonNullable<NonNullable<Parameters<typeof createDocument>[1]>['override']>;

/**
 * Zod closes every object that it writes out, and we may add members to an answer: closed are only those that say so
 * themselves. A pattern beside a format says the same again, at length.
 */
const leaveOpen: Override = ({ zodSchema, jsonSchema }) => {
  const { def } = zodSchema._zod;
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
};
