import type { Earning, ReferralLifecycle, ReferralStatus } from '@referral/contracts';
import fc from 'fast-check';
import { atMinute, credit, fixed, percent, points, referral } from '../../test/referrals.ts';
import { type Journal, post } from './journal.ts';
import { imbalanceOf } from './postings.ts';
import { defectOf, discountIdOf, type GrantedReward, isDiscount, rewardsOf } from './reward.ts';

const verdict = (told: ReferralLifecycle) => ({
  referral: told,
  eventId: `evt_${told.revision}`,
  time: atMinute(60 + told.revision),
});

function postAll(history: readonly ReferralLifecycle[]): Journal {
  const journal = history.reduce<Journal | undefined>((body, told) => post(body, verdict(told)), undefined);
  if (!journal) throw new Error('a history holds at least one revision');
  return journal;
}

describe('posting one revision', () => {
  test('a conversion posts both sides in one entry, taken from the programme’s account', () => {
    const { entries } = postAll([referral({ referrerReward: points(100), refereeReward: credit(2_000) })]);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ revision: 1, cause: 'evt_1', at: atMinute(1) });
    expect(entries[0]?.postings.map(({ account, unit, amount }) => [account, unit, amount])).toEqual([
      ['program', 'points', -100],
      ['customer:ann', 'points', 100],
      ['program', 'USD', -2_000],
      ['customer:bob', 'USD', 2_000],
    ]);
  });

  test('what earning rules give is in the same entry as the rewards, and goes with them', () => {
    const earnings = [
      { rule: 'welcome', side: 'referee', points: 10 },
      { rule: 'advocate', side: 'referrer', points: 25 },
      { rule: 'welcome', side: 'referrer', points: 5 },
    ] satisfies Earning[];
    const journal = postAll([
      referral({ earnings, refereeReward: null }),
      referral({ revision: 2, status: 'reversed', earnings }),
    ]);
    const [conversion, reversal] = journal.entries;
    const given = conversion?.issued.map(({ customer_id, kind, rule, type, value }) => [
      customer_id,
      kind,
      rule,
      type,
      value,
    ]);
    expect(given).toEqual([
      ['ann', 'referral', undefined, 'points', 100],
      ['bob', 'earning_rule', 'welcome', 'points', 10],
      ['ann', 'earning_rule', 'advocate', 'points', 25],
      ['ann', 'earning_rule', 'welcome', 'points', 5],
    ]);
    expect(conversion?.postings.map(({ account, amount }) => [account, amount])).toEqual([
      ['program', -140],
      ['customer:ann', 130],
      ['customer:bob', 10],
    ]);
    expect(reversal?.reversed).toEqual(conversion?.issued);
    expect(netOf(journal)).toEqual({});
  });

  test('an earning rule that gives the same again keeps its reward, and one that is no more is taken back', () => {
    const [kept, gone]: Earning[] = [
      { rule: 'kept', side: 'referrer', points: 5 },
      { rule: 'gone', side: 'referrer', points: 5 },
    ];
    if (!kept || !gone) throw new Error('there are two');
    const journal = postAll([referral({ earnings: [kept, gone] }), referral({ revision: 2, earnings: [kept] })]);
    expect(journal.entries[1]?.reversed.map(({ rule }) => rule)).toEqual(['gone']);
    expect(journal.entries[1]?.issued).toEqual([]);
  });

  test('a referrer over the limits gets nothing, and the referee’s earnings stay', () => {
    const earnings: Earning[] = [{ rule: 'welcome', side: 'referee', points: 10 }];
    const { granted } = postAll([{ ...referral({ referrerReward: null, earnings }), referrer_ordinal: null }]);
    expect(granted.map(({ customer_id, kind }) => [customer_id, kind])).toEqual([
      ['bob', 'referral'],
      ['bob', 'earning_rule'],
    ]);
  });

  test('a side has one discount for ever, also when a later revision makes it another one', () => {
    const changed = postAll([referral(), referral({ revision: 2, refereeReward: fixed(700) })]);
    const [first] = changed.entries[0]?.issued.filter(isDiscount) ?? [];
    const [second] = changed.entries[1]?.issued.filter(isDiscount) ?? [];
    if (!first || !second) throw new Error('the referee has one in both');
    expect(discountIdOf(second)).toBe(discountIdOf(first));
    expect(second.reward_id).not.toBe(first.reward_id);
    expect(changed.entries[1]?.postings).toEqual([]);
  });

  test('a reversal posts the opposite, at the time of its event', () => {
    const journal = postAll([referral(), referral({ revision: 2, status: 'reversed' })]);
    expect(journal.granted).toEqual([]);
    expect(journal.entries[1]).toMatchObject({ revision: 2, issued: [], at: atMinute(62) });
    expect(netOf(journal)).toEqual({});
  });

  test('a revision that grants the very same rewards posts nothing, so nobody is paid again', () => {
    const journal = postAll([referral(), referral({ revision: 2 })]);
    expect(journal.revision).toBe(2);
    expect(journal.entries).toHaveLength(1);
  });

  test('only the side that changed is posted', () => {
    const journal = postAll([referral(), referral({ revision: 2, referrerReward: points(150) })]);
    expect(journal.entries[1]?.postings.map(({ account, amount }) => [account, amount])).toEqual([
      ['program', -50],
      ['customer:ann', 50],
    ]);
  });

  test('a referee that goes to another referrer takes the rewards of both sides along, also when the withdrawal is late', () => {
    const withdrawn = referral({ revision: 2, status: 'withdrawn' });
    const newReferral = referral({ revision: 3, referrer: 'cid' });
    for (const history of [
      [referral(), withdrawn, newReferral],
      [referral(), newReferral, withdrawn],
      [newReferral, withdrawn, referral()],
    ]) {
      expect(grantsOf(postAll(history).granted)).toEqual(grantsOf(rewardsOf(newReferral)));
    }
  });

  test('sides without a reward, and rewards of nothing, post nothing', () => {
    expect(postAll([referral({ referrerReward: null, refereeReward: points(0) })]).entries).toEqual([]);
  });

  test.each<[string, ReferralLifecycle]>([
    ['no rewards', { ...referral(), rewards: undefined }],
    ['no time', { ...referral(), converted_at: undefined }],
    ['money without a currency', referral({ referrerReward: { type: 'discount_fixed', value: 5 } })],
    [
      'a rule that gives twice to one side',
      referral({
        earnings: [
          { rule: 'welcome', side: 'referee', points: 5 },
          { rule: 'welcome', side: 'referee', points: 7 },
        ],
      }),
    ],
  ])('a conversion with %s is called out instead of being rewarded in part', (_, told) => {
    expect(defectOf(told)).toEqual(expect.any(String));
    expect(defectOf({ ...told, status: 'reversed' })).toBeUndefined();
  });
});

