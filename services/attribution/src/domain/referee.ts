import { customerKey } from '@referral/contracts';
import { type Nudge, nextDueAt, passTime } from './due.ts';
import { type Fact, insertFact, isSameEvent, toInstant } from './facts.ts';
import { noPins, type Pins, type Question, type Refusal, replay, type TermsOf } from './replay.ts';
import { changedRevenue, type RevenueLine } from './revenue.ts';
import { type Decision, nextVerdicts, type Verdict } from './verdict.ts';

/** Everything known of one referee, and what was said of it. */
export interface RefereeBody {
  readonly tenant_id: string;
  readonly customer_id: string;
  /** In their total order. */
  readonly facts: readonly Fact[];
  readonly pins: Pins;
  /** Counts the changes of the verdict. */
  readonly revision: number;
  /** The newest of every referral that this referee has had; the current one last. */
  readonly verdicts: readonly Verdict[];
  /** The newest of every order that counts, or did, for a referral. */
  readonly revenue: readonly RevenueLine[];
  readonly decisions: readonly Decision[];
  readonly refusals: readonly Refusal[];
  /** Present when an attempt was refused: puts the document into the index of refusals. RFC 3339, of the latest. */
  readonly refused_at?: string;
  /** What the replay waits for, e.g. `code:acme:KH7N4WP3`. */
  readonly waiting_for: readonly string[];
  /** When waiting ends, in milliseconds since the epoch; absent when nothing waits or waiting has no end. */
  readonly waiting_until?: number;
  /** Reminders that came due, whether told or dropped. */
  readonly nudges?: readonly Nudge[];
  /** Time is known to have come this far, in milliseconds. Only ever raised. */
  readonly time_passed?: number;
  /** When the clock alone brings something about, in milliseconds; absent when it does not. */
  readonly due_at?: number;
  /** What made us look again, when that changed something that may not be published yet. */
  readonly unsettled?: string;
  /** Since when it is unsettled, in milliseconds. */
  readonly unsettled_at?: number;
}

export function newReferee(tenantId: string, customerId: string): RefereeBody {
  return {
    tenant_id: tenantId,
    customer_id: customerId,
    facts: [],
    pins: noPins,
    revision: 0,
    verdicts: [],
    revenue: [],
    decisions: [],
    refusals: [],
    waiting_for: [],
  };
}

/** Whether the event of this fact is there already: a repeat, or another content under the same id. */
export function knows(body: RefereeBody, fact: Fact): boolean {
  return body.facts.some((known) => isSameEvent(known, fact));
}

/** What a referee waits for, as the index of waiters names it. */
export function waitingTag(tenantId: string, question: Question): string {
  switch (question.about) {
    case 'program':
      return `program:${tenantId}`;
    case 'code':
      return `code:${tenantId}:${question.code}`;
    case 'profile':
      return `profile:${customerKey(tenantId, question.referrer_id)}`;
    case 'pair':
      return `pair:${customerKey(tenantId, question.referrer_id)}`;
    case 'visitor':
      return `visitor:${customerKey(tenantId, question.visitor_id)}`;
  }
}

export interface Revised {
  readonly body: RefereeBody;
  readonly verdicts: readonly Verdict[];
  readonly questions: readonly Question[];
}

/** The referee with one more fact; the verdict is not looked at yet. */
export function addFact(body: RefereeBody, fact: Fact): RefereeBody {
  return { ...body, facts: insertFact(body.facts, fact) };
}

