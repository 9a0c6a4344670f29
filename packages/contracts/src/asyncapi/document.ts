import { type AnyDefinition, consumerGroups, eventDefinitions, topics } from '../catalogue.ts';
import { deadLetterChannel, deadLetterOperations } from './dead-letters.ts';
import { eventExamples } from './examples.ts';
import { receives, sends, type Topic } from './flows.ts';
import { type Message, messagesOf } from './messages.ts';

const bindingVersion = '0.5.0';

/**
 * The AsyncAPI 3.0 document of every topic: what it carries, how its messages are keyed and kept, who publishes and who
 * reads. The names of topics are those without `TOPIC_PREFIX`.
 */
export function asyncApiDocument() {
  const described = eventDefinitions.map((definition) => ({
    definition,
    messages: messagesOf(definition, exampleOf(definition)),
  }));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Referral platform: events',
      version: '1.0.0',
      description,
      license: { name: 'Apache 2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      kafka: {
        host: '{broker}',
        protocol: 'kafka',
        description: 'The brokers of this installation, as in `KAFKA_BROKERS`.',
        variables: { broker: { default: 'localhost:9092', description: 'host:port' } },
      },
    },
    channels: {
      ...Object.fromEntries(
        described.map(({ definition, messages }) => [definition.type, channelOf(definition, messages)]),
      ),
      dead_letters: deadLetterChannel,
    },
    operations: {
      ...Object.fromEntries(consumerGroups.flatMap(operationsOf)),
      ...deadLetterOperations,
    },
    components: {
      messages: Object.fromEntries(described.flatMap(({ messages }) => messages.map((one) => [one.id, one.message]))),
    },
  };
}

const description = [
  'CloudEvents 1.0 in JSON, one type per topic. We publish in structured mode; inbound topics are read in structured and in binary mode. Other headers, such as `traceparent`, are ignored, and kept with a dead letter.',
  'Delivery is at least once and in order per key within a topic only. Drop repeats by `id`; of events that carry a `revision`, keep the highest of its referral, reward or order and ignore older ones.',
  'Amounts are integers in minor units of their currency, percentages in basis points. There is no personal data in what we publish, apart from `customer_profile`.',
  'Unknown members are ignored, ours as well as yours: within a version, events get further members and lose none. Anything else is a new version, named by `dataschema`.',
].join('\n\n');

function exampleOf({ type }: AnyDefinition) {
  const example = eventExamples.find((one) => one.type === type);
  if (!example) throw new Error(`there is no example of ${type}`);
  return example;
}

function channelOf({ type, summary, direction }: AnyDefinition, messages: readonly Message[]) {
  return {
    address: type,
    title: type,
    description: `${summary} ${directions[direction]}`,
    messages: Object.fromEntries(messages.map(({ id }) => [id, { $ref: `#/components/messages/${id}` }])),
    bindings: { kafka: { topic: type, topicConfiguration: topicConfigurationOf(type), bindingVersion } },
    'x-direction': direction,
  };
}

const directions: Readonly<Record<AnyDefinition['direction'], string>> = {
  inbound: 'Published by other services of the platform, or through `POST /api/events`.',
  outbound: 'Published for whoever wants to know.',
  internal: 'From one service of ours to another; others had better not rely on it.',
};

function topicConfigurationOf(type: string) {
  const retention = topics.find(({ name }) => name === type)?.retention;
  return retention === undefined || retention === 'compact'
    ? { 'cleanup.policy': ['compact'] }
    : { 'cleanup.policy': ['delete'], 'retention.ms': retention.ms };
}

function operationsOf(service: keyof typeof sends): [string, object][] {
  return [
    ...sends[service].map((topic): [string, object] => [
      `${service}.send.${topic}`,
      { ...operation('send', service, topic), summary: `${service} publishes ${topic}` },
    ]),
    ...receives[service].map((topic): [string, object] => [
      `${service}.receive.${topic}`,
      {
        ...operation('receive', service, topic),
        summary: `${service} reads ${topic}`,
        bindings: { kafka: { groupId: { type: 'string', enum: [service] }, bindingVersion } },
      },
    ]),
  ];
}

function operation(action: 'send' | 'receive', service: string, topic: Topic) {
  return { action, channel: { $ref: `#/channels/${topic}` }, tags: [{ name: service }] };
}
