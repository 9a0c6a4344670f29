import type { Earning, EncodedEvent } from '@referral/contracts';
import {
  decodeEvent,
  journalEntryPosted,
  loyaltyPointsPosted,
  rewardIssued,
  rewardReversed,
} from '@referral/contracts';
import { AssertionFailure } from '@referral/errors';
import fc from 'fast-check';
import {
  atMinute,
  credit,
  eventOf,
  milestone,
  milestoneEventOf,
  percent,
  points,
  referral,
} from '../test/referrals.ts';
import type { Journal } from './domain/journal.ts';
import { keepJournal, keepMilestone, type ReferralEvent } from './keep-journal.ts';

const conversion = eventOf(referral());
const reversal = eventOf(referral({ revision: 2, status: 'reversed' }));

describe('what an entry tells', () => {
  test('a conversion tells of both rewards, the points posted and the entry itself, at the time of conversion', () => {
    const told = decode(keepJournal(undefined, conversion).events);
    expect(told.map(({ type }) => type).sort()).toEqual([
      'journal_entry_posted',
      'loyalty_points_posted',
      'reward_issued',
      'reward_issued',
    ]);
    expect(new Set(told.map(({ time }) => time))).toEqual(new Set([atMinute(1)]));
  });

  test('a reversal takes the same rewards back, at the time of its event', () => {
    const issued = keepJournal(undefined, conversion);
    const told = decode(keepJournal(issued.body, reversal).events);
    expect(new Set(told.map(({ time }) => time))).toEqual(new Set([atMinute(62)]));
    expect(subjects(told, rewardReversed.type)).toEqual(subjects(decode(issued.events), rewardIssued.type));
    expect(told.find(({ type }) => type === loyaltyPointsPosted.type)?.data).toMatchObject({ points: -100 });
  });

  test('an entry is told whole, with its discounts, as whoever adds up the ledger needs it', () => {
    const { body, events } = keepJournal(undefined, conversion);
    const [entry] = body?.entries ?? [];
    const told = decode(events).find(({ type }) => type === journalEntryPosted.type);
    expect(told?.data).toEqual({
      tenant_id: 'acme',
      entry_id: entry?.entry_id,
      kind: 'referral',
      about: referral().referral_id,
      cause: conversion.id,
      postings: entry?.postings,
      occurred_at: atMinute(1),
    });
    expect(entry?.postings.map(({ unit }) => unit.replace(/_.*/, ''))).toEqual([
      'points',
      'points',
      'discount:dsc',
      'discount:dsc',
    ]);
  });

  test('an earning names its rule', () => {
    const earnings = [{ rule: 'welcome', side: 'referee' as const, points: 10 }];
    const told = decode(keepJournal(undefined, eventOf(referral({ earnings }))).events);
    const rewards = told.filter(({ type }) => type === rewardIssued.type).map(({ data }) => data);
    expect(rewards).toContainEqual(
      expect.objectContaining({ kind: 'earning_rule', rule: 'welcome', customer_id: 'bob', type: 'points', value: 10 }),
    );
  });

  test('a repeat leaves the journal alone and tells the same bytes again', () => {
    const once = keepJournal(undefined, conversion);
    const again = keepJournal(once.body, conversion);
    expect(again.body).toBe(once.body);
    expect(again.events).toEqual(once.events);
  });

  test('times with an offset are told in UTC, so that lists sort by them', () => {
    const converted = { ...referral(), converted_at: '2026-01-01T02:00:00+02:00' };
    const told = decode(keepJournal(undefined, eventOf(converted)).events);
    expect(told[0]?.time).toBe('2026-01-01T00:00:00.000Z');
  });
});

