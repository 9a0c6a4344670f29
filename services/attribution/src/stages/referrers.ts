import {
  createEvent,
  customerKey,
  type EncodedEvent,
  type EventOf,
  encodeEvent,
  type ProgramTerms,
  referralAttributed,
  referralConverted,
  referralExpired,
  referralMilestoneReached,
  referralRejected,
  referralReversed,
  type referralVerdict,
} from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import { allCommitted } from '@referral/processing';
import type { Document } from '@referral/store';
import { programs, referrals, referrers } from '../collections.ts';
import { applyVerdict, type ReferralBody, type Told, tells, wantsSlot } from '../domain/referral.ts';
import {
  giveBackSlot,
  keepSlot,
  type MilestoneReached,
  newReferrer,
  type ReferrerBody,
  takeSlot,
} from '../domain/referrer.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Context } from './context.ts';
import { termsOf } from './referees.ts';

const maxAttempts = 100;

/**
 * Brings verdicts to their referrals, and conversions to the limits of their referrer: each conversion takes one slot,
 * exactly once. The referrer keeps the slots it has just given inside itself until the referrals hold them, so referrers
 * are read before referrals and written before them.
 */
export async function applyVerdicts(context: Context, events: readonly VerdictEvent[]): Promise<EncodedEvent[]> {
  if (events.length === 0) return [];
  const verdicts = await withTerms(context, events);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const events = await applyOnce(context, verdicts);
    if (events) return events;
  }
  throw new OperationalError('CONTENTION', 'referrers: other writers keep winning');
}

type VerdictEvent = Pick<EventOf<typeof referralVerdict>, 'data' | 'time'>;

/** A verdict with what is needed to apply it. */
interface TimedVerdict {
  readonly verdict: Verdict;
  /** RFC 3339. */
  readonly decidedAt: string;
  /** Of the version that the referee pinned. */
  readonly terms: ProgramTerms;
}

/** Versions never change, so what is known of one is good for ever. */
async function withTerms(
  { store, knownTerms }: Context,
  events: readonly VerdictEvent[],
): Promise<readonly TimedVerdict[]> {
  const unknown = events.filter(({ data }) => !knownTerms.has(versionKey(data)));
  const found =
    unknown.length > 0 ? await store.getMany(programs, new Set(unknown.map(({ data }) => data.tenant_id))) : undefined;
  return events.map(({ data, time }) => {
    const key = versionKey(data);
    const terms = knownTerms.get(key) ?? termsOf(found?.get(data.tenant_id)?.body, data.program_version);
    knownTerms.set(key, terms);
    return { verdict: data, decidedAt: time, terms };
  });
}

function versionKey({ tenant_id, program_version }: Verdict): string {
  return `${tenant_id}:${program_version}`;
}

interface Work {
  readonly storedReferrers: ReadonlyMap<string, Document<ReferrerBody>>;
  readonly storedReferrals: ReadonlyMap<string, Document<ReferralBody>>;
  readonly referrers: Map<string, ReferrerBody>;
  readonly referrals: Map<string, ReferralBody>;
  /** Came again: everything it says is to be told again. */
  readonly repeated: Set<string>;
}

/** @returns nothing when another writer was faster: everything is to be read again */
async function applyOnce(context: Context, verdicts: readonly TimedVerdict[]): Promise<EncodedEvent[] | undefined> {
  const { store } = context;
  const work = await load(context, verdicts);
  for (const verdict of verdicts) applyOne(work, verdict);

  const changedReferrers = [...work.referrers].map(([id, body]) => ({
    collection: referrers,
    id,
    expectedVersion: work.storedReferrers.get(id)?.version ?? 0,
    body: forgetSettled(body, work),
  }));
  if (!(await allCommitted(store, changedReferrers))) return undefined;
  const changedReferrals = [...work.referrals].map(([id, body]) => ({
    collection: referrals,
    id,
    expectedVersion: work.storedReferrals.get(id)?.version ?? 0,
    body,
  }));
  if (!(await allCommitted(store, changedReferrals))) return undefined;
  return [...new Set([...work.referrals.keys(), ...work.repeated])].flatMap((id) => eventsOf(work, id));
}

async function load({ store }: Context, verdicts: readonly TimedVerdict[]): Promise<Work> {
  const storedReferrers = await store.getMany(referrers, new Set(verdicts.map(({ verdict }) => referrerKey(verdict))));
  const ids = new Set(verdicts.map(({ verdict }) => verdict.referral_id));
  for (const { body } of storedReferrers.values()) {
    for (const { referral_id } of body.absorbed) ids.add(referral_id);
  }
  const storedReferrals = await store.getMany(referrals, ids);
  return { storedReferrers, storedReferrals, referrers: new Map(), referrals: new Map(), repeated: new Set() };
}

