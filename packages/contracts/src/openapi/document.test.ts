import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { documentedServices, openApiDocument } from '../documents.ts';
import { instant } from '../scalars.ts';

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));

describe.each([...documentedServices.map((service) => [service]), documentedServices])(
  'the document of %s',
  (...services) => {
    // Whoever generates a client from it relies on it being what it says it is.
    test('is valid OpenAPI 3.1', async () => {
      const validator = new Validator();
      expect(await validator.validate(asJson(openApiDocument(services, { url: 'https://refer.example.com' })))).toEqual(
        {
          valid: true,
        },
      );
      expect(validator.version).toBe('3.1');
    });

    test('shows good requests that its own schemas allow', () => {
      const document = asJson(openApiDocument(services, { url: '/' }));
      const ajv = new Ajv2020({ strict: false });
      ajv.addFormat('date-time', (text) => instant.safeParse(text).success);
      for (const format of ['date', 'email', 'uri']) ajv.addFormat(format, true);
      ajv.addSchema({ ...document, $id: 'document' });
      const faults = schemasWithExamples(document).flatMap(({ pointer, examples }) =>
        examples.filter((value) => !ajv.validate({ $ref: `document${pointer}` }, value)).map(() => pointer),
      );
      expect(faults).toEqual([]);
      expect(schemasWithExamples(document).length).toBeGreaterThan(5);
    });
  },
);

test.each(documentedServices)(
  'docs/openapi/%s.json is the one of the contracts: `npm run generate` writes it',
  (service) => {
    const committed = JSON.parse(readFileSync(`docs/openapi/${service}.json`, 'utf8'));
    expect(committed).toEqual(asJson(openApiDocument([service], { url: '/' })));
  },
);

test('a process says where it is reached, and where its events are described', () => {
  const { servers, externalDocs } = openApiDocument([], { url: 'https://refer.example.com/base' });
  expect(servers).toEqual([{ url: 'https://refer.example.com/base' }]);
  expect(externalDocs?.url).toBe('https://refer.example.com/base/asyncapi.json');
});

/** Wherever the document has a schema with examples beside it: of a parameter as the client means it, not as it is spelt. */
function schemasWithExamples(value: unknown, pointer = '#'): { pointer: string; examples: unknown[] }[] {
  if (typeof value !== 'object' || value === null) return [];
  const { schema, examples, in: location } = { schema: undefined, examples: undefined, in: undefined, ...value };
  if (schema !== undefined && examples !== undefined) {
    const shown = Object.values<{ value?: unknown }>(Object(examples)).map((example) => example.value);
    const isNumber = location !== undefined && Object(schema).type === 'integer';
    return [{ pointer: `${pointer}/schema`, examples: isNumber ? shown.map(Number) : shown }];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    schemasWithExamples(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}
