import fc from 'fast-check';
import { allAnswered, at, click, purchase, replayed, signup, terms } from '../../test/facts.ts';
import { type Fact, insertFact } from './facts.ts';
import { noPins, type Pins, replay } from './replay.ts';

const byAnn = { code: 'ANN' };
const throughClick = { visitor_id: 'vis_1' };

describe('who gets the referee', () => {
  test('the owner of a typed code, who beats any click', () => {
    const facts = [click(at(1), 'ZOE'), signup(at(2), { ...byAnn, ...throughClick, channel: 'email' })];
    expect(replayed(facts).attribution).toMatchObject({
      referrer_id: 'ann',
      candidate: { by: 'typed_code', code: 'ANN', channel: 'email' },
    });
  });

  test.each([
    ['last_touch', 'zoe'],
    ['first_touch', 'ann'],
  ] as const)('among clicks under %s, %s', (model, referrer_id) => {
    const facts = [click(at(1), 'ANN'), click(at(2), 'ZOE'), signup(at(3), throughClick)];
    expect(replayed(facts, terms({ attribution: { model } })).attribution).toMatchObject({
      referrer_id,
      candidate: { by: 'click', channel: 'whatsapp' },
    });
  });

  test('the next candidate when the first is refused, and it is told who lost', () => {
    const facts = [click(at(1), 'ANN'), signup(at(2), { code: 'NOBODY', ...throughClick })];
    expect(replayed(facts).attribution).toMatchObject({
      referrer_id: 'ann',
      lost: [{ code: 'NOBODY', reason: 'unknown_code' }],
    });
  });

  test('the first valid one for ever, whoever is named later', () => {
    const facts = [
      signup(at(1), { code: 'NOBODY' }, { event_id: 'first' }),
      signup(at(2), byAnn, { event_id: 'second' }),
      purchase(at(3), 'o1', { origin: { code: 'ZOE' } }),
    ];
    const { attribution, refusals } = replayed(facts);
    expect(attribution).toMatchObject({ referrer_id: 'ann', fact: { event_id: 'second' } });
    expect(refusals).toMatchObject([{ event_id: 'first', reason: 'unknown_code' }]);
  });

  test('a click counts up to the last moment of the attribution window, and minutes after the signup as clocks differ', () => {
    const attribution_days = 90;
    const under = terms({ windows: { attribution_days, conversion_days: 90, reversal_days: 30 } });
    const attributes = (clickedAt: number) =>
      replayed([click(clickedAt, 'ANN'), signup(at(100), throughClick)], under).attribution !== undefined;
    expect([at(10), at(10) - 1, at(100, 10), at(100, 10) + 1].map(attributes)).toEqual([true, false, true, false]);
  });

  test('the clicks of another visitor attribute nobody', () => {
    expect(replayed([click(at(1), 'ANN', 'vis_2'), signup(at(2), throughClick)]).refusals).toMatchObject([
      { reason: 'no_touch_in_window' },
    ]);
  });
});

