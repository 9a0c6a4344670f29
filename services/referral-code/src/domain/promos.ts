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

/** Promo codes are the same whatever their case. */
export function promoKey({ code }: Pick<Promo, 'code'>): string {
  return code.toUpperCase();
}

export function replacePromos(
  state: PromosState | undefined,
  tenant_id: string,
  promos: readonly Promo[],
): PromosDecision {
  const before = state?.promos ?? [];
  const unchanged = before.length === promos.length && promos.every((promo, i) => samePromo(promo, before[i]));
  if (unchanged) return { state, changed: [], removed: [] };
  const known = new Map(before.map((promo) => [promoKey(promo), promo]));
  const kept = new Set(promos.map(promoKey));
  return {
    state: { tenant_id, version: (state?.version ?? 0) + 1, promos },
    changed: promos.filter((promo) => !samePromo(promo, known.get(promoKey(promo)))),
    removed: before.filter((promo) => !kept.has(promoKey(promo))),
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
