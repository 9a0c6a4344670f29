import type { openApiDocument } from '@referral/contracts/documents';
import type { Service } from '@referral/host';

/** The OpenAPI document, read as somebody would who knows nothing else: what may be called, and what it answers. */

export type Document = ReturnType<typeof openApiDocument>;

export interface DocumentedCall {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put';
  readonly path: string;
  /** The first one goes where an example names none. */
  readonly callers: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly mediaTypes: readonly string[];
  readonly answers: ReadonlyMap<number, DocumentedAnswer>;
  readonly examples: readonly DocumentedExample[];
}

interface DocumentedAnswer {
  /** Of the document: a JSON pointer to the schema of the body, per media type. */
  readonly schemas: ReadonlyMap<string, string>;
  readonly requiredHeaders: readonly string[];
  /** The `type`s of a problem. */
  readonly problems: readonly string[];
}

export interface DocumentedExample {
  readonly name: string;
  readonly status: number;
  readonly caller: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly mediaType?: string;
  readonly body?: unknown;
  readonly answer?: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into as a reader would, without our types
type Json = any;

export function callsOf(document: Document): DocumentedCall[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    (['get', 'post', 'put'] as const).flatMap((method) => {
      const operation = item[method];
      return operation ? [callOf(document, path, method, operation)] : [];
    }),
  );
}

function callOf(document: Document, path: string, method: DocumentedCall['method'], operation: Json): DocumentedCall {
  const callers = operation.security.map((requirement: Json) => Object.keys(requirement)[0] ?? 'anybody');
  const responses = Object.entries<Json>(operation.responses).map(([status, response]) => {
    const pointer = response.$ref ?? `#/paths/${escaped(path)}/${method}/responses/${status}`;
    return { status: Number(status), pointer, response: response.$ref ? at(document, pointer) : response };
  });
  const parameters: readonly Json[] = operation.parameters ?? [];
  const bodies = Object.entries<Json>(operation.requestBody?.content ?? {});
  const call = {
    id: operation.operationId,
    method,
    path,
    callers,
    parameters,
    mediaTypes: bodies.map(([mediaType]) => mediaType),
    answers: new Map(responses.map(({ status, pointer, response }) => [status, answerOf(document, pointer, response)])),
  };
  const examples = responses.flatMap(({ status, response }) => {
    const contents = Object.values<Json>(response.content ?? {}).flatMap(({ examples: of = {} }) =>
      Object.entries<Json>(of),
    );
    const inHeaders = Object.entries<Json>(response.headers ?? {}).flatMap(([header, { examples: of = {} }]) =>
      Object.entries<Json>(of).map(([name, { value }]) => ({ header, name, value })),
    );
    const named = new Map<string, Json>([...inHeaders.map(({ name }) => [name, {}] as const), ...contents]);
    return [...named].flatMap(([name, shown]): DocumentedExample[] => {
      const refused = shown['x-request'];
      // One of a shared response belongs to no call: it shows what the refusal looks like.
      if (status >= 400 && !refused) return [];
      const body = bodies.find(([, { examples: of = {} }]) => name in of);
      return [
        {
          name,
          status,
          caller: shown['x-caller'] ?? refused?.caller ?? callers[0],
          parameters: refused
            ? (refused.parameters ?? {})
            : Object.fromEntries(
                parameters.flatMap((one) =>
                  name in (one.examples ?? {}) ? [[one.name, one.examples[name].value]] : [],
                ),
              ),
          ...(body ? { mediaType: body[0], body: body[1].examples[name].value } : {}),
          ...(refused && 'body' in refused ? { mediaType: bodies[0]?.[0] ?? '', body: refused.body } : {}),
          ...('value' in shown ? { answer: shown.value } : {}),
          headers: Object.fromEntries(
            inHeaders.filter((one) => one.name === name).map(({ header, value }) => [header, value]),
          ),
        },
      ];
    });
  });
  return { ...call, examples };
}

function answerOf(document: Document, pointer: string, response: Json): DocumentedAnswer {
  const headers = Object.entries<Json>(response.headers ?? {});
  return {
    schemas: new Map(
      Object.keys(response.content ?? {}).map((type) => [type, `${pointer}/content/${escaped(type)}/schema`]),
    ),
    requiredHeaders: headers
      .filter(([, header]) => (header.$ref ? at(document, header.$ref) : header).required)
      .map(([name]) => name),
    problems: response.content?.['application/problem+json']?.schema.properties.type.enum ?? [],
  };
}

function at(document: Document, pointer: string): Json {
  return pointer
    .slice(2)
    .split('/')
    .reduce((value: Json, key) => value[key.replaceAll('~1', '/')], document);
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** `GET /api/tenants/{slug}` of every route of a router and those within it. */
export function routesOf(router: Service['router']): string[] {
  return router.stack.flatMap((layer: Json) => {
    if (!layer.route) return Array.isArray(layer.handle?.stack) ? routesOf(layer.handle) : [];
    const path = String(layer.route.path).replace(/:(\w+)/g, '{$1}');
    const methods: string[] = layer.route.stack.map(({ method }: Json) => method.toUpperCase());
    return [...new Set(methods)].map((method) => `${method} ${path}`);
  });
}
