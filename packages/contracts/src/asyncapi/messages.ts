import { z } from 'zod';
import type { AnyDefinition } from '../catalogue.ts';
import type { EventExample } from './examples.ts';

export interface Message {
  /** Among the components of the document. */
  readonly id: string;
  readonly message: object;
}

const bindingVersion = '0.5.0';
/** The event that brought this one about. */
const cause = {
  location: '$message.payload#/data/cause',
  description: 'The id of the inbound event that brought it about.',
};
const ownId = { location: '$message.payload#/id', description: 'What later events name as their `cause`.' };

/** How a topic carries its event: in structured mode, inbound ones in binary mode too. */
export function messagesOf(definition: AnyDefinition, example: EventExample): Message[] {
  const { type, version, summary, direction } = definition;
  const schema = schemaOf(definition);
  const common = {
    title: type,
    summary,
    bindings: { kafka: { key: { type: 'string', description: keyDescription(example) }, bindingVersion } },
    'x-version': version,
  };
  const { data, ...attributes } = example.event;
  const structured = {
    ...common,
    name: type,
    contentType: 'application/cloudevents+json',
    ...(direction === 'inbound' ? { correlationId: ownId } : {}),
    ...('cause' in propertiesOf(schema.properties.data) ? { correlationId: cause } : {}),
    headers: headersOf({ 'content-type': constant('application/cloudevents+json') }, []),
    payload: schema,
    examples: [
      { name: 'structured', headers: { 'content-type': 'application/cloudevents+json' }, payload: example.event },
    ],
  };
  const id = `${type}.v${version}`;
  if (direction !== 'inbound') return [{ id, message: structured }];
  const binary = {
    ...common,
    name: `${type} (binary mode)`,
    contentType: 'application/json',
    correlationId: { location: '$message.header#/ce_id', description: ownId.description },
    headers: binaryHeaders(schema.properties),
    payload: schema.properties.data,
    examples: [
      {
        name: 'binary',
        headers: {
          'content-type': 'application/json',
          ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)])),
        },
        payload: data,
      },
    ],
  };
  return [
    { id, message: structured },
    { id: `${id}.binary`, message: binary },
  ];
}

function keyDescription({ keyTemplate, key }: EventExample): string {
  return `${keyTemplate}, such as \`${key}\`. Another publisher may choose any other.`;
}

/** What an event’s schema has at least, as JSON Schema. */
const eventSchema = z.looseObject({
  properties: z.looseObject({ data: z.looseObject({}) }),
  required: z.array(z.string()),
});
type EventSchema = z.infer<typeof eventSchema>;

/** In draft 7, which AsyncAPI’s own schemas are a superset of. */
function schemaOf({ schema }: AnyDefinition): EventSchema {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override({ jsonSchema: written }) {
      // A format says the same in a word.
      if (written.format !== undefined) delete written.pattern;
    },
  });
  return eventSchema.parse(jsonSchema);
}

function propertiesOf(schema: Record<string, unknown>): object {
  return z.looseObject({ properties: z.looseObject({}) }).parse(schema).properties;
}

function binaryHeaders({ data: _, ...attributes }: EventSchema['properties']) {
  const properties = Object.fromEntries(Object.entries(attributes).map(([name, schema]) => [`ce_${name}`, schema]));
  const required = ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time'];
  return headersOf({ 'content-type': constant('application/json'), ...properties }, required);
}

function headersOf(properties: object, required: readonly string[]) {
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

function constant(value: string) {
  return { type: 'string', const: value };
}
