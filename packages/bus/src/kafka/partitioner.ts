import type { PartitionerArgs } from 'kafkajs';

/**
 * Puts keys where Kafka's own clients put them (murmur2), messages without a key on one partition after the other.
 * kafkajs's own does the same with big integers, which costs more than all the rest of a send.
 */
export function createPartitioner(): (args: PartitionerArgs) => number {
  const turns = new Map<string, number>();
  return ({ topic, partitionMetadata, message: { key } }) => {
    if (key !== null && key !== undefined) return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitionMetadata.length;
    const turn = turns.get(topic) ?? Math.floor(Math.random() * partitionMetadata.length);
    turns.set(topic, (turn + 1) % partitionMetadata.length);
    const reachable = partitionMetadata.filter(({ leader }) => leader >= 0);
    const candidates = reachable.length > 0 ? reachable : partitionMetadata;
    return candidates[turn % candidates.length]?.partitionId ?? 0;
  };
}

const m = 0x5bd1e995;

function murmur2(bytes: Buffer): number {
  let hash = 0x9747b28c ^ bytes.length;
  const words = bytes.length >> 2;
  for (let word = 0; word < words; word += 1) {
    let k = Math.imul(bytes.readInt32LE(word * 4), m);
    k = Math.imul(k ^ (k >>> 24), m);
    hash = Math.imul(hash, m) ^ k;
  }
  const rest = bytes.subarray(words * 4);
  if (rest.length > 0) {
    for (const [i, byte] of rest.entries()) hash ^= byte << (8 * i);
    hash = Math.imul(hash, m);
  }
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return hash ^ (hash >>> 15);
}
