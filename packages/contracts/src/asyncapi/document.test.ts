import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import { eventDefinitions } from '../catalogue.ts';
import { decodeEvent } from '../codec.ts';
import { asyncApiDocument, eventExamples } from '../documents.ts';
import { schemaFileName } from '../json-schema.ts';

const document = asyncApiDocument();
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const lowestSeverityOfAFault = 1;

// Whoever generates a client from it relies on it being what it says it is.
test('is valid AsyncAPI 3.0, its examples included', async () => {
  const diagnostics = await new Parser().validate(JSON.stringify(document));
  expect(diagnostics.filter(({ severity }) => severity <= lowestSeverityOfAFault)).toEqual([]);
});

test('is the one in docs: `npm run generate` writes it', () => {
  expect(readJson('docs/asyncapi.json')).toEqual(JSON.parse(JSON.stringify(document)));
});

interface Described {
  readonly examples: readonly {
    readonly name: string;
    readonly headers: Record<string, string>;
    readonly payload: unknown;
  }[];
}

const messages: Readonly<Record<string, object>> = document.components.messages;
const described = eventDefinitions.flatMap((definition) => {
  const id = `${definition.type}.v${definition.version}`;
  const ids = definition.direction === 'inbound' ? [id, `${id}.binary`] : [id];
  return ids.map((name) => [name, definition] as const);
});

test('describes every event, inbound ones in both modes, and nothing else', () => {
  expect(Object.keys(messages).sort()).toEqual(described.map(([name]) => name).sort());
  expect(Object.keys(document.channels).sort()).toEqual(
    ['dead_letters', ...eventDefinitions.map(({ type }) => type)].sort(),
  );
});

// An example that our own services could not read would lead every publisher astray.
test.each(described)('the example of %s is read as the event that it stands for', (name, definition) => {
  const kept = readJson(`packages/contracts/fixtures/events/${schemaFileName(definition)}`);
  const { examples } = Object.assign<Described, object>({ examples: [] }, messages[name] ?? {});
  expect(examples).toHaveLength(1);
  for (const { headers, payload } of examples) {
    const value = Buffer.from(JSON.stringify(payload));
    const { datacontenttype: _, ...read } = decodeEvent({ topic: definition.type, value, headers });
    const { datacontenttype: __, ...expected } = kept;
    expect(read).toEqual(expected);
  }
});

test('tells keys in terms of the data', () => {
  const keys = eventExamples.map(({ type, key, keyTemplate }) => [type, keyTemplate, key]);
  expect(keys).toEqual(
    expect.arrayContaining([
      ['purchase_completed', '{tenant_id}:{customer_id}', 'acme-waste:cus_222'],
      ['program_updated', '{tenant_id}:{version}', 'acme-waste:1'],
      ['tenant_updated', '{tenant_id}', 'acme-waste'],
    ]),
  );
});