function referrerKey({ tenant_id, referrer_customer_id }: Verdict): string {
  return customerKey(tenant_id, referrer_customer_id);
}

function applyOne(work: Work, timed: TimedVerdict): void {
  const { verdict } = timed;
  const { referral_id } = verdict;
  const before = work.referrals.get(referral_id) ?? work.storedReferrals.get(referral_id)?.body;
  const key = referrerKey(verdict);
  const referrer = referrerOf(work, verdict) ?? newReferrer(verdict.tenant_id, verdict.referrer_customer_id);
  const answered = referrer.absorbed.find((answer) => answer.referral_id === referral_id);
  // An older verdict than the referrer has answered came before it; its answer may be on the way to the referral.
  if ((before && verdict.revision <= before.verdict.revision) || (answered && verdict.revision < answered.revision)) {
    work.repeated.add(referral_id);
    // A writer that was paused took this slot for a verdict that the referral had left behind by then.
    const isLost = before && answered?.slot && answered.revision <= before.verdict.revision && !before.slot;
    if (isLost) work.referrers.set(key, giveBackSlot(referrer, before.verdict, answered.slot));
    return;
  }
  const held = answered ? answered.slot : (before?.slot ?? null);
  if (wantsSlot(verdict, held)) {
    const taken = takeSlot(referrer, verdict);
    work.referrers.set(key, taken.referrer);
    work.referrals.set(referral_id, applyVerdict(before, timed, taken.slot));
    return;
  }
  const isGivenBack = verdict.status === 'withdrawn' && held !== null;
  const slot = isGivenBack ? null : held;
  if (isGivenBack) work.referrers.set(key, giveBackSlot(referrer, verdict, held));
  // Written even though it changes no count: else a slot that another writer has just given back would be kept.
  else if (held || answered) work.referrers.set(key, keepSlot(referrer, verdict, held));
  work.referrals.set(referral_id, applyVerdict(before, timed, slot));
}

function referrerOf(work: Work, verdict: Verdict): ReferrerBody | undefined {
  const key = referrerKey(verdict);
  return work.referrers.get(key) ?? work.storedReferrers.get(key)?.body;
}

/** The referrer without the answers that their referrals hold by now. */
function forgetSettled(referrer: ReferrerBody, { storedReferrals, referrals: changing }: Work): ReferrerBody {
  const isSettled = ({ referral_id, revision, slot }: ReferrerBody['absorbed'][number]) => {
    const stored = storedReferrals.get(referral_id)?.body;
    if (!stored || changing.has(referral_id)) return false;
    return stored.verdict.revision >= revision && stored.slot?.ordinal === slot?.ordinal;
  };
  return { ...referrer, absorbed: referrer.absorbed.filter((answer) => !isSettled(answer)) };
}

/** What is new to say about a referral; everything, when its verdict came again. */
function eventsOf(work: Work, id: string): EncodedEvent[] {
  const { storedReferrals, referrals: changed, repeated } = work;
  const stored = storedReferrals.get(id)?.body;
  const now = changed.get(id) ?? stored;
  if (!now) return [];
  const told = stored && !repeated.has(id) ? new Set(tells(stored).map(keyOf)) : new Set<string>();
  const lifecycle = tells(now).filter((one) => !told.has(keyOf(one)));
  const isNewSlot = !stored?.slot || repeated.has(id);
  const milestones = isNewSlot ? (referrerOf(work, now.verdict)?.milestones_reached ?? []) : [];
  return [
    ...lifecycle.map(lifecycleEvent),
    ...milestones.flatMap((reached) => (reached.referral_id === id ? [milestoneEvent(now.verdict, reached)] : [])),
  ];
}

function keyOf({ type, data }: Told): string {
  return `${type} ${data.revision}`;
}

const definitions = {
  referral_attributed: referralAttributed,
  referral_converted: referralConverted,
  referral_rejected: referralRejected,
  referral_expired: referralExpired,
  referral_reversed: referralReversed,
} as const;

function lifecycleEvent({ type, data, at }: Told): EncodedEvent {
  const definition = definitions[type];
  const identity = [data.referral_id, data.revision];
  return encodeEvent(definition, createEvent(definition, data, { identity, occurredAt: at }));
}

function milestoneEvent(
  { tenant_id, referrer_customer_id }: Verdict,
  { reached_at, ...reached }: MilestoneReached,
): EncodedEvent {
  const data = { tenant_id, referrer_customer_id, ...reached };
  const identity = [referrer_customer_id, reached.threshold];
  return encodeEvent(
    referralMilestoneReached,
    createEvent(referralMilestoneReached, data, { identity, occurredAt: reached_at }),
  );
}
