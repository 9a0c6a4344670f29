import { gate } from '../../test/gate.ts';
import { JoinedCalls } from './joined-calls.ts';

it('makes one call at a time; who comes meanwhile shares the next one, up to its bound', async () => {
  const calls: number[][] = [];
  const first = gate();
  const joined = new JoinedCalls<number>(
    async (items) => {
      calls.push([...items]);
      if (calls.length === 1) await first.opened;
    },
    (items) => Math.min(items.length, 3),
  );
  const begun = joined.add(0);
  await new Promise((resolve) => setImmediate(resolve));
  const rest = [1, 2, 3, 4].map((item) => joined.add(item));
  expect(calls).toEqual([[0]]);
  first.open();
  await Promise.all([begun, ...rest]);
  expect(calls).toEqual([[0], [1, 2, 3], [4]]);
});

it('tells a failure to those whose call it was, and goes on', async () => {
  const joined = new JoinedCalls<number>(
    async (items) => {
      if (items.includes(1)) throw new Error(`not ${items}`);
    },
    () => 2,
  );
  const outcomes = await Promise.allSettled([0, 1, 2].map((item) => joined.add(item)));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  await joined.add(3);
});
