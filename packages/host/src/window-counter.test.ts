import { createWindowCounter } from './window-counter.ts';

describe('counting in this process', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('a window lasts from the first count of its key, however often and late it is counted', () => {
    const counter = createWindowCounter({ windowMs: 1_000, maxKeys: 10 });
    counter.add('a');
    jest.advanceTimersByTime(900);
    expect(counter.add('b')).toEqual({ count: 1, msLeft: 1_000 });
    expect(counter.add('a')).toEqual({ count: 2, msLeft: 100 });
    jest.advanceTimersByTime(100);
    expect(counter.read('a')).toEqual({ count: 0, msLeft: 1_000 });
    expect(counter.add('a')).toEqual({ count: 1, msLeft: 1_000 });
    expect(counter.add('b')).toEqual({ count: 2, msLeft: 900 });
    jest.advanceTimersByTime(999);
    expect(counter.add('a')).toEqual({ count: 2, msLeft: 1 });
  });

  test('at the most that it holds, it forgets the oldest, who start anew, and counts every new one', () => {
    const counter = createWindowCounter({ windowMs: 1_000, maxKeys: 4 });
    for (const key of ['a', 'b', 'c', 'd']) expect(counter.add(key).count).toBe(1);
    for (const key of ['a', 'b', 'c', 'd']) expect(counter.add(key).count).toBe(2);
    expect(counter.add('e').count).toBe(1);
    expect([...'abcde'].map((key) => counter.read(key).count)).toEqual([0, 0, 2, 2, 1]);
  });

  test('looking takes no room', () => {
    const counter = createWindowCounter({ windowMs: 1_000, maxKeys: 2 });
    counter.add('a');
    for (const key of ['b', 'c', 'd']) counter.read(key);
    expect(counter.add('a').count).toBe(2);
  });
});
