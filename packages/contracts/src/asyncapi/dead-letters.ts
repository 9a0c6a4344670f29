import { consumerGroups } from '../catalogue.ts';
import { receives } from './flows.ts';

/** Where messages go that a consumer group cannot handle: as they came, with the reason in their headers. */
export const deadLetterChannel = {
  address: '{topic}.{group}.dlq',
  title: 'Dead letters',
  description:
    'What a consumer group could not decode or apply: its original key, bytes and headers, and in `dlq-*` headers why and where from. The group goes on without it. It may be published again to `dlq-topic` once its cause is removed.',
  parameters: {
    topic: { description: 'The topic that it came on.', enum: [...new Set(Object.values(receives).flat())].sort() },
    group: { description: 'The consumer group that could not handle it.', enum: [...consumerGroups] },
  },
  messages: {
    dead_letter: {
      name: 'dead_letter',
      title: 'Dead letter',
      summary: 'A message that a group cannot handle.',
      contentType: 'application/octet-stream',
      headers: {
        type: 'object',
        properties: {
          'dlq-cause': { type: 'string', maxLength: 1_000, description: 'What was wrong, in words.' },
          'dlq-topic': { type: 'string' },
          'dlq-partition': { type: 'string', pattern: '^\\d+$' },
          'dlq-offset': { type: 'string', pattern: '^\\d+$' },
          'dlq-group': { type: 'string' },
          'dlq-at': { type: 'string', format: 'date-time', description: 'When it was set aside.' },
        },
        required: ['dlq-cause', 'dlq-topic', 'dlq-partition', 'dlq-offset', 'dlq-group', 'dlq-at'],
      },
      payload: { description: 'The original bytes, whatever they are.' },
      examples: [
        {
          name: 'undecodable',
          headers: {
            'dlq-cause': 'data.order_id: is required',
            'dlq-topic': 'purchase_completed',
            'dlq-partition': '0',
            'dlq-offset': '42',
            'dlq-group': 'attribution',
            'dlq-at': '2026-03-22T10:00:00.000Z',
          },
          payload: '{"specversion":"1.0","type":"purchase_completed"}',
        },
      ],
    },
  },
};

/** Every group may set something aside; attribution also reads its own, to tell publishers what became of their events. */
export const deadLetterOperations = Object.fromEntries([
  ...consumerGroups.map((group): [string, object] => [
    `${group}.send.dead_letters`,
    {
      action: 'send',
      channel: { $ref: '#/channels/dead_letters' },
      tags: [{ name: group }],
      summary: `${group} sets aside what it cannot handle`,
    },
  ]),
  [
    'attribution.receive.dead_letters',
    {
      action: 'receive',
      channel: { $ref: '#/channels/dead_letters' },
      tags: [{ name: 'attribution' }],
      summary: 'attribution reads the dead letters of its inbound topics',
    },
  ],
]);
