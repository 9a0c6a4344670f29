import type { Channel, ProgramTerms } from '@referral/contracts';
import { type ClickFact, clockToleranceMs, type Fact, type PurchaseFact, type SignupFact } from './facts.ts';
import { type IgnoredFact, type Order, sortOut } from './orders.ts';
import { type Standing, standingOf } from './standing.ts';

/**
 * The verdict on one referee: a pure replay of the facts in their total order, under pinned terms. What one referee needs
 * of another's world is asked once; the answer is recorded in `Pins` and never asked again.
 */

const dayMs = 86_400_000;

export interface Pins {
  /** The programme version in force for a fact. */
  readonly programs: readonly { readonly event_id: string; readonly source: string; readonly version: number }[];
  /** Who owns a code; null: nobody did within the time that an event may wait. */
  readonly codes: readonly {
    readonly code: string;
    readonly referrer_id: string | null;
    readonly has_profile: boolean;
  }[];
  /** What was known of a referrer when the referral was decided. */
  readonly profiles: readonly Profile[];
  /** Whether the pair was ours to claim, or was claimed the other way round before. */
  readonly pairs: readonly { readonly referrer_id: string; readonly reciprocal: boolean }[];
  /** Visitors whose clicks this referee has asked for: they are, and will be, among the facts. */
  readonly visitors: readonly string[];
}

interface Profile {
  readonly referrer_id: string;
  readonly email_digest?: string;
  readonly phone_digest?: string;
}

export const noPins: Pins = { programs: [], codes: [], profiles: [], pairs: [], visitors: [] };

export type Question =
  | { readonly about: 'program'; readonly fact: SignupFact | PurchaseFact }
  | { readonly about: 'code'; readonly code: string; readonly arrived_at: number }
  | {
      readonly about: 'profile';
      readonly referrer_id: string;
      /** Whether a profile was published with the code, so that it is worth waiting for. */
      readonly expected: boolean;
      readonly arrived_at: number;
    }
  | { readonly about: 'pair'; readonly referrer_id: string }
  | { readonly about: 'visitor'; readonly visitor_id: string };

export interface Subject {
  readonly customer_id: string;
  readonly facts: readonly Fact[];
  readonly pins: Pins;
  /** Time is known to have come this far, in milliseconds; absent: not known. */
  readonly time_passed?: number;
}

/** The terms of a programme version of this referee's tenant. Versions never change, so this is not asked but looked up. */
export type TermsOf = (version: number) => ProgramTerms;

interface Candidate {
  readonly code: string;
  readonly channel: Channel;
  readonly by: 'typed_code' | 'click';
  /** The event of the click, or the one that carried the code. */
  readonly event_id: string;
}

/** Why a signup or purchase that named a referrer did not attribute. */
export interface Refusal {
  readonly event_id: string;
  readonly source: string;
  readonly at: number;
  readonly reason: RefusalReason;
  readonly code?: string;
  readonly program_version?: number;
  readonly lost: readonly LostCandidate[];
}

type RefusalReason =
  | 'program_disabled'
  | 'promo_not_combinable'
  | 'not_a_new_customer'
  | 'no_touch_in_window'
  | CandidateRefusal;

type CandidateRefusal = 'unknown_code' | 'self_referral' | 'same_email' | 'same_phone' | 'reciprocal_referral';

interface LostCandidate extends Candidate {
  readonly reason: CandidateRefusal;
}

export interface Attribution {
  readonly fact: SignupFact | PurchaseFact;
  readonly referrer_id: string;
  readonly candidate: Candidate;
  readonly lost: readonly LostCandidate[];
  readonly program_version: number;
}

export interface Replay {
  /** What must be answered before there is a verdict. While anything is open, the last verdict stands. */
  readonly questions: readonly Question[];
  /** The fact at which the replay had to stop. */
  readonly stoppedAt?: Fact;
  readonly attribution: Attribution | undefined;
  /** What became of it; `attributed` also where there is no attribution. */
  readonly standing: Standing;
  readonly refusals: readonly Refusal[];
  /** Orders of a referred customer since the attribution. */
  readonly orders: readonly Order[];
  /** What has no part in anything. */
  readonly ignored: readonly IgnoredFact[];
  /** Refunds that wait for their sale. */
  readonly withoutSale: readonly Fact[];
}

export function replay(subject: Subject, termsOf: TermsOf): Replay {
  const refusals: Refusal[] = [];
  let attribution: Attribution | undefined;
  const { facts, orders, ignored, withoutSale } = sortOut(subject.facts);
  const counted = { ...subject, facts };
  const none = {
    attribution: undefined,
    standing: { status: 'attributed' },
    orders: [],
    refusals,
    ignored,
    withoutSale,
  } as const;
  for (const fact of facts) {
    if (attribution || !bringsOrigin(fact)) continue;
    const considered = consider(counted, fact, termsOf);
    if ('questions' in considered) return { ...none, ...considered, stoppedAt: fact };
    if ('reason' in considered) refusals.push(considered);
    else attribution = considered;
  }
  if (!attribution) return { ...none, questions: [] };
  const { fact: attributing, program_version } = attribution;
  const since = ordersSince(orders, attributing);
  const terms = termsOf(program_version);
  const standing = standingOf({ attributing, facts, orders: since, terms, timePassed: subject.time_passed });
  return { questions: [], attribution, standing, refusals, orders: since, ignored, withoutSale };
}

