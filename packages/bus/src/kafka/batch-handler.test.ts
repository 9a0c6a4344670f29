import { type EachBatchPayload, Kafka, logLevel } from 'kafkajs';
import { gate } from '../../test/gate.ts';
import type { ConsumeOptions } from '../bus.ts';
import { BatchHandler } from './batch-handler.ts';
import type { GroupOffsets } from './group-offsets.ts';
import type { PartitionOffset } from './options.ts';

const consumer = new Kafka({ brokers: ['localhost:1'], logLevel: logLevel.NOTHING }).consumer({ groupId: 'group' });

/** A group without offsets, whose acknowledgements are answered by a test, in their order. */
class NewGroup implements GroupOffsets {
  readonly asked: (readonly PartitionOffset[])[] = [];
  readonly #answers: (() => Promise<void>)[];

  constructor(answers: readonly (() => Promise<void>)[]) {
    this.#answers = [...answers];
  }

  async acknowledged(): Promise<readonly PartitionOffset[]> {
    return [];
  }
  async beginAt(): Promise<void> {}
  async toBegin(): Promise<readonly PartitionOffset[]> {
    return [{ topic: 'topic', partition: 0, offset: '0' }];
  }
  position(): undefined {
    return undefined;
  }
  async acknowledge(positions: readonly PartitionOffset[]): Promise<void> {
    this.asked.push(positions);
    await this.#answers.shift()?.();
  }
  howToReset(): string {
    return '';
  }
}

function handlerOn(offsets: GroupOffsets, handleBatch: ConsumeOptions['handleBatch'] = async () => {}): BatchHandler {
  return new BatchHandler({
    options: { group: 'group', topics: ['topic'], handleBatch },
    nameOf: (topic) => topic,
    offsets,
    heartbeatIntervalMs: 60_000,
    isStopping: () => false,
    onError: () => {},
  });
}

/** One message at offset 0. */
function fetched(partition = 0): EachBatchPayload {
  const message = { key: null, value: null, timestamp: '0', attributes: 0, offset: '0', headers: {} };
  return {
    batch: {
      topic: 'topic',
      partition,
      highWatermark: '1',
      messages: [message],
      isEmpty: () => false,
      firstOffset: () => '0',
      lastOffset: () => '0',
      offsetLag: () => '0',
      offsetLagLow: () => '0',
    },
    resolveOffset: () => {},
    heartbeat: async () => {},
    pause: () => () => {},
    commitOffsetsIfNecessary: async () => {},
    uncommittedOffsets: () => ({ topics: [] }),
    isRunning: () => true,
    isStale: () => false,
  };
}

const beginning = [{ topic: 'topic', partition: 0, offset: '0' }];
const first = [{ topic: 'topic', partition: 0, offset: '1' }];

describe('a member that has been given a partition without an offset', () => {
  it('acknowledges its beginning', async () => {
    const group = new NewGroup([]);
    await handlerOn(group).assigned(consumer, { topic: [0] });
    expect(group.asked).toEqual([beginning]);
  });

  it('has not started while what it handled first is still being acknowledged: the group would count as level', async () => {
    const [asked, answer] = [gate(), gate()];
    const group = new NewGroup([
      () => {
        asked.open();
        return answer.opened;
      },
    ]);
    const handler = handlerOn(group);
    const order: string[] = [];
    const handled = handler.fetched(fetched()).then(() => order.push('handled'));
    await asked.opened;
    const assigned = handler.assigned(consumer, { topic: [0] }).then(() => order.push('assigned'));
    await new Promise((resolve) => setImmediate(resolve));
    const before = [...order];
    answer.open();
    await Promise.all([handled, assigned]);
    expect(before).toEqual([]);
    expect(group.asked).toEqual([first]);
  });

  it('acknowledges its beginning after all when that fails', async () => {
    const [asked, answer] = [gate(), gate()];
    const group = new NewGroup([
      async () => {
        asked.open();
        await answer.opened;
        throw new Error('no');
      },
    ]);
    const handler = handlerOn(group);
    const handled = handler.fetched(fetched());
    await asked.opened;
    const assigned = handler.assigned(consumer, { topic: [0] });
    answer.open();
    await Promise.all([handled, assigned]);
    handler.stop();
    expect(group.asked).toEqual([first, beginning]);
  });
});

describe('partitions that one fetch brought', () => {
  const second = [{ topic: 'topic', partition: 1, offset: '1' }];

  /** The first of two partitions has been handled, the second one is at work until `slow` opens. */
  async function oneAtWork() {
    const [slow, begun] = [gate(), gate()];
    const group = new NewGroup([]);
    const handler = handlerOn(group, async ({ partition }) => {
      if (partition === 0) return;
      begun.open();
      await slow.opened;
    });
    const all = [fetched(0), fetched(1)].map((payload) => handler.fetched(payload));
    await begun.opened;
    return { group, handler, slow, all };
  }

  it('are acknowledged together, when the last of them has been handled', async () => {
    const { group, slow, all } = await oneAtWork();
    await new Promise((resolve) => setImmediate(resolve));
    const before = [...group.asked];
    slow.open();
    await Promise.all(all);
    expect(before).toEqual([]);
    expect(group.asked).toEqual([[...first, ...second]]);
  });

  it('do not begin anew when the member looks where the group stands while they wait', async () => {
    const { group, handler, slow, all } = await oneAtWork();
    const assigned = handler.assigned(consumer, { topic: [0, 1] });
    await new Promise((resolve) => setImmediate(resolve));
    slow.open();
    await Promise.all([...all, assigned]);
    expect(group.asked).toEqual([[...first, ...second]]);
  });

  it('do not wait for one that takes long', async () => {
    const slow = gate();
    const group = new NewGroup([]);
    const handler = handlerOn(group, ({ partition }) => (partition === 0 ? Promise.resolve() : slow.opened));
    const [quick, late] = [fetched(0), fetched(1)].map((payload) => handler.fetched(payload));
    await quick;
    const before = [...group.asked];
    slow.open();
    await late;
    expect(before).toEqual([first]);
    expect(group.asked).toEqual([first, second]);
  });
});
