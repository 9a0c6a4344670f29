import { type DataOf, deriveId, type ProgramTerms, referralId, type referralVerdict } from '@referral/contracts';
import { type Fact, toInstant } from './facts.ts';
import type { Attribution, Conversion, Replay, TermsOf } from './replay.ts';

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
 * revision. A referral that attributes and converts at once is told in two steps, so that nobody misses the first.
 */
export function nextVerdicts(
  said: Said,
  replayed: Replay,
  termsOf: TermsOf,
  cause: Fact | undefined,
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
      cause: (cause ?? by).event_id,
    });
    decisions.push({
      id: decision_id,
      at: toInstant(by.at),
      outcome: verdict.status,
      rule,
      reason: verdict.reason ?? rule,
      because,
      event_id: (cause ?? by).event_id,
    });
  }
  return { verdicts, decisions };
}

function stepsOf(said: Said, replayed: Replay, termsOf: TermsOf): Step[] {
  const steps: Step[] = [];
  const last = said.verdicts.at(-1);
  const held = last?.status === 'withdrawn' ? undefined : last;
  const { attribution, conversion } = replayed;
  const attributed = attribution && attributedView(said, attribution, termsOf(attribution.program_version));
  if (held && held.referral_id !== attributed?.referral_id) steps.push(withdraw(held, replayed));
  if (!attributed || !attribution) return steps;

  const standing = held && isSameAttribution(held, attributed) ? held : undefined;
  if (!standing) steps.push({ verdict: attributed, ...whyAttributed(attribution) });
  const pinned = standing ? attributionPart(standing) : attributed;
  if (conversion && !isSameConversion(standing, conversion)) steps.push(convert(pinned, attribution, conversion));
  if (!conversion && standing?.status === 'converted') {
    steps.push({
      verdict: { ...pinned, status: 'attributed', reason: 'no_longer_qualifies' },
      rule: 'no_longer_qualifies',
      because: {},
      by: attribution.fact,
    });
  }
  return steps;
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

function isSameConversion(held: Verdict | undefined, { at, qualifying }: Conversion): boolean {
  return (
    held?.status === 'converted' &&
    held.converted_at === toInstant(at) &&
    held.qualifying?.order_id === qualifying.order_id &&
    held.qualifying?.amount === qualifying.amount &&
    held.qualifying?.currency === qualifying.currency
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
      qualified_at: toInstant(at),
      attributed_at: toInstant(attribution.fact.at),
      qualified_by: event_id,
    },
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