/** Replays the facts and tells the difference to what was said before. */
export function revise(body: RefereeBody, termsOf: TermsOf): Revised {
  const replayed = replay(body, termsOf);
  if (replayed.questions.length > 0) return { body, verdicts: [], questions: replayed.questions };
  const { verdicts, decisions } = nextVerdicts(body, replayed, termsOf);
  const isAsBefore = verdicts.length === 0 && sameRefusals(replayed.refusals, body.refusals);
  if (isAsBefore && body.waiting_for.length === 0) return { body, verdicts, questions: [] };
  const { waiting_until: _, refused_at: __, ...rest } = body;
  const lastRefused = replayed.refusals.at(-1);
  const revised: RefereeBody = {
    ...rest,
    revision: body.revision + verdicts.length,
    verdicts: keepNewest(body.verdicts, verdicts, ({ referral_id }) => referral_id),
    decisions: [...body.decisions, ...decisions],
    refusals: replayed.refusals,
    ...(lastRefused ? { refused_at: toInstant(lastRefused.at) } : {}),
    waiting_for: [],
  };
  return { body: revised, verdicts, questions: [] };
}

/**
 * What follows from all facts of a batch together: the orders whose net amount or referral is not what was said last
 * (lines are absolute, so they are told once), and when to look again. While a question is open, what was said stands.
 */
export function conclude(
  body: RefereeBody,
  termsOf: TermsOf,
  latenessMs: number,
): { body: RefereeBody; revenue: readonly RevenueLine[] } {
  // Whoever was never referred has no revenue to tell, and waits for no window.
  if (body.verdicts.length === 0) return { body, revenue: [] };
  const replayed = replay(body, termsOf);
  if (replayed.questions.length > 0) return { body, revenue: [] };
  const revenue = changedRevenue(body, replayed);
  const dueAt =
    replayed.attribution && nextDueAt(body, replayed, termsOf(replayed.attribution.program_version), latenessMs);
  if (revenue.length === 0 && dueAt === body.due_at) return { body, revenue };
  const { due_at: _, ...rest } = body;
  const concluded = {
    ...rest,
    revenue: keepNewest(body.revenue, revenue, ({ order_id }) => order_id),
    ...(dueAt === undefined ? {} : { due_at: dueAt }),
  };
  return { body: concluded, revenue };
}

/** The referee at a later time: reminders that came due, and the end of its window; the very same when nothing has. */
export function atTime(
  body: RefereeBody,
  termsOf: TermsOf,
  time: { readonly now: number; readonly latenessMs: number },
): RefereeBody {
  const replayed = replay(body, termsOf);
  if (!replayed.attribution || replayed.questions.length > 0) return body;
  return passTime(body, replayed, termsOf(replayed.attribution.program_version), time);
}

/** The referee when all that it says has been told. */
export function settledReferee({ unsettled: _, unsettled_at: __, ...body }: RefereeBody): RefereeBody {
  if (!body.nudges) return body;
  const told = (nudge: Nudge): Nudge => (nudge.status === 'due' ? { ...nudge, status: 'told' } : nudge);
  return { ...body, nudges: body.nudges.map(told) };
}

/** What the document says now: the newest verdict of each referral and the newest line of each order. */
export function says({ verdicts, revenue }: RefereeBody): Pick<RefereeBody, 'verdicts' | 'revenue'> {
  return { verdicts, revenue };
}

function sameRefusals(a: readonly Refusal[], b: readonly Refusal[]): boolean {
  return (
    a.length === b.length &&
    a.every((refusal, i) => {
      const other = b[i];
      return other !== undefined && isSameEvent(refusal, other) && refusal.reason === other.reason;
    })
  );
}

/** The referee, waiting for these; the very same when it waited for them already. */
export function keepWaiting(body: RefereeBody, tags: readonly string[], until: number | undefined): RefereeBody {
  if (body.waiting_until === until && body.waiting_for.join(' ') === tags.join(' ')) return body;
  const { waiting_until: _, ...rest } = body;
  return { ...rest, waiting_for: tags, ...(until === undefined ? {} : { waiting_until: until }) };
}

/** Replaces what has a newer successor; the newest come last. */
function keepNewest<T>(known: readonly T[], newer: readonly T[], keyOf: (item: T) => string): readonly T[] {
  if (newer.length === 0) return known;
  const newest = new Map(newer.map((item) => [keyOf(item), item]));
  return [...known.filter((item) => !newest.has(keyOf(item))), ...newest.values()];
}
