import type { Limits } from '@referral/contracts';
import { at, verdict } from '../../test/facts.ts';
import { giveBackSlot, newReferrer, type ReferrerBody, takeSlot } from './referrer.ts';
import type { Verdict } from './verdict.ts';

const unlimited: Limits = { max_referrals_per_referrer: null, cooldown_seconds: 0, over_limit: 'referee_only' };
const nobody = newReferrer('acme', 'ann');

function conversion(referee: string, terms: Partial<Verdict['terms']> = {}, convertedAt = at(2)): Verdict {
  const { terms: defaults, ...rest } = verdict(referee, 2, { converted_at: new Date(convertedAt).toISOString() });
  return { ...rest, terms: { ...defaults, limits: unlimited, milestones: [], ...terms } };
}

/** Brings conversions to Ann, one upon the other. */
function bring(...verdicts: readonly Verdict[]) {
  let referrer: ReferrerBody = nobody;
  const slots = verdicts.map((one) => {
    const taken = takeSlot(referrer, one);
    referrer = taken.referrer;
    return taken.slot;
  });
  return { referrer, slots };
}

const dayInSeconds = 86_400;
const outcomes = ({ slots }: ReturnType<typeof bring>) =>
  slots.map(({ ordinal, over_limit }) => over_limit?.limit ?? ordinal);

describe('limits', () => {
  test('at most so many conversions are counted; those over it have no ordinal, and what the programme says for it', () => {
    const limits = { ...unlimited, max_referrals_per_referrer: 2, over_limit: 'neither' } as const;
    const brought = bring(...['bob', 'carl', 'dora'].map((referee) => conversion(referee, { limits })));
    expect(outcomes(brought)).toEqual([1, 2, 'max_referrals_per_referrer']);
    expect(brought.slots[2]).toMatchObject({ ordinal: null, over_limit: { effect: 'neither' } });
    expect(brought.referrer.counted).toBe(2);
  });

  test('between two that count lies the cool-down, in the time of the events and whatever their order', () => {
    const limits = { ...unlimited, cooldown_seconds: dayInSeconds };
    const on = (referee: string, ms: number) => conversion(referee, { limits }, ms);
    const brought = bring(
      on('bob', at(5)),
      on('carl', at(6) - 1),
      on('dora', at(6)),
      on('eve', at(5, 1)),
      on('fay', at(3)),
    );
    expect(outcomes(brought)).toEqual([1, 'cooldown_seconds', 2, 'cooldown_seconds', 3]);
  });

  test('what is over a limit has no part in the cool-down', () => {
    const limits = { ...unlimited, cooldown_seconds: dayInSeconds };
    const on = (referee: string, ms: number) => conversion(referee, { limits }, ms);
    expect(outcomes(bring(on('bob', at(5)), on('carl', at(5, 600)), on('dora', at(6, 1))))).toEqual([
      1,
      'cooldown_seconds',
      2,
    ]);
  });

  test('each conversion is measured by the limits of its own terms', () => {
    const one = { ...unlimited, max_referrals_per_referrer: 1 };
    expect(outcomes(bring(conversion('bob'), conversion('carl', { limits: one }), conversion('dora')))).toEqual([
      1,
      'max_referrals_per_referrer',
      2,
    ]);
  });
});

describe('a slot that is given back', () => {
  test('goes to the next conversion, the smallest first, and makes room under the limit', () => {
    const limits = { ...unlimited, max_referrals_per_referrer: 3 };
    const verdicts = ['bob', 'carl', 'dora'].map((referee) => conversion(referee, { limits }));
    const { referrer, slots } = bring(...verdicts);
    const back = [1, 0].reduce<ReferrerBody>((body, index) => {
      const [one, slot] = [verdicts[index], slots[index]];
      return one && slot ? giveBackSlot(body, one, slot) : body;
    }, referrer);
    expect(back.freed).toEqual([1, 2]);
    const eve = takeSlot(back, conversion('eve', { limits }));
    const fay = takeSlot(eve.referrer, conversion('fay', { limits }));
    const gus = takeSlot(fay.referrer, conversion('gus', { limits }));
    expect([eve, fay, gus].map(({ slot }) => slot.ordinal)).toEqual([1, 2, null]);
    expect(gus.referrer).toMatchObject({ counted: 3, freed: [] });
  });

  test('frees no ordinal when it had none', () => {
    const limits = { ...unlimited, max_referrals_per_referrer: 1 };
    const { referrer, slots } = bring(conversion('bob', { limits }), conversion('carl', { limits }));
    const [, over] = slots;
    expect(over && giveBackSlot(referrer, conversion('carl'), over)).toMatchObject({ counted: 1, freed: [] });
  });
});

describe('a milestone', () => {
  const milestones = [{ threshold: 2 }];
  const carl = conversion('carl', { milestones });

  test('is reached by the conversion with its ordinal', () => {
    const { referrer } = bring(conversion('bob', { milestones }), carl, conversion('dora', { milestones }));
    expect(referrer.milestones_reached).toEqual([
      {
        threshold: 2,
        referral_id: carl.referral_id,
        program_version: 1,
        referrer_ordinal: 2,
        reached_at: carl.converted_at,
      },
    ]);
  });

  test('is reached once ever, also when its ordinal is given back and taken again', () => {
    const { referrer, slots } = bring(conversion('bob', { milestones }), carl);
    const [, slot] = slots;
    if (!slot) throw new Error('Carl has a slot');
    const again = takeSlot(giveBackSlot(referrer, carl, slot), conversion('dora', { milestones }));
    expect(again.slot.ordinal).toBe(2);
    expect(again.referrer.milestones_reached).toEqual(referrer.milestones_reached);
  });
});