describe('whatever the history of a referee, its order and its repeats', () => {
  test('the same is granted, and every account has the same net value: what the newest revision says', () => {
    fc.assert(
      fc.property(deliveredHistories, ({ history, deliveries }) => {
        const newest = history[history.length - 1];
        const inOrder = postAll(history);
        const shuffled = postAll(deliveries);
        expect(grantsOf(inOrder.granted)).toEqual(grantsOf(newest ? rewardsOf(newest) : []));
        expect(grantsOf(shuffled.granted)).toEqual(grantsOf(inOrder.granted));
        expect(netOf(shuffled)).toEqual(netOf(inOrder));
        expect(netOf(inOrder)).toEqual(netOfGrants(inOrder.granted));
      }),
      { numRuns: 500 },
    );
  });

  test('the postings of every entry sum to zero in every unit', () => {
    fc.assert(
      fc.property(deliveredHistories, ({ deliveries }) => {
        for (const { postings } of postAll(deliveries).entries) {
          expect(imbalanceOf(postings)).toBeUndefined();
          expect(new Set(postings.map(({ posting_id }) => posting_id)).size).toBe(postings.length);
        }
      }),
    );
  });

  test('nobody is rewarded twice for one conversion, at any moment', () => {
    fc.assert(
      fc.property(deliveredHistories, ({ deliveries }) => {
        let journal: Journal | undefined;
        for (const told of deliveries) {
          journal = post(journal, verdict(told));
          const issued = journal.entries.flatMap((entry) => entry.issued.map(({ reward_id }) => reward_id));
          const reversed = journal.entries.flatMap((entry) => entry.reversed.map(({ reward_id }) => reward_id));
          expect(new Set(issued).size).toBe(issued.length);
          expect(new Set(reversed).size).toBe(reversed.length);
          const standing = issued.filter((id) => !reversed.includes(id)).sort();
          expect(standing).toEqual(journal.granted.map(({ reward_id }) => reward_id).sort());
          const grants = journal.granted.map(({ side, kind, rule }) => `${side} ${kind} ${rule}`);
          expect(new Set(grants).size).toBe(grants.length);
        }
      }),
    );
  });

  test('an entry is never changed once it is posted', () => {
    fc.assert(
      fc.property(deliveredHistories, ({ deliveries }) => {
        let journal: Journal | undefined;
        for (const told of deliveries) {
          const before = journal?.entries ?? [];
          journal = post(journal, verdict(told));
          expect(journal.entries.slice(0, before.length)).toEqual(before);
        }
      }),
    );
  });
});

