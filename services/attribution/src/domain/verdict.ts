import { type DataOf, deriveId, type ProgramTerms, referralId, type referralVerdict } from '@referral/contracts';
import { toInstant } from './facts.ts';
import type { Attribution, Replay, TermsOf } from './replay.ts';
import type { Conversion, Reversal } from './standing.ts';

export type Verdict = DataOf<typeof referralVerdict>;

/** A recorded verdict with its reasons. */
export interface Decision {
  readonly id: string;
  /** When the fact that brought it about occurred, RFC 3339. */
  readonly at: string;
  readonly outcome: string;
  readonly rule: string;
  readonly reason: string;
  /** The values that were compared. */
  readonly because: Readonly<Record<string, unknown>>;
  readonly event_id: string;
}

interface Said {
  readonly tenant_id: string;
  readonly customer_id: string;
  readonly revision: number;
  readonly verdicts: readonly Verdict[];
}

/** A verdict before it has its revision. */
interface Step {
  readonly verdict: Omit<Verdict, Numbered> & Partial<Pick<Verdict, Numbered>>;
  readonly rule: string;
  readonly because: Readonly<Record<string, unknown>>;
  /** The fact that decided: its event, and when it occurred in milliseconds. */
  readonly by: { readonly event_id: string; readonly at: number };
}
type Numbered = 'revision' | 'decision_id' | 'attributed_revision' | 'attributed_decision_id';

/**
 * The difference between what was said and what the replay says: nothing, or one verdict per change, each with its own
 * revision. A referral that attributes, converts and is reversed at once is told in three steps, so that nobody misses one.
 */
export function nextVerdicts(
  said: Said,
  replayed: Replay,
  termsOf: TermsOf,
): { verdicts: Verdict[]; decisions: Decision[] } {
  const verdicts: Verdict[] = [];
  const decisions: Decision[] = [];
  for (const { verdict, rule, because, by } of stepsOf(said, replayed, termsOf)) {
    const revision = said.revision + verdicts.length + 1;
    const decision_id = deriveId('dec', said.tenant_id, said.customer_id, revision);
    const previous = verdicts.at(-1);
    const attribution =
      verdict.attributed_revision === undefined && previous?.referral_id === verdict.referral_id ? previous : verdict;
    verdicts.push({
      ...verdict,
      revision,
      decision_id,
      attributed_revision: attribution.attributed_revision ?? revision,
      attributed_decision_id: attribution.attributed_decision_id ?? decision_id,
      cause: by.event_id,
    });
    decisions.push({
      id: decision_id,
      at: toInstant(by.at),
      outcome: verdict.status,
      rule,
      reason: verdict.reason ?? rule,
      because,
      event_id: by.event_id,
    });
  }
  return { verdicts, decisions };
}

function stepsOf(said: Said, replayed: Replay, termsOf: TermsOf): Step[] {
  const steps: Step[] = [];
  const last = said.verdicts.at(-1);
  const held = last?.status === 'withdrawn' ? undefined : last;
  const { attribution } = replayed;
  const attributed = attribution && attributedView(said, attribution, termsOf(attribution.program_version));
  if (held && held.referral_id !== attributed?.referral_id) steps.push(withdraw(held, replayed));
  if (!attributed || !attribution) return steps;

  const standing = held && isSameAttribution(held, attributed) ? held : undefined;
  if (!standing) steps.push({ verdict: attributed, ...whyAttributed(attribution) });
  const pinned = standing ? attributionPart(standing) : attributed;
  return [...steps, ...stepsToStanding(standing, pinned, attribution, replayed)];
}

/** From what was said of this very attribution, if anything was, to what became of it. */
function stepsToStanding(
  said: Verdict | undefined,
  pinned: Step['verdict'],
  attribution: Attribution,
  { standing }: Replay,
): Step[] {
  switch (standing.status) {
    case 'attributed':
      return said && said.status !== 'attributed' ? [unconvert(pinned, attribution)] : [];
    case 'expired':
      return said?.status === 'expired' ? [] : [expire(pinned, attribution, standing.at)];
    case 'converted':
      return said?.status === 'converted' && isSameConversion(said, standing.conversion)
        ? []
        : [convert(pinned, attribution, standing.conversion)];
    case 'reversed': {
      const { conversion, reversal } = standing;
      if (said?.status === 'reversed' && isSameConversion(said, conversion)) return [];
      const reversed = reverse(pinned, conversion, reversal);
      // Who was told of a conversion needs no other one before it is taken back.
      const wasConverted = said?.status === 'converted' || said?.status === 'reversed';
      return wasConverted ? [reversed] : [convert(pinned, attribution, conversion), reversed];
    }
  }
}

