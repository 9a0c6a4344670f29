import { decodeEvent, type EventOf, programUpdated, referralCodeCreated } from '@referral/contracts';
import { BoundedMap } from '@referral/processing';
import { type Collection, forwardTo, type Store } from '@referral/store';
import { type Installation, openInstallation } from '@referral/testing';
import { at, purchase, signup } from '../../test/facts.ts';
import { faults } from '../../test/faults.ts';
import { codeCreated, programSaved, tenant } from '../../test/world.ts';
import { collections, referees } from '../collections.ts';
import type { Context } from './context.ts';
import { keepCodes, keepPrograms } from './projections.ts';
import { decideReferees, type RefereeTask } from './referees.ts';

/** What one replica does is not missed by another that reads or writes at the same moment. */

let installation: Installation;
beforeEach(async () => {
  installation = await openInstallation({ services: [] });
  await installation.store.prepare(collections);
});
afterEach(() => installation.close());

const contextOf = (store: Store): Context => ({
  store,
  bus: installation.bus,
  now: () => at(10),
  latenessMs: 1,
  knownTerms: new BoundedMap(),
});
const elsewhere = () => contextOf(installation.store);

const fact = (one: Extract<RefereeTask['command'], { kind: 'fact' }>['fact']): RefereeTask => ({
  tenant_id: tenant,
  customer_id: 'bob',
  command: { kind: 'fact', fact: one },
});
const bob = fact(signup(at(2), { code: 'AAAA2222' }, { arrived_at: at(10) }));

function eventOf<Definition extends { readonly type: string; check(value: unknown): { data?: unknown } }>(
  definition: Definition,
  encoded: Parameters<typeof decodeEvent>[0],
): EventOf<Definition> {
  return definition.check(decodeEvent(encoded)).data as EventOf<Definition>;
}
const programComes = () => keepPrograms(elsewhere(), [eventOf(programUpdated, programSaved())]);
const codeComes = () => keepCodes(elsewhere(), [eventOf(referralCodeCreated, codeCreated('ann', 'AAAA2222'))]);

const verdictsOnBob = async () =>
  (await installation.store.get(referees, `${tenant}:bob`))?.body.verdicts.map(({ status }) => status);

/** Something happens elsewhere just before the referees are read, or written, for the first time. */
function overtaken(when: 'read' | 'written', elsewhereMeanwhile: () => Promise<unknown>): Store {
  const { store } = installation;
  let isOver = false;
  const overtake = async (before: typeof when, collection: Collection<unknown> | undefined) => {
    if (isOver || before !== when || collection?.name !== referees.name) return;
    isOver = true;
    await elsewhereMeanwhile();
  };
  return {
    ...forwardTo(store),
    commit: async (changes) => {
      await overtake('written', changes[0]?.collection);
      return store.commit(changes);
    },
    getMany: async <Body>(collection: Collection<Body>, ids: Iterable<string>) => {
      await overtake('read', collection);
      return store.getMany(collection, ids);
    },
  };
}

// Else a version that was not read yet would look like a defect, and the event would be set aside.
test('a programme version that another replica pins while we read is known to us', async () => {
  const store = overtaken('read', async () => {
    await programComes();
    await decideReferees(elsewhere(), [bob]);
  });
  await decideReferees(contextOf(store), [fact(purchase(at(3), 'o1'))]);
  const referee = await installation.store.get(referees, `${tenant}:bob`);
  expect(referee?.body.facts.map(({ event_id }) => event_id)).toEqual(['signup', 'purchase-o1']);
});

describe('what comes just before a waiter is written', () => {
  test('finds no waiter, so the waiter finds it: the programme', async () => {
    await codeComes();
    await decideReferees(contextOf(overtaken('written', programComes)), [bob]);
    expect(await verdictsOnBob()).toEqual(['attributed']);
  });

  test('finds no waiter, so the waiter finds it: the code', async () => {
    await programComes();
    await decideReferees(contextOf(overtaken('written', codeComes)), [bob]);
    expect(await verdictsOnBob()).toEqual(['attributed']);
  });

  test('is found by the next delivery when we crash before we have looked again', async () => {
    await decideReferees(elsewhere(), [bob]);
    const { aroundStore } = faults((nth) => (nth === 2 ? 'after' : undefined));
    // The programme wakes Bob, who waits for the code from now on; the code comes just before that is written.
    const crashing = contextOf(aroundStore(overtaken('written', codeComes)));
    const event = eventOf(programUpdated, programSaved());
    await expect(keepPrograms(crashing, [event])).rejects.toThrow('failed after');
    expect(await verdictsOnBob()).toEqual([]);
    await keepPrograms(elsewhere(), [event]);
    expect(await verdictsOnBob()).toEqual(['attributed']);
  });
});