describe('a milestone', () => {
  test('tells of its bonus, of the points and of the entry, and a repeat tells the same bytes again', () => {
    const once = keepMilestone(undefined, milestoneEventOf(milestone()));
    expect(decode(once.events).map(({ type, time }) => [type, time])).toEqual([
      ['reward_issued', atMinute(10)],
      ['loyalty_points_posted', atMinute(10)],
      ['journal_entry_posted', atMinute(10)],
    ]);
    const again = keepMilestone(once.body, milestoneEventOf(milestone({ referral_id: 'ref_other' })));
    expect(again.body).toBe(once.body);
    expect(again.events).toEqual(once.events);
  });

  test('whose bonus cannot be given as it was told is refused, for the dead letters', () => {
    const event = milestoneEventOf(milestone({ bonus: { type: 'credit', value: 5 } }));
    expect(() => keepMilestone(undefined, event)).toThrow(AssertionFailure);
  });
});

test('a publication that a crash lost is made up for by the redelivery, even behind a newer revision', () => {
  const lost = keepJournal(undefined, conversion);
  const reversed = keepJournal(lost.body, reversal);
  expect(keepJournal(reversed.body, conversion).events).toEqual(lost.events);
});

test('whatever is lost and redelivered in whatever order, what was published adds up to what is granted', () => {
  fc.assert(
    fc.property(crashingDeliveries, (deliveries) => {
      let journal: Journal | undefined;
      const published = new Map<string, ReturnType<typeof decodeEvent>>();
      const unacknowledged: ReferralEvent[] = [];
      const deliver = (event: ReferralEvent, isLost: boolean) => {
        const { body, events } = keepJournal(journal, event);
        journal = body;
        if (isLost) unacknowledged.push(event);
        else for (const told of decode(events)) published.set(told.id, told);
      };
      for (const { event, isLost } of deliveries) deliver(event, isLost);
      for (const event of unacknowledged.splice(0)) deliver(event, false);

      const told = [...published.values()];
      const reversed = subjects(told, rewardReversed.type);
      const standing = subjects(told, rewardIssued.type).filter((id) => !reversed.includes(id));
      expect(standing).toEqual(journal?.granted.map(({ reward_id }) => reward_id).sort());
      expect(sumPoints(told)).toBe(
        journal?.granted.reduce((sum, { type, value }) => sum + (type === 'points' ? value : 0), 0),
      );
    }),
  );
});

test.each([
  ['without rewards', { ...referral(), rewards: undefined }],
  ['with credit in no currency', referral({ referrerReward: { type: 'credit', value: 5 } })],
  [
    'with more than can be counted exactly',
    referral({ referrerReward: points(Number.MAX_SAFE_INTEGER), refereeReward: points(Number.MAX_SAFE_INTEGER) }),
  ],
])('a conversion %s is refused as a whole, for the dead letters', (_, told) => {
  expect(() => keepJournal(undefined, eventOf(told))).toThrow(AssertionFailure);
});

const crashingDeliveries = fc
  .array(
    fc.record({
      status: fc.constantFrom('converted' as const, 'converted' as const, 'reversed' as const, 'withdrawn' as const),
      referrer: fc.constantFrom('ann', 'cid'),
      referrerReward: fc.constantFrom(points(100), points(70), credit(500)),
      refereeReward: fc.constantFrom(points(50), percent(1_000), null),
      earnings: fc.constantFrom<Earning[]>([], [{ rule: 'welcome', side: 'referee', points: 10 }]),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((steps) => steps.map((step, index) => eventOf(referral({ ...step, revision: index + 1 }))))
  .chain((events) => fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }))
  .chain((events) =>
    fc.tuple(...events.map((event) => fc.boolean().map((isLost) => ({ event: event as ReferralEvent, isLost })))),
  );

type Told = ReturnType<typeof decodeEvent>;

/** Also checks every event against its contract. */
function decode(events: readonly EncodedEvent[]): Told[] {
  return events.map(decodeEvent);
}

function subjects(told: readonly Told[], type: string): string[] {
  return told
    .filter((event) => event.type === type)
    .map(({ subject = '' }) => subject)
    .sort();
}

function sumPoints(told: readonly Told[]): number {
  return told
    .map((event) => loyaltyPointsPosted.schema.safeParse(event))
    .reduce((sum, parsed) => sum + (parsed.success ? parsed.data.data.points : 0), 0);
}
