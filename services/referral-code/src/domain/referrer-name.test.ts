import { displayName } from './referrer-name.ts';

describe('how much of a referrer’s name is shown', () => {
  it.each([
    ['John Doe', 'full', 'John Doe'],
    ['John Doe', 'first_initial', 'John D.'],
    ['John Doe', 'first', 'John'],
    ['John Doe', 'none', null],
    ['  Anna  Maria  von Trapp ', 'full', 'Anna Maria von Trapp'],
    ['Anna Maria von Trapp', 'first_initial', 'Anna T.'],
    ['Madonna', 'first_initial', 'Madonna'],
    ['Li 𠮷野', 'first_initial', 'Li 𠮷.'],
    ['   ', 'full', null],
    [undefined, 'full', null],
  ] as const)('%p as %s is %p', (name, display, shown) => {
    expect(displayName(name, display)).toBe(shown);
  });
});
