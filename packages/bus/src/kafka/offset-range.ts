import type { LogRange } from './admin.ts';
import { type GroupOffsets, keyOf } from './group-offsets.ts';
import type { PartitionOffset } from './options.ts';

/** A group would have to skip messages, or to guess where to go on. Only an operator can decide. */
export class OffsetOutsideLog extends Error {
  override readonly name = 'OffsetOutsideLog';
}

/** @throws OffsetOutsideLog for the first of a group's offsets that its log does not have; the log's end is in it */
export async function assertInsideLog(
  group: string,
  offsets: GroupOffsets,
  ranges: readonly LogRange[],
): Promise<void> {
  const rangeOf = new Map(ranges.map((range) => [keyOf(range), range]));
  for (const position of await offsets.acknowledged()) {
    const range = rangeOf.get(keyOf(position));
    if (!range) continue;
    const offset = BigInt(position.offset);
    if (offset < range.low || offset > range.high) throw offsetOutsideLog(group, offsets, position, range);
  }
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
