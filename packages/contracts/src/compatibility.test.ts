import { z } from 'zod';
import { eventDefinitions } from './catalogue.ts';
import { breakingChanges } from './compatibility.ts';
import { jsonSchemaOf } from './json-schema.ts';

/** A published event keeps its promises for ever: what would break somebody is a new version. */

const schemaOf = (data: z.ZodType) => z.toJSONSchema(z.object({ data }), { io: 'input' });
const reward = z.object({ type: z.enum(['points', 'credit']), value: z.int().nonnegative() });
const published = {
  id: z.string().max(128),
  note: z.string().optional(),
  status: z.enum(['open', 'closed']),
  reward: reward.nullable(),
  tags: z.array(z.string()).max(20),
};
const { note: _, ...withoutNote } = published;
const before = z.object(published);
const change = (changes: z.ZodRawShape) => before.extend(changes);

const fine: readonly string[] = [];

test.each<[string, z.ZodType, { outbound: readonly string[]; inbound: readonly string[] }]>([
  ['nothing', before, { outbound: fine, inbound: fine }],
  ['a description', before.describe('in other words'), { outbound: fine, inbound: fine }],
  ['a new optional member', change({ more: z.string().optional() }), { outbound: fine, inbound: fine }],
  [
    'a new required member',
    change({ more: z.string() }),
    { outbound: fine, inbound: ['data.more: may be missing where it is required'] },
  ],
  [
    'a member removed',
    z.object(withoutNote),
    { outbound: ['data.note: is no longer there'], inbound: ['data.note: is no longer there'] },
  ],
  [
    'a required member made optional',
    change({ id: published.id.optional() }),
    { outbound: ['data.id: may be missing where it is required'], inbound: fine },
  ],
  [
    'an optional member made required',
    change({ note: z.string() }),
    { outbound: fine, inbound: ['data.note: may be missing where it is required'] },
  ],
  [
    'another type',
    change({ id: z.int() }),
    {
      outbound: ['data.id: type "integer" where "string" is', 'data.id: maxLength anything where it is 128'],
      inbound: [
        'data.id: type "string" where "integer" is',
        'data.id: minimum anything where it is -9007199254740991',
        'data.id: maximum anything where it is 9007199254740991',
      ],
    },
  ],
  [
    'null where there was none',
    change({ id: published.id.nullable() }),
    {
      outbound: ['data.id: type "null" where "string" is', 'data.id: maxLength anything where it is 128'],
      inbound: fine,
    },
  ],
  [
    'no null any more',
    change({ reward }),
    {
      outbound: fine,
      inbound: [
        'data.reward: type "null" where "object" is',
        'data.reward.type: may be missing where it is required',
        'data.reward.value: may be missing where it is required',
      ],
    },
  ],
  [
    'fractions where integers were, deep inside',
    change({ reward: reward.extend({ value: z.number().nonnegative() }).nullable() }),
    {
      outbound: [
        'data.reward.value: type "number" where "integer" is',
        'data.reward.value: maximum anything where it is 9007199254740991',
      ],
      inbound: fine,
    },
  ],
  [
    'a new value of an enum',
    change({ status: z.enum(['open', 'closed', 'lost']) }),
    { outbound: ['data.status: ["lost"] where only ["open","closed"] may be'], inbound: fine },
  ],
  [
    'a value of an enum less',
    change({ status: z.enum(['open']) }),
    { outbound: fine, inbound: ['data.status: ["closed"] where only ["open"] may be'] },
  ],
  [
    'any text where an enum was',
    change({ status: z.string() }),
    { outbound: ['data.status: any value where only ["open","closed"] may be'], inbound: fine },
  ],
  [
    'a longer text',
    change({ id: z.string().max(256) }),
    { outbound: ['data.id: maxLength 256 where it is 128'], inbound: fine },
  ],
  [
    'a shorter text',
    change({ id: z.string().max(64) }),
    { outbound: fine, inbound: ['data.id: maxLength 128 where it is 64'] },
  ],
  [
    'a new pattern',
    change({ id: published.id.regex(/^[a-z]+$/) }),
    { outbound: fine, inbound: ['data.id: pattern anything where it is "^[a-z]+$"'] },
  ],
  [
    'other items of a list',
    change({ tags: z.array(z.int()).max(20) }),
    {
      outbound: ['data.tags[]: type "integer" where "string" is'],
      inbound: [
        'data.tags[]: type "string" where "integer" is',
        'data.tags[]: minimum anything where it is -9007199254740991',
        'data.tags[]: maximum anything where it is 9007199254740991',
      ],
    },
  ],
])('%s', (_what, after, { outbound, inbound }) => {
  const [old, now] = [schemaOf(before), schemaOf(after)];
  expect(breakingChanges(old, now, 'outbound')).toEqual(outbound);
  expect(breakingChanges(old, now, 'inbound')).toEqual(inbound);
  // Old and new processes read each other's events while one replaces the other.
  expect(breakingChanges(old, now, 'internal')).toEqual([...new Set([...outbound, ...inbound])]);
});

// One that every event fails, or none can, protects nothing.
test.each(eventDefinitions.map((definition) => [definition.type, definition] as const))(
  '%s is compatible with itself, and not with itself without its data',
  (_type, definition) => {
    const schema = jsonSchemaOf(definition);
    expect(breakingChanges(schema, schema, 'internal')).toEqual([]);
    const { properties, ...rest } = schema;
    const { data: __, ...others } = Object(properties);
    expect(breakingChanges(schema, { ...rest, properties: others }, definition.direction)).toContain(
      'data: is no longer there',
    );
  },
);
