import { OperationalError } from '@referral/errors';
import { gate } from '../test/gate.ts';
import { JoinedCalls, joinLists } from './joined-calls.ts';

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

describe('joined lists', () => {
  const outcomesOf = async (call: (items: readonly number[]) => Promise<void>, lists: readonly number[][]) => {
    const add = joinLists(call, 4);
    const outcomes = await Promise.allSettled(lists.map(add));
    return outcomes.map(({ status }) => status);
  };

  it('are divided between calls, not within', async () => {
    const calls: number[][] = [];
    const lists = [[1, 2, 3], [4], [5, 6], [7, 8, 9, 10, 11], [12]];
    const outcomes = await outcomesOf(async (items) => void calls.push([...items]), lists);
    expect(outcomes).toEqual(lists.map(() => 'fulfilled'));
    expect(calls).toEqual([[1, 2, 3, 4], [5, 6], [7, 8, 9, 10, 11], [12]]);
  });

  // Else a message that cannot be handled would take its neighbours' along to the dead letters.
  it('suffer for none but themselves', async () => {
    const calls: number[][] = [];
    const refuse = async (items: readonly number[]) => {
      if (items.includes(2)) throw new Error('two');
      calls.push([...items]);
    };
    expect(await outcomesOf(refuse, [[1], [2], [3]])).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(calls).toEqual([[1], [3]]);
  });

  it('fail together when it is nobody’s fault', async () => {
    let calls = 0;
    const away = async () => {
      calls += 1;
      throw new OperationalError('STORE_UNAVAILABLE', 'the store is away');
    };
    expect(await outcomesOf(away, [[1], [2]])).toEqual(['rejected', 'rejected']);
    expect(calls).toBe(1);
  });
});