describe('refused', () => {
  const reasonOf = (facts: Parameters<typeof replayed>[0], under = terms(), pins: Partial<Pins> = {}) => {
    const { attribution, refusals } = replayed(facts, under, pins);
    expect(attribution).toBeUndefined();
    return refusals.map(({ reason }) => reason);
  };
  const own = { email_digest: 'e', phone_digest: 'p' };

  test('while the programme is disabled', () => {
    expect(reasonOf([signup(at(1), byAnn)], terms({ enabled: false }))).toEqual(['program_disabled']);
  });

  test('with a promo that cannot be combined; one that can changes nothing', () => {
    const withPromo = (combinable_with_referral: boolean) => [
      signup(at(1), { ...byAnn, promo: { code: 'SPRING', combinable_with_referral } }),
    ];
    expect(reasonOf(withPromo(false))).toEqual(['promo_not_combinable']);
    expect(replayed(withPromo(true)).attribution).toBeDefined();
  });

  test('a customer who has bought before, unless the programme takes them', () => {
    const facts = [purchase(at(1), 'o1'), signup(at(2), byAnn)];
    expect(reasonOf(facts)).toEqual(['not_a_new_customer']);
    expect(replayed(facts, terms({ new_customers_only: false })).attribution).toBeDefined();
  });

  test('not for a purchase of nothing, nor for one within the ten minutes by which clocks differ', () => {
    const facts = [purchase(at(1), 'o1', { amount: 0 }), purchase(at(2, -10), 'o2'), signup(at(2), byAnn)];
    expect(replayed(facts).attribution).toMatchObject({ referrer_id: 'ann' });
  });

  test.each([
    ['a code that nobody has', { code: 'NOBODY' }, {}, 'unknown_code'],
    ['their own code', { code: 'BOB' }, {}, 'self_referral'],
    ["the referrer's e-mail", byAnn, { profiles: [{ referrer_id: 'ann', email_digest: 'e' }] }, 'same_email'],
    ["the referrer's phone", byAnn, { profiles: [{ referrer_id: 'ann', phone_digest: 'p' }] }, 'same_phone'],
    ['whom they have referred', byAnn, { pairs: [{ referrer_id: 'ann', reciprocal: true }] }, 'reciprocal_referral'],
  ])('%s', (_, origin, pins, reason) => {
    expect(reasonOf([signup(at(1), origin, own)], terms(), pins)).toEqual([reason]);
  });

  test('compares what the referee has said of itself up to then, not what it says later', () => {
    const pins = { profiles: [{ referrer_id: 'ann', email_digest: 'e' }] };
    const later = signup(at(2), {}, { event_id: 'later', email_digest: 'e' });
    expect(replayed([signup(at(1), byAnn), later], terms(), pins).attribution).toBeDefined();
    const earlier = { ...later, at: at(0) };
    expect(reasonOf([earlier, signup(at(1), byAnn)], terms(), pins)).toEqual(['same_email']);
  });
});

describe('a referee converts', () => {
  const conversionOf = (facts: readonly Fact[], under = terms()) => {
    const { standing } = replayed(facts, under);
    return standing.status === 'converted' ? standing.conversion : undefined;
  };

  test('with the first purchase above zero, in whatever currency', () => {
    const facts = [
      signup(at(1), byAnn),
      purchase(at(2), 'o1', { amount: 0 }),
      purchase(at(3), 'o2', { currency: 'EUR' }),
      purchase(at(4), 'o3'),
    ];
    expect(conversionOf(facts)).toMatchObject({ at: at(3), qualifying: { order_id: 'o2', currency: 'EUR' } });
  });

  test('up to the last moment of the conversion window', () => {
    const under = terms({ windows: { attribution_days: 90, conversion_days: 30, reversal_days: 30 } });
    const converts = (boughtAt: number) =>
      conversionOf([signup(at(1), byAnn), purchase(boughtAt, 'o1')], under) !== undefined;
    expect([at(31), at(31) + 1].map(converts)).toEqual([true, false]);
  });

  test('with the purchase that attributes it', () => {
    const buys = purchase(at(2), 'o1', { origin: byAnn });
    expect(replayed([buys])).toMatchObject({
      attribution: { referrer_id: 'ann', fact: buys },
      standing: { conversion: { at: at(2), qualifying: { order_id: 'o1' } } },
      orders: [{ purchase: buys, refunds: [] }],
    });
  });

  // One clock tells the times of all purchases: what came before the one with the code came before the referral.
  test('not with a purchase before the one that attributes it, however shortly', () => {
    const facts = [purchase(at(2, -5), 'o1'), purchase(at(2), 'o2', { origin: byAnn })];
    const { standing, orders } = replayed(facts, terms({ new_customers_only: false }));
    expect(standing).toMatchObject({ conversion: { qualifying: { order_id: 'o2' } } });
    expect(orders).toMatchObject([{ purchase: { order_id: 'o2' } }]);
  });

  test('with the signup where that qualifies, also when a later purchase attributes it', () => {
    const under = terms({ qualifying_event: { type: 'signup' } });
    expect(conversionOf([signup(at(1), byAnn)], under)).toMatchObject({ at: at(1), qualifying: { type: 'signup' } });
    const buys = purchase(at(2), 'o1', { origin: byAnn });
    expect(conversionOf([buys], under)).toBeUndefined();
    expect(conversionOf([signup(at(1)), buys], under)).toMatchObject({ at: at(2), event_id: 'signup' });
    expect(conversionOf([buys, signup(at(3))], under)).toMatchObject({ at: at(3) });
  });
});

