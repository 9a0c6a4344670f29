import type { DeliveredMessage } from '@referral/bus';
import { inTimeOrder } from './time-order.ts';

function message(topic: string, timestampMs: number): DeliveredMessage {
  return { topic, timestampMs, key: null, value: Buffer.alloc(0), headers: {}, partition: 0, offset: '0' };
}

test('what came topic by topic is passed on as it happened; of one millisecond, as it came; each once', async () => {
  const passed: string[] = [];
  await new Promise<void>((resolve) => {
    const order = inTimeOrder((messages) => {
      passed.push(...messages.map(({ topic }) => topic));
      resolve();
    });
    order.take([message('purchase', 2), message('refund', 4)]);
    order.take([message('conversion', 3), message('reward', 3), message('share', 1)]);
  });
  expect(passed).toEqual(['share', 'purchase', 'conversion', 'reward', 'refund']);
});

test('what is still held back at the end is not lost', () => {
  const passed: string[] = [];
  const order = inTimeOrder((messages) => passed.push(...messages.map(({ topic }) => topic)));
  order.take([message('purchase', 2)]);
  order.flush();
  order.flush();
  expect(passed).toEqual(['purchase']);
});
