import { isSameEvent } from './facts.ts';
import type { RefereeBody } from './referee.ts';
import { replay, type TermsOf } from './replay.ts';

/** What became of an inbound event: its one terminal record. */
export type Fate =
  | { readonly status: 'effect'; readonly effects: readonly Effect[] }
  | { readonly status: 'ignored'; readonly reason: string }
  | { readonly status: 'waiting'; readonly reason: string };

interface Effect {
  readonly type: string;
  readonly referral_id?: string;
}

export function fateOf(
  body: RefereeBody,
  event: { event_id: string; source: string },
  termsOf: TermsOf,
): Fate | undefined {
  const fact = body.facts.find((known) => isSameEvent(known, event));
  if (!fact) return undefined;
  if (fact.kind === 'refund') return { status: 'ignored', reason: 'refunds_have_no_effect_yet' };
  const replayed = replay(body, termsOf);
  const { attribution, conversion, stoppedAt } = replayed;
  if (stoppedAt && body.facts.indexOf(fact) >= body.facts.indexOf(stoppedAt)) {
    return { status: 'waiting', reason: body.waiting_for.join(', ') };
  }
  const refusal = replayed.refusals.find((refused) => isSameEvent(refused, fact));
  if (refusal) return { status: 'ignored', reason: refusal.reason };
  if (replayed.repeatedOrders.some((purchase) => isSameEvent(purchase, fact)))
    return { status: 'ignored', reason: 'order_already_known' };
  const referral_id = body.verdicts.at(-1)?.referral_id;
  if (!attribution || referral_id === undefined) return { status: 'ignored', reason: 'no_referral' };
  const effects: Effect[] = [];
  if (isSameEvent(attribution.fact, fact)) effects.push({ type: 'referral_attributed', referral_id });
  if (conversion && isSameEvent(conversion, fact)) effects.push({ type: 'referral_converted', referral_id });
  if (replayed.revenue.some((purchase) => isSameEvent(purchase, fact))) {
    effects.push({ type: 'referral_revenue_changed', referral_id });
  }
  return effects.length > 0 ? { status: 'effect', effects } : { status: 'ignored', reason: 'already_attributed' };
}
