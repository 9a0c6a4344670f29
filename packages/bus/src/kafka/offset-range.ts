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
 * @returns the ranges that were read last
 * @throws OffsetOutsideLog for the first of a group's offsets that its log does not have; the log's end is in it
 */
export async function assertInsideLog(
  group: string,
  offsets: Pick<GroupOffsets, 'acknowledged' | 'howToReset'>,
  readRanges: () => Promise<readonly LogRange[]>,
): Promise<readonly LogRange[]> {
  let look = await lookForOutside(offsets, readRanges);
  if (look.outside) look = await lookForOutside(offsets, readRanges);
  if (look.outside) throw offsetOutsideLog(group, offsets, look.outside.position, look.outside.range);
  return look.ranges;
}

interface Look {
  readonly ranges: readonly LogRange[];
  readonly outside?: { readonly position: PartitionOffset; readonly range: LogRange };
}

async function lookForOutside(
  offsets: Pick<GroupOffsets, 'acknowledged'>,
  readRanges: () => Promise<readonly LogRange[]>,
): Promise<Look> {
  const acknowledged = await offsets.acknowledged();
  const ranges = await readRanges();
  const rangeOf = new Map(ranges.map((range) => [keyOf(range), range]));
  for (const position of acknowledged) {
    const range = rangeOf.get(keyOf(position));
    if (!range) continue;
    const offset = BigInt(position.offset);
    if (offset < range.low || offset > range.high) return { ranges, outside: { position, range } };
  }
  return { ranges };
}

/** @param range absent when the brokers could not be asked */
export function offsetOutsideLog(
  group: string,
  offsets: Pick<GroupOffsets, 'howToReset'>,
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
