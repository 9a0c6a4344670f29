import { credit, milestone, percent, points } from '../../test/referrals.ts';
import { bonusDefectOf, type MilestoneJournal, milestoneEntryId, postBonus } from './milestone.ts';

const reached = (told = milestone(), n = 1) => ({
  milestone: told,
  eventId: `evt_${n}`,
  time: `2026-01-01T00:00:0${n}.000Z`,
});

function posted(told = milestone()): MilestoneJournal {
  const journal = postBonus(undefined, reached(told));
  if (!journal) throw new Error('this milestone has a bonus');
  return journal;
}

test('a bonus is a reward of the referrer, in an entry that balances', () => {
  const { entry } = posted();
  expect(entry).toMatchObject({ entry_id: milestoneEntryId(milestone()), cause: 'evt_1', reversed: [] });
  expect(entry.issued).toMatchObject([
    { customer_id: 'ann', side: 'referrer', kind: 'milestone', type: 'points', value: 500, issued_at: entry.at },
  ]);
  expect(entry.postings.map(({ account, unit, amount }) => [account, unit, amount])).toEqual([
    ['program', 'points', -500],
    ['customer:ann', 'points', 500],
  ]);
});

// A referral that was withdrawn gives its ordinal back; the next one may reach the same threshold under other terms.
test('what has been posted for a threshold stands, whichever referral or bonus is told later', () => {
  const journal = posted();
  const later = milestone({ referral_id: 'ref_other', bonus: credit(900) });
  expect(postBonus(journal, reached(later, 2))).toBe(journal);
  expect(postBonus(journal, reached({ ...milestone(), bonus: undefined }, 2))).toBe(journal);
});

test('tenants, referrers and thresholds have their own entries, rewards and discounts', () => {
  const all = [
    milestone({ bonus: percent(500) }),
    milestone({ bonus: percent(500), threshold: 20 }),
    milestone({ bonus: percent(500), referrer_customer_id: 'cid' }),
    milestone({ bonus: percent(500), tenant_id: 'other' }),
  ].map((told) => posted(told).entry);
  const [entries, rewards, units] = [
    all.map(({ entry_id }) => entry_id),
    all.flatMap(({ issued }) => issued.map(({ reward_id }) => reward_id)),
    all.flatMap(({ postings }) => postings.map(({ unit }) => unit)),
  ];
  expect([entries, rewards, units].map((ids) => new Set(ids).size)).toEqual([4, 4, 4]);
});

test('without a bonus, or with one of nothing, there is nothing to post', () => {
  for (const bonus of [undefined, points(0)]) {
    expect(postBonus(undefined, reached({ ...milestone(), bonus }))).toBeUndefined();
  }
});

test('a bonus of money in no currency is called out', () => {
  expect(bonusDefectOf(milestone({ bonus: { type: 'credit', value: 5 } }))).toEqual(expect.any(String));
  expect(bonusDefectOf(milestone({ bonus: credit(5) }))).toBeUndefined();
});
