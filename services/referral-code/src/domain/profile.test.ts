import { createEvent, customerProfile } from '@referral/contracts';
import fc from 'fast-check';
import { learnProfile, type ProfileState } from './profile.ts';

function profile(name: string, learnt_at: string, erased = false) {
  const data = { tenant_id: 'acme-waste', customer_id: 'cus_111', name, learnt_at, ...(erased && { erased }) };
  return createEvent(customerProfile, data, { identity: [name, learnt_at], occurredAt: learnt_at });
}

function learnAll(events: readonly ReturnType<typeof profile>[]): ProfileState | undefined {
  return events.reduce<ProfileState | undefined>(learnProfile, undefined);
}

const history = [
  profile('Jon', '2026-03-20T10:00:00Z'),
  profile('John', '2026-03-20T12:00:00+01:00'),
  profile('John Doe', '2026-03-20T11:30:00Z'),
  profile('Johnny', '2026-03-20T11:30:00Z'),
];

describe('what is known of a customer', () => {
  it('is the same whatever the order in which profiles arrive, and however often', () => {
    const known = learnAll(history);
    const anyOrder = fc.shuffledSubarray([...history, ...history], { minLength: history.length * 2 });
    fc.assert(
      fc.property(anyOrder, (events) => {
        expect(learnAll(events)).toEqual(known);
      }),
    );
    expect(known).toMatchObject({ learnt: { at_ms: Date.parse('2026-03-20T11:30:00Z') } });
  });

  it('is nothing for ever once it is erased, wherever the erasure stands in the order', () => {
    const anyOrder = fc.shuffledSubarray([...history, profile('', '2026-03-20T10:30:00Z', true)], { minLength: 5 });
    fc.assert(
      fc.property(anyOrder, (events) => {
        expect(learnAll(events)).toEqual({ erased: true });
      }),
    );
  });
});
