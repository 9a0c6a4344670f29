import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeEvent, type EncodedEvent } from '@referral/contracts';
import { forwardTo, openEmbeddedStore, type Store } from '@referral/store';
import { orderTold, referralTold, tenant } from '../test/world.ts';
import { collections, generational } from './collections.ts';
import { createConsumers } from './consumers.ts';
import { Generations } from './generations.ts';
import { readFigures } from './readings.ts';

let directory: string;
let store: Store;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'revenue-'));
  store = openEmbeddedStore({ directory });
  await store.prepare([...collections, ...generational]);
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

/** A replica that consumes events, one at a time or a batch of one topic at once. */
function createReplica(through: Store) {
  const handlers = createConsumers(through, new Generations(through));
  const consume = async (batch: readonly EncodedEvent[]) => {
    const handler = handlers.find(({ topic }) => topic === batch[0]?.topic);
    await handler?.handle(batch.map(decodeEvent), () => 0);
  };
  return {
    consume,
    async eachAlone(...events: EncodedEvent[]) {
      for (const event of events) await consume([event]);
    },
  };
}

/** A store at whose n-th commit another replica is faster: it consumes an event, to its end, right before. */
function overtakenAt(atCommit: number, event: EncodedEvent) {
  const other = createReplica(store);
  let commits = 0;
  let isOver = false;
  const overtake = async () => {
    isOver = true;
    await other.consume([event]);
  };
  const overtaken: Store = {
    ...forwardTo(store),
    async commit(changes) {
      commits += 1;
      if (commits === atCommit) await overtake();
      return store.commit(changes);
    },
  };
  return { store: overtaken, overtake, has: () => isOver };
}

async function revenue(): Promise<number> {
  const [ever] = await readFigures(store, tenant, [{ from: null, to: null }]);
  return ever?.revenue[0]?.amount ?? 0;
}

const order = orderTold({ referee: 'bob', order: 'o1', net: 1_000 });
const attributed = referralTold({ referee: 'bob', status: 'attributed', revision: 1 });
const withdrawn = referralTold({ referee: 'bob', status: 'withdrawn', revision: 2 });
const back = referralTold({ referee: 'bob', status: 'converted', revision: 5 });

const races = [
  {
    name: 'an order by the end of its referral',
    before: [attributed],
    paused: order,
    overtaking: withdrawn,
    dollars: 0,
  },
  { name: 'the end of a referral by an order', before: [attributed], paused: withdrawn, overtaking: order, dollars: 0 },
  { name: 'an order by its referral’s return', before: [withdrawn], paused: order, overtaking: back, dollars: 10 },
  { name: 'a referral’s return by an order', before: [withdrawn], paused: back, overtaking: order, dollars: 10 },
  {
    name: 'the end of a referral by its return',
    before: [attributed, order],
    paused: withdrawn,
    overtaking: back,
    dollars: 10,
  },
  {
    name: 'a referral’s return by its end',
    before: [attributed, order],
    paused: back,
    overtaking: withdrawn,
    dollars: 10,
  },
];
const cases = races.flatMap((race) => [1, 2, 3].map((atCommit) => ({ ...race, atCommit })));

test.each(cases)(
  'what a referral is decides on its revenue also when one replica overtakes another: $name, at commit $atCommit',
  async ({ before, paused, overtaking, dollars, atCommit }) => {
    await createReplica(store).eachAlone(...before);
    const overtaken = overtakenAt(atCommit, overtaking);
    await createReplica(overtaken.store).consume([paused]);
    if (!overtaken.has()) await overtaken.overtake();
    expect(await revenue()).toBe(dollars);
  },
);

test('all orders of a referral change sides with it, however many there are', async () => {
  const orders = Array.from({ length: 250 }, (_, n) => orderTold({ referee: 'bob', order: `o${n}`, net: 100 }));
  const replica = createReplica(store);
  await replica.consume([attributed]);
  await replica.consume(orders);
  expect(await revenue()).toBe(250);
  await replica.consume([withdrawn]);
  expect(await revenue()).toBe(0);
});

describe('a referral and its order, told by two topics at the same moment,', () => {
  const together = (replica: ReturnType<typeof createReplica>) =>
    Promise.all([replica.consume([attributed]), replica.consume([order])]);

  test('are counted in one step, and then how the referrer stands', async () => {
    let commits = 0;
    const counting: Store = {
      ...forwardTo(store),
      commit(changes) {
        commits += 1;
        return store.commit(changes);
      },
    };
    const replica = createReplica(counting);
    // One that has read which generation to count in: the first batch of a process waits for that.
    await replica.consume([orderTold({ referee: 'cyd', order: 'o2', net: 0 })]);
    commits = 0;
    await together(replica);
    expect(await revenue()).toBe(10);
    // Folds, then the facts' own documents. How a referrer without conversions stands is a fact that counts nowhere.
    expect(commits).toBe(3);
  });

  test.each([1, 2, 3])('count as whoever overtakes them at commit %i says', async (atCommit) => {
    const overtaken = overtakenAt(atCommit, withdrawn);
    await together(createReplica(overtaken.store));
    expect(overtaken.has()).toBe(true);
    expect(await revenue()).toBe(0);
  });
});