describe('an order that was told before', () => {
  const again = (more: Parameters<typeof purchase>[2]) => purchase(at(3), 'o1', { event_id: 'again', ...more });

  test('counts once, as it was told first', () => {
    const { orders, ignored } = replayed([signup(at(1), byAnn), purchase(at(2), 'o1'), again({ amount: 9 })]);
    expect(orders).toMatchObject([{ purchase: { event_id: 'purchase-o1', amount: 2_000 } }]);
    expect(ignored).toMatchObject([{ fact: { event_id: 'again' }, reason: 'order_already_known' }]);
  });

  test('attributes nobody, though it may name a referrer now', () => {
    const facts = [purchase(at(2), 'o1', { amount: 0 }), again({ origin: byAnn })];
    expect(replayed(facts)).toMatchObject({ attribution: undefined, ignored: [{ fact: { event_id: 'again' } }] });
  });

  test('is no earlier purchase either', () => {
    const facts = [purchase(at(2), 'o1', { amount: 0 }), again({ amount: 2_000 }), signup(at(4), byAnn)];
    expect(replayed(facts).attribution).toMatchObject({ referrer_id: 'ann' });
  });
});

describe('a question', () => {
  test('stops the replay there; earlier facts are judged, later ones wait', () => {
    const facts = [signup(at(1), { code: 'NOBODY' }, { event_id: 'first' }), signup(at(2), { code: 'NEW' })];
    expect(replayed([...facts, purchase(at(3), 'o1', { origin: byAnn })])).toMatchObject({
      questions: [{ about: 'code', code: 'NEW', arrived_at: at(2) }],
      stoppedAt: facts[1],
      attribution: undefined,
      refusals: [{ event_id: 'first' }],
    });
  });

  test('is asked one upon the other, and never again once answered', () => {
    const facts = [signup(at(1), { ...byAnn, ...throughClick })];
    const all = allAnswered(facts);
    let pins = noPins;
    const asked: string[] = [];
    for (const key of ['programs', 'visitors', 'codes', 'profiles', 'pairs'] as const) {
      asked.push(...replay({ customer_id: 'bob', facts, pins }, () => terms()).questions.map(({ about }) => about));
      pins = { ...pins, [key]: all[key] };
    }
    expect(asked).toEqual(['program', 'visitor', 'code', 'profile', 'pair']);
    expect(replay({ customer_id: 'bob', facts, pins }, () => terms()).questions).toEqual([]);
  });
});

// R4: arrival order does not matter, also among facts of one moment.
test('facts in any order of arrival come to the same', () => {
  const moment = at(2);
  const facts: Fact[] = [
    click(moment, 'ZOE'),
    signup(moment, throughClick, { event_id: 'a' }),
    signup(moment, byAnn, { event_id: 'b' }),
    signup(moment, { code: 'BOB' }, { event_id: 'b', source: '/crm' }),
    purchase(moment, 'o1'),
    purchase(moment, 'o1', { event_id: 'again', amount: 700 }),
    purchase(at(1), 'o0', { amount: 0 }),
  ];
  const pins = allAnswered(facts);
  const outcome = (arrived: readonly Fact[]) => {
    const ordered = arrived.reduce<readonly Fact[]>(insertFact, []);
    return { ordered, replayed: replay({ customer_id: 'bob', facts: ordered, pins }, () => terms()) };
  };
  const expected = outcome(facts);
  expect(expected.replayed).toMatchObject({
    attribution: { referrer_id: 'zoe' },
    refusals: [{ event_id: 'b', source: '/crm', reason: 'self_referral' }],
  });
  fc.assert(
    fc.property(fc.shuffledSubarray(facts, { minLength: facts.length }), (arrived) => {
      expect(outcome(arrived)).toEqual(expected);
    }),
  );
});
