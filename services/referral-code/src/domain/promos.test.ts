import { type Promo, replacePromos } from './promos.ts';

const spring: Promo = { code: 'SPRING', type: 'discount_percent', value: 10, combinable_with_referral: true };
const summer: Promo = { code: 'SUMMER', type: 'discount_fixed', value: 5, combinable_with_referral: false };
const before = { tenant_id: 'acme-waste', version: 4, promos: [spring, summer] };

describe('replacing the promos', () => {
  it('tells what is new, what is different and what is gone', () => {
    const cheaper = { ...spring, value: 5 };
    const winter = { ...summer, code: 'WINTER' };
    expect(replacePromos(before, 'acme-waste', [cheaper, winter])).toEqual({
      state: { tenant_id: 'acme-waste', version: 5, promos: [cheaper, winter] },
      changed: [cheaper, winter],
      removed: [summer],
    });
  });

  it('leaves the state alone when nothing is different', () => {
    expect(replacePromos(before, 'acme-waste', structuredClone(before.promos)).state).toBe(before);
    expect(replacePromos(undefined, 'acme-waste', []).state).toBeUndefined();
  });

  it('takes another spelling of a code for the same promo, and does not call it gone', () => {
    const lower = { ...spring, code: 'spring' };
    expect(replacePromos(before, 'acme-waste', [lower, summer])).toMatchObject({ changed: [lower], removed: [] });
  });

  it('keeps another order without telling anybody', () => {
    expect(replacePromos(before, 'acme-waste', [summer, spring])).toEqual({
      state: { tenant_id: 'acme-waste', version: 5, promos: [summer, spring] },
      changed: [],
      removed: [],
    });
  });
});
