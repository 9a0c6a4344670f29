import { readdirSync, readFileSync } from 'node:fs';
import { eventDefinitions, topics } from './catalogue.ts';
import { createEvent } from './cloud-events.ts';
import { breakingChanges } from './compatibility.ts';
import { referralConverted } from './events/attribution.ts';
import { purchaseCompleted } from './events/inbound.ts';
import { decodeEvent, encodeEvent, UndecodableEventError } from './index.ts';
import { jsonSchemaOf, schemaFileName } from './json-schema.ts';

const documents = 'docs/events';
const fixtures = 'packages/contracts/fixtures/events';

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

describe('the event documents', () => {
  const files = readdirSync(documents).filter((file) => file.endsWith('.json'));

  test.each(eventDefinitions.map((definition) => [schemaFileName(definition), definition] as const))(
    'are those of the contracts, `npm run generate` writes them: %s',
    (file, definition) => {
      expect(readJson(`${documents}/${file}`)).toEqual(jsonSchemaOf(definition));
    },
  );

  // Whoever publishes or reads a version relies on its document: only another version may say something else.
  test.each(eventDefinitions.map((definition) => [schemaFileName(definition), definition] as const))(
    'promise what is kept: %s',
    (file, definition) => {
      const published = readJson(`${documents}/${file}`);
      expect(breakingChanges(published, jsonSchemaOf(definition), definition.direction)).toEqual([]);
    },
  );

  test('are kept for every version of an event, and no event ends', () => {
    const known = eventDefinitions.flatMap(({ type, version }) =>
      Array.from({ length: version }, (_, index) => schemaFileName({ type, version: index + 1 })),
    );
    expect(files.sort()).toEqual(known.sort());
  });
});

describe('an event of every version ever published', () => {
  const files = readdirSync(fixtures);

  test('is kept as a fixture', () => {
    expect(files).toEqual(expect.arrayContaining(eventDefinitions.map(schemaFileName)));
  });

  // A consumer replays topics from their beginning, so what was once published must parse for ever.
  test.each(files)('still parses: %s', (file) => {
    const event = readJson(`${fixtures}/${file}`);
    const decoded = decodeEvent({ topic: event.type, value: Buffer.from(JSON.stringify(event)), headers: {} });
    expect(decoded).toEqual(event);
  });
});

describe('decoding', () => {
  const event = readJson(`${fixtures}/purchase_completed.v1.json`);
  const message = (value: unknown, headers = {}) => ({
    topic: 'purchase_completed',
    value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    headers,
  });

  test('reads binary mode as it reads structured mode', () => {
    const { data, ...attributes } = event;
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)]),
    );
    expect(decodeEvent(message(data, headers))).toEqual(decodeEvent(message(event)));
  });

  test('drops members that it does not know, so that publishers may add some', () => {
    const more = { ...event, extra: 1, data: { ...event.data, mood: 'fine' } };
    expect(decodeEvent(message(more))).toEqual(event);
  });

  test.each([
    ['text that is not JSON', '{"specversion":'],
    ['another type on the topic', { ...event, type: 'customer_signed_up' }],
    ['a negative amount', { ...event, data: { ...event.data, amount: -1 } }],
    ['an amount with a fraction', { ...event, data: { ...event.data, amount: 1.5 } }],
    ['an amount beyond what a number holds exactly', { ...event, data: { ...event.data, amount: 2 ** 53 } }],
    ['an operator where text belongs', { ...event, data: { ...event.data, customer_id: { $ne: null } } }],
    ['an id over 128 bytes', { ...event, data: { ...event.data, order_id: 'é'.repeat(65) } }],
    ['a control character in an id', { ...event, data: { ...event.data, order_id: 'a\u0000b' } }],
    ['a currency that does not exist', { ...event, data: { ...event.data, currency: 'XQQ' } }],
    ['a time without an offset', { ...event, data: { ...event.data, occurred_at: '2026-01-01T00:00:00' } }],
    ['no event at all', 'null'],
  ])('refuses %s', (_what, value) => {
    expect(() => decodeEvent(message(value))).toThrow(UndecodableEventError);
  });
});

test('a missing member is said to be missing, by its path', () => {
  const { data, ...rest } = readJson(`${fixtures}/purchase_completed.v1.json`);
  const { order_id: _, ...incomplete } = data;
  const value = Buffer.from(JSON.stringify({ ...rest, data: incomplete }));
  expect(() => decodeEvent({ topic: 'purchase_completed', value, headers: {} })).toThrow('data.order_id: is required');
});

describe('our own events', () => {
  test('have ids that follow from what they are about', () => {
    const { data } = readJson(`${fixtures}/referral_converted.v1.json`);
    const make = (revision: number) =>
      createEvent(referralConverted, data, { identity: [data.referral_id, revision], occurredAt: data.converted_at });
    expect(make(2)).toEqual(make(2));
    expect(make(2).id).not.toBe(make(3).id);
  });

  test('are keyed by the tenant first, so that one tenant’s ids say nothing about another’s', () => {
    const event = readJson(`${fixtures}/purchase_completed.v1.json`);
    expect(encodeEvent(purchaseCompleted, event).key).toBe(`${event.data.tenant_id}:${event.data.customer_id}`);
  });

  test('have one topic each', () => {
    expect(new Set(topics.map(({ name }) => name)).size).toBe(eventDefinitions.length);
  });
});
