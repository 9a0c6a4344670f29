import {
  createEvent,
  customerKey,
  type EncodedEvent,
  encodeEvent,
  referralAttributed,
  referralConverted,
  referralExpired,
  referralMilestoneReached,
  referralRejected,
  referralReversed,
} from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import type { Document } from '@referral/store';
import { referrals, referrers } from '../collections.ts';
import { applyVerdict, type ReferralBody, type Told, tells, wantsSlot } from '../domain/referral.ts';
import { giveBackSlot, newReferrer, type ReferrerBody, type Slot, takeSlot } from '../domain/referrer.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Context } from './context.ts';

const maxAttempts = 100;

/**
 * Brings verdicts to their referrals, and conversions to the limits of their referrer: each conversion takes one slot,
 * exactly once. The referrer keeps the slots it has just given inside itself until the referrals hold them, so referrers
 * are read before referrals and written before them.
 */
export async function applyVerdicts(context: Context, verdicts: readonly Verdict[]): Promise<EncodedEvent[]> {
  if (verdicts.length === 0) return [];
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const events = await applyOnce(context, verdicts);
    if (events) return events;
  }
  throw new OperationalError('CONTENTION', 'referrers: other writers keep winning');
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
async function applyOnce(context: Context, verdicts: readonly Verdict[]): Promise<EncodedEvent[] | undefined> {
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

async function allCommitted(
  store: Context['store'],
  changes: Parameters<Context['store']['commit']>[0],
): Promise<boolean> {
  if (changes.length === 0) return true;
  return (await store.commit(changes)).every(({ status }) => status === 'ok');
}

async function load({ store }: Context, verdicts: readonly Verdict[]): Promise<Work> {
  const storedReferrers = await store.getMany(referrers, new Set(verdicts.map(referrerKey)));
  const ids = new Set(verdicts.map(({ referral_id }) => referral_id));
  for (const { body } of storedReferrers.values()) {
    for (const { referral_id } of body.absorbed) ids.add(referral_id);
  }
  const storedReferrals = await store.getMany(referrals, ids);
  return { storedReferrers, storedReferrals, referrers: new Map(), referrals: new Map(), repeated: new Set() };
}

function referrerKey({ tenant_id, referrer_customer_id }: Verdict): string {
  return customerKey(tenant_id, referrer_customer_id);
}

function applyOne(work: Work, verdict: Verdict): void {
  const { referral_id } = verdict;
  const before = work.referrals.get(referral_id) ?? work.storedReferrals.get(referral_id)?.body;
  if (before && verdict.revision <= before.verdict.revision) {
    work.repeated.add(referral_id);
    return;
  }
  const key = referrerKey(verdict);
  const referrer =
    work.referrers.get(key) ??
    work.storedReferrers.get(key)?.body ??
    newReferrer(verdict.tenant_id, verdict.referrer_customer_id);
  const absorbed = referrer.absorbed.find((answer) => answer.referral_id === referral_id);
  let slot: Slot | null = absorbed ? absorbed.slot : (before?.slot ?? null);
  if (wantsSlot(verdict, slot)) {
    const taken = takeSlot(referrer, verdict);
    work.referrers.set(key, taken.referrer);
    slot = taken.slot;
  } else if (verdict.status === 'withdrawn' && slot) {
    work.referrers.set(key, giveBackSlot(referrer, referral_id, slot));
    slot = null;
  }
  work.referrals.set(referral_id, applyVerdict(before, verdict, slot));
}

/** The referrer without the answers that their referrals hold by now. */
function forgetSettled(referrer: ReferrerBody, { storedReferrals, referrals: changing }: Work): ReferrerBody {
  const isSettled = ({ referral_id, slot }: ReferrerBody['absorbed'][number]) => {
    if (changing.has(referral_id)) return false;
    const stored = storedReferrals.get(referral_id)?.body;
    return stored !== undefined && stored.slot?.ordinal === slot?.ordinal;
  };
  return { ...referrer, absorbed: referrer.absorbed.filter((answer) => !isSettled(answer)) };
}

/** What is new to say about a referral; everything, when its verdict came again. */
function eventsOf({ storedReferrals, referrals: changed, repeated }: Work, id: string): EncodedEvent[] {
  const stored = storedReferrals.get(id)?.body;
  const now = changed.get(id) ?? stored;
  if (!now) return [];
  const told = stored && !repeated.has(id) ? new Set(tells(stored).map(keyOf)) : new Set<string>();
  const lifecycle = tells(now).filter((one) => !told.has(keyOf(one)));
  const isNewSlot = !stored?.slot || repeated.has(id);
  return [...lifecycle.map(lifecycleEvent), ...(isNewSlot ? milestoneEvents(now) : [])];
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

function lifecycleEvent({ type, data }: Told): EncodedEvent {
  const definition = definitions[type];
  const identity = [data.referral_id, data.revision];
  const occurredAt = data.converted_at ?? data.attributed_at;
  return encodeEvent(definition, createEvent(definition, data, { identity, occurredAt }));
}

function milestoneEvents({ slot, verdict }: ReferralBody): EncodedEvent[] {
  const { tenant_id, referrer_customer_id, referral_id, converted_at, attributed_at } = verdict;
  if (!slot || slot.ordinal === null) return [];
  const referrer_ordinal = slot.ordinal;
  return slot.milestones.map(({ threshold, bonus }) => {
    const data = {
      tenant_id,
      referrer_customer_id,
      threshold,
      referrer_ordinal,
      referral_id,
      ...(bonus ? { bonus } : {}),
    };
    const identity = [referrer_customer_id, threshold];
    const occurredAt = converted_at ?? attributed_at;
    return encodeEvent(referralMilestoneReached, createEvent(referralMilestoneReached, data, { identity, occurredAt }));
  });
}