describe('an entry that does not balance is named as such', () => {
  const posting = { posting_id: 'pst_1', account: 'program', unit: 'points', amount: 5 };
  test.each([
    ['a side is missing', [posting]],
    ['units are mixed', [posting, { ...posting, unit: 'USD', amount: -5 }]],
    ['an amount is not exact', [posting, { ...posting, amount: 2 ** 60 }]],
    ['a unit is missing', [{ ...posting, unit: '' }]],
  ])('%s', (_, postings) => {
    expect(imbalanceOf(postings)).toEqual(expect.any(String));
  });
});

const statuses: ReferralStatus[] = ['attributed', 'converted', 'reversed', 'expired', 'rejected', 'withdrawn'];
const someReward = fc.constantFrom(
  null,
  points(0),
  points(100),
  points(50),
  credit(500),
  credit(500, 'EUR'),
  percent(1_000),
  fixed(700),
);

const someEarnings = fc.uniqueArray(
  fc.record({
    rule: fc.constantFrom('welcome', 'advocate'),
    side: fc.constantFrom('referrer' as const, 'referee' as const),
    points: fc.constantFrom(5, 7),
  }),
  { maxLength: 3, selector: ({ rule, side }) => `${side} ${rule}` },
);

const histories = fc
  .array(
    fc.record({
      // Half of them convert, because the others are alike to the journal.
      status: fc.oneof(fc.constant<ReferralStatus>('converted'), fc.constantFrom(...statuses)),
      referrer: fc.constantFrom('ann', 'cid', 'dee'),
      referrerReward: someReward,
      refereeReward: someReward,
      earnings: someEarnings,
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((steps) => steps.map((step, index) => referral({ ...step, revision: index + 1 })));

/** Every revision at least once, some more often, in any order. */
const deliveredHistories = histories.chain((history) =>
  fc
    .array(fc.constantFrom(...history), { maxLength: 6 })
    .chain((repeats) => {
      const all = [...history, ...repeats];
      return fc.shuffledSubarray(all, { minLength: all.length });
    })
    .map((deliveries) => ({ history, deliveries })),
);

/** What rewards give, whatever the revision that gave it. */
function grantsOf(rewards: readonly GrantedReward[]): string[] {
  return rewards
    .map(({ referral_id, customer_id, side, kind, rule, type, value, currency }) =>
      JSON.stringify([referral_id, customer_id, side, kind, rule, type, value, currency]),
    )
    .sort();
}

type Net = Record<string, number>;

/** What each account has of each unit. */
function netOf({ entries }: Journal): Net {
  const postings = entries.flatMap((entry) => entry.postings);
  return sum(postings.map(({ account, unit, amount }) => [`${account} ${unit}`, amount]));
}

/** The same, worked out from the rewards alone. */
function netOfGrants(rewards: readonly GrantedReward[]): Net {
  return sum(
    rewards.flatMap((reward): [string, number][] => {
      const amount = isDiscount(reward) ? 1 : reward.value;
      return [
        [`program ${unitOf(reward)}`, -amount],
        [`customer:${reward.customer_id} ${unitOf(reward)}`, amount],
      ];
    }),
  );
}

function unitOf(reward: GrantedReward): string {
  if (isDiscount(reward)) return `discount:${discountIdOf(reward)}`;
  return reward.currency ?? 'points';
}

function sum(amounts: readonly [string, number][]): Net {
  const sums = new Map<string, number>();
  for (const [name, amount] of amounts) sums.set(name, (sums.get(name) ?? 0) + amount);
  return Object.fromEntries([...sums].filter(([, amount]) => amount !== 0));
}
