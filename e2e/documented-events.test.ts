import type { Bus } from '@referral/bus';
import { eventDefinitions } from '@referral/contracts';
import { asyncApiDocument, eventExamples, receives, sends } from '@referral/contracts/documents';
import { services } from '@referral/standalone';
import { type Installation, openInstallation } from '@referral/testing';
import { Ajv } from 'ajv';
import { exampleNow, tellTheStory } from './documented-world.ts';

/** The AsyncAPI document says what is: who reads and publishes what, and what a dead letter looks like. */

const consumed = new Map<string, readonly string[]>();
let installation: Installation;

beforeAll(async () => {
  installation = await openInstallation({
    services,
    clock: { now: () => Date.parse(exampleNow) },
    aroundBus: watchConsumers,
  });
  await tellTheStory(installation);
});
afterAll(() => installation.close());

function watchConsumers(bus: Bus): Bus {
  return {
    ensureTopics: (topics) => bus.ensureTopics(topics),
    publish: (messages) => bus.publish(messages),
    consume(options) {
      consumed.set(options.group, [...(consumed.get(options.group) ?? []), ...options.topics]);
      return bus.consume(options);
    },
    tail: (options) => bus.tail(options),
    lag: (groups) => bus.lag(groups),
    caughtUp: (groups) => bus.caughtUp(groups),
    close: () => bus.close(),
  };
}

test.each(Object.entries(receives))('%s reads the topics that the document says', (service, topics) => {
  expect([...(consumed.get(service) ?? [])].sort()).toEqual([...topics].sort());
});

test('nobody publishes to a topic whom the document does not name', async () => {
  const published = await Promise.all(
    eventDefinitions.map(async ({ type }) =>
      (await installation.published(type)).map(({ source }) => ({ service: source.split('/')[1] ?? '', type })),
    ),
  );
  const told = published.flat();
  // What other services published came in through `POST /api/events`; a promo set here is told as the platform's.
  const isForeign = (service: string) => ['shop', 'platform'].includes(service);
  const isNamed = ({ service, type }: (typeof told)[number]) =>
    Object.entries(sends).some(([name, topics]) => name === service && topics.some((topic) => topic === type));
  expect(told.filter((one) => !isForeign(one.service) && !isNamed(one))).toEqual([]);
  expect(told.filter(isNamed).length).toBeGreaterThan(10);
});

test('every event that the story brings is of the form that the document gives', async () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const { components } = asyncApiDocument();
  for (const { type, version } of eventDefinitions) {
    const message: object = components.messages[`${type}.v${version}`] ?? {};
    const validate = ajv.compile(Object(message).payload);
    for (const event of await installation.published(type)) {
      expect(validate(event) ? [] : { type, errors: validate.errors }).toEqual([]);
    }
  }
});

test('a dead letter has the headers that the document gives', async () => {
  const [broken] = eventExamples.filter(({ type }) => type === 'purchase_completed');
  const { data: _, ...withoutData } = broken?.event ?? {};
  await installation.publish([
    {
      topic: 'purchase_completed',
      key: null,
      value: Buffer.from(JSON.stringify(withoutData)),
      headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    },
  ]);
  await installation.settled();
  const { address, messages } = asyncApiDocument().channels.dead_letters;
  const topic = address.replace('{topic}', 'purchase_completed').replace('{group}', 'attribution');
  const [letter] = await installation.messages(topic);
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(messages.dead_letter.headers);
  expect(validate(letter?.headers) ? [] : validate.errors).toEqual([]);
  const [example] = messages.dead_letter.examples;
  expect(Object.keys(letter?.headers ?? {}).sort()).toEqual(
    ['traceparent', ...Object.keys(example?.headers ?? {})].sort(),
  );
});
