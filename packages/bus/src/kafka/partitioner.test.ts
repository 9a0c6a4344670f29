import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { createPartitioner } from './partitioner.ts';

function partitions(count: number, leaderOf = (_: number) => 0) {
  return Array.from({ length: count }, (_, partitionId) => ({
    partitionId,
    leader: leaderOf(partitionId),
    partitionErrorCode: 0,
    replicas: [],
    isr: [],
  }));
}

it('puts a key where other clients of Kafka put it, so that publishers in other languages keep its order', () => {
  const [ours, theirs] = [createPartitioner(), Partitioners.DefaultPartitioner()];
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (key, count) => {
      const args = { topic: 'topic', partitionMetadata: partitions(count), message: { key, value: null } };
      expect(ours(args)).toBe(theirs(args));
    }),
    { numRuns: 1_000 },
  );
});

it('spreads messages without a key evenly, over partitions that can be reached', () => {
  const partition = createPartitioner();
  const partitionMetadata = partitions(4, (id) => (id === 2 ? -1 : 0));
  const counts = new Map<number, number>();
  for (let i = 0; i < 400; i += 1) {
    const chosen = partition({ topic: 'topic', partitionMetadata, message: { key: null, value: null } });
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([0, 1, 3]);
  for (const count of counts.values()) expect(count).toBeGreaterThanOrEqual(100);
});
