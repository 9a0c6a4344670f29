import type { LogRange } from './admin.ts';
import type { GroupOffsets } from './group-offsets.ts';
import { assertInsideLog, OffsetOutsideLog } from './offset-range.ts';

describe('the offsets of a group that others of it move on', () => {
  const range = (low: number, high: number): LogRange => ({
    topic: 't',
    partition: 0,
    low: BigInt(low),
    high: BigInt(high),
  });
  /** Each look at the offsets or the log takes the next of its values; the last one stays. */
  const taking =
    <T>(...values: T[]) =>
    async (): Promise<T> => {
      const [value] = values.length > 1 ? values.splice(0, 1) : values;
      if (value === undefined) throw new Error('there is a value');
      return value;
    };
  const offsetsAt = (...offsets: number[]) => {
    const take = taking(...offsets);
    const acknowledged: GroupOffsets['acknowledged'] = async () => [
      { topic: 't', partition: 0, offset: String(await take()) },
    ];
    return { acknowledged, howToReset: () => 'Reset it.' };
  };

  test('are not beyond an end that grew before they did', async () => {
    let end = 2;
    const growing = offsetsAt(2);
    const acknowledged = growing.acknowledged;
    // Whoever looks at the offsets sees those of now; a message and its acknowledgement come right after each look at the log.
    const offsets = {
      ...growing,
      acknowledged: async () => (await acknowledged()).map((at) => ({ ...at, offset: String(end) })),
    };
    const readRanges = async () => {
      const read = [range(0, end)];
      end += 1;
      return read;
    };
    await expect(assertInsideLog('g', offsets, readRanges)).resolves.toEqual([range(0, 2)]);
  });

  test('are not before a beginning that moved while they did', async () => {
    const looking = assertInsideLog('g', offsetsAt(3, 9), taking([range(5, 9)]));
    await expect(looking).resolves.toEqual([range(5, 9)]);
  });

  test.each([
    ['before the beginning', 4],
    ['beyond the end', 10],
  ])('are refused where they stay %s', async (_, offset) => {
    await expect(assertInsideLog('g', offsetsAt(offset), taking([range(5, 9)]))).rejects.toBeInstanceOf(
      OffsetOutsideLog,
    );
  });
});
