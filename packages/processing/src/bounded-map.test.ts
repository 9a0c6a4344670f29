import { BoundedMap } from './bounded-map.ts';

// It stands in front of a store: it may forget, but never grow for ever nor keep what was replaced.
test('keeps the newest entries, as they were written last', () => {
  const map = new BoundedMap<number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  expect([map.get('a'), map.has('b'), map.get('c')]).toEqual([3, false, 4]);
  map.delete('a');
  expect(map.get('a')).toBeUndefined();
});
