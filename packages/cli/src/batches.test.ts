import fc from 'fast-check';
import { jsonBatches } from './batches.ts';

test('every item is sent once and in order, in batches within both bounds', () => {
  const bounds = { maxItems: fc.integer({ min: 1, max: 5 }), maxBytes: fc.integer({ min: 40, max: 80 }) };
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 5, unit: 'grapheme' })),
      fc.record(bounds),
      (items, { maxItems, maxBytes }) => {
        const batches = [...jsonBatches(items, { maxItems, maxBytes })];
        expect(batches.flatMap(({ body }): unknown => JSON.parse(body))).toEqual(items);
        for (const { count, body } of batches) {
          expect(JSON.parse(body)).toHaveLength(count);
          expect(count).toBeLessThanOrEqual(maxItems);
          expect(Buffer.byteLength(body) <= maxBytes || count === 1).toBe(true);
        }
      },
    ),
  );
});
