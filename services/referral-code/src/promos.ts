import type { InexactAmount } from '@referral/contracts';
import { assert } from '@referral/errors';
import type { Store } from '@referral/store';
import { promoAnnounced, promoDigits, promoValue } from './announcements.ts';
import { promos as promoLists } from './collections.ts';
import { type Context, isoNow } from './context.ts';
import { decideDocument } from './documents.ts';
import { type Promo, type PromosState, replacePromos } from './domain/promos.ts';
import type { Tenant } from './domain/tenant.ts';

export async function promosOf(store: Store, tenantId: string): Promise<readonly Promo[]> {
  return (await store.get(promoLists, tenantId))?.body.promos ?? [];
}

/** Replaces the tenant's list and tells what changed, or returns every value that its currency cannot hold. */
export async function savePromos(
  context: Context,
  { tenant_id, currency }: Tenant,
  promos: readonly Promo[],
): Promise<readonly InexactAmount[]> {
  const inexact = promos.flatMap((promo, index) => {
    if (promoValue(promo, currency) !== undefined) return [];
    return [
      { path: `data.${index}.value`, message: `must have at most ${promoDigits(promo.type, currency)} decimals` },
    ];
  });
  if (inexact.length > 0) return inexact;
  const result = await decideDocument<PromosState, true>(context, promoLists, tenant_id, (body) => {
    const { state, changed, removed } = replacePromos(body, tenant_id, promos);
    if (state === undefined || state === body) return { state, events: [], answer: true };
    const about = { currency, at: isoNow(context) };
    const events = [
      ...changed.map((promo) => promoAnnounced(state, promo, { ...about, removed: false })),
      ...removed.map((promo) => promoAnnounced(state, promo, { ...about, removed: true })),
    ];
    return { state, events, answer: true };
  });
  assert('answer' in result, 'the list of promos has no unique index');
  return [];
}
