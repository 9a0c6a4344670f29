import fc from 'fast-check';
import { at, click } from '../../test/facts.ts';
import { addAsker, addClick, newVisitor } from './visitor.ts';

test('of more clicks than are kept, the first and the latest remain, whatever the order of arrival', () => {
  const clicks = Array.from({ length: 210 }, (_, minute) => click(at(1, Math.floor(minute / 3)), `CODE${minute}`));
  const keep = (arrived: typeof clicks) => arrived.reduce(addClick, newVisitor('acme', 'vis_1')).clicks;
  const kept = keep(clicks);
  expect(kept).toHaveLength(200);
  expect(kept).toContain(clicks[0]);
  expect(kept).toContain(clicks[209]);
  fc.assert(
    fc.property(fc.shuffledSubarray(clicks, { minLength: clicks.length }), (arrived) => {
      expect(keep([...arrived, ...arrived])).toEqual(kept);
    }),
    { numRuns: 10 },
  );
});

test('of more customers than are kept, the latest remain: it is their clicks that may still be under way', () => {
  const customers = Array.from({ length: 201 }, (_, index) => `cus_${index}`);
  const { askers } = customers.reduce(addAsker, newVisitor('acme', 'vis_1'));
  expect(askers).toEqual(customers.slice(1));
});
