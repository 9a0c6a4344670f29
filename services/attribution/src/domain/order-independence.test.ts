import type { ProgramTerms } from '@referral/contracts';
import fc from 'fast-check';
import { allAnswered, at, click, purchase, refund, signup, terms } from '../../test/facts.ts';
import { tenant } from '../../test/world.ts';
import type { Fact } from './facts.ts';
import { addFact, conclude, knows, newReferee, type RefereeBody, revise } from './referee.ts';
import type { Verdict } from './verdict.ts';

/** R4: whatever the order in which facts arrive, and however they are batched, they come to the same. */

const latenessMs = 86_400_000;
const windows = { attribution_days: 20, conversion_days: 20, reversal_days: 10 };
const programmes: readonly ProgramTerms[] = [
  terms({ windows }),
  terms({ windows, qualifying_event: { type: 'signup' } }),
  terms({ windows, qualifying_event: { type: 'minimum_spend', minimum_amount: 3_000, currency: 'USD' } }),
  terms({ windows, attribution: { model: 'first_touch' }, new_customers_only: false }),
];

/** Brings batches of facts to a referee of whom nothing is known, every question answered. */
function live(batches: readonly (readonly Fact[])[], all: readonly Fact[], under: ProgramTerms): RefereeBody {
  const termsOf = () => under;
  let body: RefereeBody = { ...newReferee(tenant, 'bob'), pins: allAnswered(all) };
  for (const batch of batches) {
    for (const fact of batch) if (!knows(body, fact)) body = addFact(body, fact);
    body = conclude(revise(body, termsOf).body, termsOf, latenessMs).body;
  }
  return body;
}

/** What counts in the end. How often it changed on the way, and the reasons for changes that cancel, may differ. */
function outcome({ facts, verdicts, revenue, refusals, due_at }: RefereeBody) {
  const current = verdicts.findLast(({ status }) => status !== 'withdrawn');
  return {
    facts,
    state: current && stateOf(current),
    // An order that never counted and one that counts no more are the same to whoever adds up.
    revenue: revenue
      .filter(({ net_amount }) => net_amount !== 0)
      .map(({ revision: ___, ...line }) => line)
      .sort((a, b) => (a.order_id < b.order_id ? -1 : 1)),
    withdrawnAreOver: verdicts.every((verdict) => verdict === current || verdict.status === 'withdrawn'),
    refusals,
    due_at,
  };
}

function stateOf(verdict: Verdict) {
  const {
    revision: _,
    decision_id: __,
    attributed_revision,
    attributed_decision_id,
    cause,
    reason,
    ...state
  } = verdict;
  return { ...state, reason: state.status === 'attributed' ? undefined : reason };
}

const day = fc.integer({ min: 1, max: 40 });
const code = fc.constantFrom('ANN', 'ZOE', 'BOB', 'NOBODY', undefined);
const order = fc.constantFrom('o1', 'o2', 'o3');
const amount = fc.constantFrom(0, 1_000, 2_000, 3_000);
const originOf = (named: string | undefined, throughClick: boolean) => ({
  ...(named === undefined ? {} : { code: named }),
  ...(throughClick ? { visitor_id: 'vis_1' } : {}),
});

const anyFact: fc.Arbitrary<(nth: number) => Fact> = fc.oneof(
  fc.tuple(day, code, fc.boolean()).map(
    ([d, named, clicked]) =>
      (nth: number) =>
        signup(at(d), originOf(named, clicked), { event_id: `signup-${nth}` }),
  ),
  fc.tuple(day, fc.constantFrom('ANN', 'ZOE')).map(([d, named]) => (nth: number) => ({
    ...click(at(d), named),
    event_id: `click-${nth}`,
  })),
  fc.tuple(day, order, amount, code).map(
    ([d, id, value, named]) =>
      (nth: number) =>
        purchase(at(d), id, { amount: value, origin: originOf(named, false), event_id: `purchase-${nth}` }),
  ),
  fc.tuple(day, order, amount).map(
    ([d, id, value]) =>
      (nth: number) =>
        refund(at(d), id, value, { event_id: `refund-${nth}`, refund_id: `refund-${nth}` }),
  ),
);
// Facts do not arrive before they occur here, and all within the days of lateness.
const arrived = (fact: Fact): Fact => ({ ...fact, arrived_at: at(41) });
const history = (maxLength: number) =>
  fc.array(anyFact, { minLength: 1, maxLength }).map((makers) => makers.map((make, nth) => arrived(make(nth))));
const programme = fc.constantFrom(...programmes);

const expectedOf = (facts: readonly Fact[], under: ProgramTerms) => outcome(live([facts], facts, under));

test('every permutation of up to six facts, one by one, comes to what they come to together', () => {
  fc.assert(
    fc.property(history(6), programme, (facts, under) => {
      const expected = expectedOf(facts, under);
      for (const permutation of permutations(facts)) {
        const inTurn = live(
          permutation.map((fact) => [fact]),
          facts,
          under,
        );
        expect(outcome(inTurn)).toEqual(expected);
      }
    }),
    { numRuns: 25 },
  );
});

test('long histories in any order, in any batches, with repeats, come to the same', () => {
  const scenario = history(24).chain((facts) =>
    fc.record({
      facts: fc.constant(facts),
      arrival: fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length * 2 }),
      cuts: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: facts.length * 2, maxLength: facts.length * 2 }),
      under: programme,
    }),
  );
  fc.assert(
    fc.property(scenario, ({ facts, arrival, cuts, under }) => {
      const batches: Fact[][] = [];
      const rest = [...arrival];
      for (const size of cuts) if (rest.length > 0) batches.push(rest.splice(0, size));
      expect(outcome(live(batches, facts, under))).toEqual(expectedOf(facts, under));
    }),
    { numRuns: 300 },
  );
});

// Nobody but one referrer, and everything within days: what converts and what is paid back decides alone.
test('purchases and refunds of a referred customer, one by one in any order, come to the same', () => {
  const soon = fc.integer({ min: 2, max: 9 });
  const bought = fc.tuple(soon, order, amount).map(
    ([d, id, value]) =>
      (nth: number) =>
        purchase(at(d), id, { amount: value, event_id: `purchase-${nth}` }),
  );
  const paidBack = fc.tuple(soon, order, amount).map(
    ([d, id, value]) =>
      (nth: number) =>
        refund(at(d), id, value, { event_id: `refund-${nth}`, refund_id: `refund-${nth}` }),
  );
  const facts = fc
    .array(fc.oneof(bought, paidBack), { minLength: 2, maxLength: 8 })
    .map((makers) => [signup(at(1), { code: 'ANN' }), ...makers.map((make, nth) => make(nth))].map(arrived));
  const scenario = facts.chain((all) =>
    fc.record({
      all: fc.constant(all),
      arrival: fc.shuffledSubarray(all, { minLength: all.length }),
      under: programme,
    }),
  );
  fc.assert(
    fc.property(scenario, ({ all, arrival, under }) => {
      const inTurn = live(
        arrival.map((fact) => [fact]),
        all,
        under,
      );
      expect(outcome(inTurn)).toEqual(expectedOf(all, under));
    }),
    { numRuns: 1_000 },
  );
});

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length <= 1) {
    yield items;
    return;
  }
  for (const [index, first] of items.entries()) {
    const others = items.filter((_, other) => other !== index);
    for (const rest of permutations(others)) yield [first, ...rest];
  }
}