type AttributionPart = Omit<Verdict, Numbered | 'converted_at' | 'qualifying' | 'reason' | 'cause'>;

function attributedView(
  { tenant_id, customer_id }: Said,
  { fact, referrer_id, candidate, program_version }: Attribution,
  terms: ProgramTerms,
): AttributionPart {
  return {
    tenant_id,
    referral_id: referralId(tenant_id, referrer_id, customer_id),
    status: 'attributed',
    referrer_customer_id: referrer_id,
    referee_customer_id: customer_id,
    code: candidate.code,
    channel: candidate.channel,
    program_version,
    attributed_at: fact.occurred_at,
    attributed_cause: fact.event_id,
    terms: {
      rewards: { referrer: terms.referrer_reward, referee: terms.referee_reward },
      limits: terms.limits,
      milestones: terms.milestones,
    },
  };
}

function attributionPart(verdict: Verdict): Step['verdict'] {
  const { converted_at: _, qualifying: __, reason: ___, cause: ____, ...part } = verdict;
  return part;
}

function isSameAttribution(held: Verdict, attributed: AttributionPart): boolean {
  return (
    held.referral_id === attributed.referral_id &&
    held.attributed_cause === attributed.attributed_cause &&
    held.attributed_at === attributed.attributed_at &&
    held.code === attributed.code &&
    held.channel === attributed.channel &&
    held.program_version === attributed.program_version
  );
}

function isSameConversion({ converted_at, qualifying: held }: Verdict, { at, qualifying }: Conversion): boolean {
  return (
    converted_at === toInstant(at) &&
    held?.order_id === qualifying.order_id &&
    held?.amount === qualifying.amount &&
    held?.currency === qualifying.currency
  );
}

function whyAttributed({ fact, referrer_id, candidate, lost, program_version }: Attribution): Omit<Step, 'verdict'> {
  return {
    rule: candidate.by,
    by: fact,
    because: {
      referrer_customer_id: referrer_id,
      code: candidate.code,
      channel: candidate.channel,
      attributed_by: fact.kind,
      program_version,
      candidates_lost: lost,
    },
  };
}

function convert(pinned: Step['verdict'], attribution: Attribution, conversion: Conversion): Step {
  const { at, qualifying, event_id } = conversion;
  return {
    verdict: { ...pinned, status: 'converted', converted_at: toInstant(at), qualifying },
    rule: qualifying.type,
    by: conversion,
    because: {
      ...qualifying,
      ...conversion.because,
      qualified_at: toInstant(at),
      attributed_at: toInstant(attribution.fact.at),
      qualified_by: event_id,
    },
  };
}

function reverse(pinned: Step['verdict'], conversion: Conversion, reversal: Reversal): Step {
  const { at, qualifying } = conversion;
  return {
    verdict: { ...pinned, status: 'reversed', converted_at: toInstant(at), qualifying, reason: 'refunded' },
    rule: 'refunded',
    by: reversal,
    because: { ...reversal.because, refunded_at: toInstant(reversal.at), converted_at: toInstant(at) },
  };
}

/** A late fact shows that it never qualified. */
function unconvert(pinned: Step['verdict'], { fact }: Attribution): Step {
  const reason = 'no_longer_qualifies';
  return { verdict: { ...pinned, status: 'attributed', reason }, rule: reason, because: {}, by: fact };
}

function expire(pinned: Step['verdict'], { fact }: Attribution, windowEnds: number): Step {
  const reason = 'conversion_window_passed';
  return {
    verdict: { ...pinned, status: 'expired', reason },
    rule: reason,
    because: { attributed_at: toInstant(fact.at), conversion_ends_at: toInstant(windowEnds) },
    by: { event_id: fact.event_id, at: windowEnds },
  };
}

function withdraw(held: Verdict, { attribution, refusals }: Replay): Step {
  const refusal = refusals.at(-1);
  const { cause: _, revision: __, decision_id: ___, ...rest } = held;
  const reason = attribution ? 'attributed_to_another_referrer' : (refusal?.reason ?? 'no_longer_attributed');
  return {
    verdict: { ...rest, status: 'withdrawn', reason },
    rule: 'first_valid_wins',
    because: attribution
      ? {
          referrer_customer_id: attribution.referrer_id,
          code: attribution.candidate.code,
          occurred_at: toInstant(attribution.fact.at),
        }
      : { ...refusal },
    by: attribution?.fact ?? refusal ?? { event_id: held.attributed_cause ?? '', at: Date.parse(held.attributed_at) },
  };
}
