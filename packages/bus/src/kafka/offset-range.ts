import type { LogRange } from './admin.ts';
import { type GroupOffsets, keyOf } from './group-offsets.ts';
import type { PartitionOffset } from './options.ts';

/** A group would have to skip messages, or to guess where to go on. Only an operator can decide. */
export class OffsetOutsideLog extends Error {
  override readonly name = 'OffsetOutsideLog';
}

/**
 * Offsets are read before the logs: other members of the group go on meanwhile, and read the other way round their offsets
 * would lie beyond ends that have grown since. What lies outside even so is looked at twice, for the beginnings that moved.
 * @throws OffsetOutsideLog for the first of a group's offsets that its log does not have; the log's end is in it
 */
export async function assertInsideLog(
  group: string,
  offsets: GroupOffsets,
  readRanges: () => Promise<readonly LogRange[]>,
): Promise<void> {
  const outside = (await findOutside(offsets, readRanges)) && (await findOutside(offsets, readRanges));
  if (outside) throw offsetOutsideLog(group, offsets, outside.position, outside.range);
}

async function findOutside(
  offsets: GroupOffsets,
  readRanges: () => Promise<readonly LogRange[]>,
): Promise<{ position: PartitionOffset; range: LogRange } | undefined> {
  const acknowledged = await offsets.acknowledged();
  const rangeOf = new Map((await readRanges()).map((range) => [keyOf(range), range]));
  for (const position of acknowledged) {
    const range = rangeOf.get(keyOf(position));
    if (!range) continue;
    const offset = BigInt(position.offset);
    if (offset < range.low || offset > range.high) return { position, range };
  }
  return undefined;
}

/** @param range absent when the brokers could not be asked */
export function offsetOutsideLog(
  group: string,
  offsets: GroupOffsets,
  { topic, partition, offset }: PartitionOffset,
  range: LogRange | undefined,
): OffsetOutsideLog {
  const log = range ? `, which holds ${range.low} to ${range.high}` : '';
  return new OffsetOutsideLog(
    `group ${group} stands at offset ${offset} of ${topic} partition ${partition}, outside of its log${log}. ` +
      `Messages may be lost to it, so it does not go on by itself. ${offsets.howToReset(topic, partition)} ` +
      'Every effect is idempotent: to replay from the earliest message is safe.',
  );
}
