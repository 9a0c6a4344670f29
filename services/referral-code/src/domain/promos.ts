import { promoKey } from '@referral/contracts';

/** A tenant's promotion; `value` in the amounts that the admin wrote. */
export interface Promo {
  readonly code: string;
  readonly type: 'discount_percent' | 'discount_fixed';
  readonly value: number;
  readonly combinable_with_referral: boolean;
}

export interface PromosState {
  readonly tenant_id: string;
  /** Counts the changes of the list. */
  readonly version: number;
  readonly promos: readonly Promo[];
}

interface PromosDecision {
  /** The very state that was given when nothing changed. */
  readonly state: PromosState | undefined;
  readonly changed: readonly Promo[];
  readonly removed: readonly Promo[];
}

export function replacePromos(
  state: PromosState | undefined,
  tenant_id: string,
  promos: readonly Promo[],
): PromosDecision {
  const before = state?.promos ?? [];
  const unchanged = before.length === promos.length && promos.every((promo, i) => samePromo(promo, before[i]));
  if (unchanged) return { state, changed: [], removed: [] };
  const known = new Map(before.map((promo) => [promoKey(promo.code), promo]));
  const kept = new Set(promos.map(({ code }) => promoKey(code)));
  return {
    state: { tenant_id, version: (state?.version ?? 0) + 1, promos },
    changed: promos.filter((promo) => !samePromo(promo, known.get(promoKey(promo.code)))),
    removed: before.filter((promo) => !kept.has(promoKey(promo.code))),
  };
}

function samePromo(a: Promo, b: Promo | undefined): boolean {
  return (
    a.code === b?.code &&
    a.type === b.type &&
    a.value === b.value &&
    a.combinable_with_referral === b.combinable_with_referral
  );
}
