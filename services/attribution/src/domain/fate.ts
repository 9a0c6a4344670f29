import { type Fact, type Identity, isSameEvent } from './facts.ts';
import type { RefereeBody } from './referee.ts';
import { type Attribution, type Replay, replay, type TermsOf } from './replay.ts';

/** What became of an inbound event: its one terminal record. */
export type Fate =
  | { readonly status: 'effect'; readonly effects: readonly Effect[] }
  | { readonly status: 'ignored'; readonly reason: string }
  | { readonly status: 'waiting'; readonly reason: string };

interface Effect {
  readonly type: string;
  readonly referral_id?: string;
}

/**
 * @param now a refund waits for its sale until this is `latenessMs` after its arrival; then it is ignored, and still counts
 * if the sale should come after all
 */
export function fateOf(
  body: RefereeBody,
  event: { event_id: string; source: string },
  termsOf: TermsOf,
  { now, latenessMs }: { readonly now: number; readonly latenessMs: number },
): Fate | undefined {
  const fact = body.facts.find((known) => isSameEvent(known, event));
  if (!fact) return undefined;
  const replayed = replay(body, termsOf);
  const ignored = replayed.ignored.find((one) => one.fact === fact);
  if (ignored) return { status: 'ignored', reason: ignored.reason };
  if (replayed.withoutSale.includes(fact)) {
    const isWaiting = now < fact.arrived_at + latenessMs;
    return isWaiting ? { status: 'waiting', reason: 'its sale' } : { status: 'ignored', reason: 'unknown_order' };
  }
  const { stoppedAt } = replayed;
  if (stoppedAt && body.facts.indexOf(fact) >= body.facts.indexOf(stoppedAt)) {
    return { status: 'waiting', reason: body.waiting_for.join(', ') };
  }
  const refusal = replayed.refusals.find((refused) => isSameEvent(refused, fact));
  if (refusal) return { status: 'ignored', reason: refusal.reason };
  const referral_id = body.verdicts.at(-1)?.referral_id;
  if (!replayed.attribution || referral_id === undefined) return { status: 'ignored', reason: 'no_referral' };
  const effects = effectsOf(fact, replayed, replayed.attribution).map((type) => ({ type, referral_id }));
  return effects.length > 0 ? { status: 'effect', effects } : { status: 'ignored', reason: 'already_attributed' };
}

function effectsOf(fact: Fact, { standing, orders }: Replay, attribution: Attribution): string[] {
  const isBy = (deciding: Identity) => isSameEvent(deciding, fact);
  const types: string[] = [];
  if (isBy(attribution.fact)) types.push('referral_attributed');
  if ('conversion' in standing && isBy(standing.conversion)) types.push('referral_converted');
  if ('reversal' in standing && isBy(standing.reversal)) types.push('referral_reversed');
  const isRevenue = orders.some(({ purchase, refunds }) => isBy(purchase) || refunds.some((one) => isBy(one.fact)));
  if (isRevenue) types.push('referral_revenue_changed');
  return types;
}
