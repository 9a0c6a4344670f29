import type { Check, Finding } from '../check.ts';
import { type Referrer, referrals, referrers, type Slot, type Verdict } from '../records/attribution.ts';
import type { Records } from '../records.ts';
import { readTerms, type TermsOf } from '../terms.ts';

export const limitsAreRespected: Check = {
  name: 'limits-are-respected',
  promise: 'Each conversion has one slot of its referrer, given within the limits as the record has them, or refused.',
  find,
};

interface Held {
  readonly referral_id: string;
  readonly verdict: Pick<Verdict, 'tenant_id' | 'program_version'>;
  readonly slot: Slot;
}

async function* find(records: Records): AsyncGenerator<Finding> {
  const termsOf = await readTerms(records);
  const slots = new Map<string, Held[]>();
  for await (const { id, body } of records.read(referrals)) {
    const { tenant_id, verdict, slot } = body;
    if (!slot) continue;
    const key = `${tenant_id}:${verdict.referrer_customer_id}`;
    const held = { referral_id: id, verdict, slot };
    const others = slots.get(key);
    if (others) others.push(held);
    else slots.set(key, [held]);
    for (const message of flawsOfSlot(held, termsOf)) yield { id, tenant_id, message };
  }
  for await (const { id, body } of records.read(referrers)) {
    const held = slots.get(id) ?? [];
    slots.delete(id);
    for (const message of flawsOfReferrer(body, held)) yield { id, tenant_id: body.tenant_id, message };
  }
  for (const [id, [first]] of slots) {
    yield { id, tenant_id: first?.verdict.tenant_id, message: `nothing is kept of this referrer, who gave slots` };
  }
}

/** What a slot says that it was decided on. */
function* flawsOfSlot({ verdict, slot }: Held, termsOf: TermsOf): Generator<string> {
  const { ordinal, over_limit, because } = slot;
  const { limits, conversions_counted: counted, seconds_since_last: seconds } = because;
  const { max_referrals_per_referrer: max, cooldown_seconds: cooldown } = limits;
  const isFull = max !== null && counted >= max;
  const isTooSoon = seconds !== null && seconds < cooldown;
  if (ordinal !== null && over_limit) yield `it counts as number ${ordinal} and is over ${over_limit.limit}`;
  if (ordinal === null && !over_limit) yield 'it neither counts nor is over a limit';
  if (ordinal !== null && isFull) yield `it counts as number ${ordinal}, with ${counted} of ${max} counted before`;
  if (ordinal !== null && isTooSoon) yield `it counts, ${seconds} s after the last one, where ${cooldown} s must pass`;
  if (over_limit?.limit === 'max_referrals_per_referrer' && !isFull) yield `refused with ${counted} of ${max} counted`;
  if (over_limit?.limit === 'cooldown_seconds' && !isTooSoon) yield `refused ${seconds} s after the last one`;
  if (over_limit && over_limit.effect !== limits.over_limit) yield `refused as ${over_limit.effect}, not as agreed`;
  const pinned = termsOf(verdict.tenant_id, verdict.program_version)?.limits;
  const isAsPinned =
    !pinned ||
    (pinned.max_referrals_per_referrer === max &&
      pinned.cooldown_seconds === cooldown &&
      pinned.over_limit === limits.over_limit);
  if (!isAsPinned) yield `it was held against other limits than those of version ${verdict.program_version}`;
}

/** What the referrer gave away, and what referrals hold of it. */
function* flawsOfReferrer({ counted, freed, absorbed, milestones_reached }: Referrer, held: readonly Held[]) {
  const given = new Map(held.map(({ referral_id, slot }) => [referral_id, slot.ordinal]));
  // What it has just answered, its referrals may not hold yet.
  for (const { referral_id, slot } of absorbed) given.set(referral_id, slot?.ordinal ?? null);
  const ordinals = [...given.values(), ...freed].filter((ordinal) => ordinal !== null).sort((a, b) => a - b);
  const twice = ordinals.find((ordinal, at) => ordinal === ordinals[at + 1]);
  if (twice !== undefined) yield `number ${twice} is given twice`;
  const highest = ordinals.at(-1) ?? 0;
  if (highest > counted) yield `number ${highest} is given, but only ${counted} were counted`;
  const lost = counted - new Set(ordinals).size;
  if (highest <= counted && lost > 0) yield `${lost} of ${counted} numbers are neither held nor free`;

  const maxima = held
    .filter(({ slot }) => slot.ordinal !== null)
    .map(({ slot }) => slot.because.limits.max_referrals_per_referrer ?? Number.POSITIVE_INFINITY);
  const holding = ordinals.length - freed.length;
  if (maxima.length > 0 && holding > Math.max(...maxima)) yield `${holding} count, where ${Math.max(...maxima)} may`;

  const thresholds = milestones_reached.map(({ threshold }) => threshold);
  if (new Set(thresholds).size < thresholds.length) yield `a milestone was reached twice: ${thresholds.join(', ')}`;
  for (const { threshold, referrer_ordinal } of milestones_reached) {
    if (threshold !== referrer_ordinal) yield `milestone ${threshold} was reached by number ${referrer_ordinal}`;
  }
}