function bringsOrigin(fact: Fact): fact is SignupFact | PurchaseFact {
  return (
    (fact.kind === 'signup' || fact.kind === 'purchase') &&
    (fact.origin.code !== undefined || fact.origin.visitor_id !== undefined)
  );
}

function ask(...questions: Question[]): { questions: readonly Question[] } {
  return { questions };
}

/** One fact that may attribute: who is named, and may that be. A typed code beats a click; among clicks, the model decides. */
function consider(
  subject: Subject,
  fact: SignupFact | PurchaseFact,
  termsOf: TermsOf,
): Attribution | Refusal | { questions: readonly Question[] } {
  const { pins } = subject;
  const program = pins.programs.find(({ event_id, source }) => event_id === fact.event_id && source === fact.source);
  if (!program) return ask({ about: 'program', fact });
  const terms = termsOf(program.version);
  const lost: LostCandidate[] = [];
  const refuse = (reason: RefusalReason): Refusal => ({
    event_id: fact.event_id,
    source: fact.source,
    at: fact.at,
    reason,
    ...(fact.origin.code === undefined ? {} : { code: fact.origin.code }),
    program_version: program.version,
    lost,
  });
  if (!terms.enabled) return refuse('program_disabled');
  if (fact.origin.promo?.combinable_with_referral === false) return refuse('promo_not_combinable');
  if (terms.new_customers_only && hasEarlierPurchase(subject.facts, fact)) return refuse('not_a_new_customer');

  const { visitor_id } = fact.origin;
  if (visitor_id !== undefined && !pins.visitors.includes(visitor_id)) return ask({ about: 'visitor', visitor_id });
  for (const candidate of candidatesOf(subject.facts, fact, terms)) {
    const checked = checkCandidate(subject, fact, candidate);
    if (typeof checked === 'object' && 'questions' in checked) return checked;
    if (typeof checked === 'object') {
      return { fact, referrer_id: checked.referrer_id, candidate, lost, program_version: program.version };
    }
    lost.push({ ...candidate, reason: checked });
  }
  return refuse(lost[0]?.reason ?? 'no_touch_in_window');
}

function hasEarlierPurchase(facts: readonly Fact[], attributing: SignupFact | PurchaseFact): boolean {
  return facts.some((fact) => fact.kind === 'purchase' && fact.amount > 0 && fact.at < countsFrom(attributing));
}

/** From when on a purchase counts as made since then. One clock tells the times of all purchases, so they need no tolerance. */
function countsFrom({ kind, at }: SignupFact | PurchaseFact): number {
  return kind === 'signup' ? at - clockToleranceMs : at;
}

/** In the order in which they are tried. */
function candidatesOf(
  facts: readonly Fact[],
  { origin, at, event_id }: SignupFact | PurchaseFact,
  terms: ProgramTerms,
): Candidate[] {
  const typed: Candidate[] =
    origin.code === undefined
      ? []
      : [{ code: origin.code, channel: origin.channel ?? 'code', by: 'typed_code', event_id }];
  const earliest = at - terms.windows.attribution_days * dayMs;
  const clicks = facts
    .filter(
      (fact): fact is ClickFact =>
        fact.kind === 'click' &&
        fact.visitor_id === origin.visitor_id &&
        fact.at >= earliest &&
        fact.at <= at + clockToleranceMs,
    )
    .map(({ code, channel, event_id }): Candidate => ({ code, channel, by: 'click', event_id }));
  if (terms.attribution.model === 'last_touch') clicks.reverse();
  return [...typed, ...clicks];
}

function checkCandidate(
  { customer_id, facts, pins }: Subject,
  fact: SignupFact | PurchaseFact,
  { code }: Candidate,
): { referrer_id: string } | CandidateRefusal | { questions: readonly Question[] } {
  const owner = pins.codes.find((pin) => pin.code === code);
  if (!owner) return ask({ about: 'code', code, arrived_at: fact.arrived_at });
  const { referrer_id } = owner;
  if (referrer_id === null) return 'unknown_code';
  if (referrer_id === customer_id) return 'self_referral';
  const profile = pins.profiles.find((pin) => pin.referrer_id === referrer_id);
  if (!profile) return ask({ about: 'profile', referrer_id, expected: owner.has_profile, arrived_at: fact.arrived_at });
  const own = ownDigests(facts, fact);
  if (profile.email_digest !== undefined && own.emails.has(profile.email_digest)) return 'same_email';
  if (profile.phone_digest !== undefined && own.phones.has(profile.phone_digest)) return 'same_phone';
  const pair = pins.pairs.find((pin) => pin.referrer_id === referrer_id);
  if (!pair) return ask({ about: 'pair', referrer_id });
  return pair.reciprocal ? 'reciprocal_referral' : { referrer_id };
}

/** What the referee has said of itself up to the attributing fact. */
function ownDigests(facts: readonly Fact[], until: Fact): { emails: Set<string>; phones: Set<string> } {
  const emails = new Set<string>();
  const phones = new Set<string>();
  for (const fact of facts) {
    if (fact.kind === 'signup' && fact.email_digest !== undefined) emails.add(fact.email_digest);
    if (fact.kind === 'signup' && fact.phone_digest !== undefined) phones.add(fact.phone_digest);
    if (fact === until) break;
  }
  return { emails, phones };
}

function ordersSince(orders: readonly Order[], attributing: SignupFact | PurchaseFact): Order[] {
  const from = countsFrom(attributing);
  return orders.filter(({ purchase }) => purchase.at >= from);
}
