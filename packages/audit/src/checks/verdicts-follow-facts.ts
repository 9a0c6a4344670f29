import { referralId } from '@referral/contracts';
import type { Check, Finding } from '../check.ts';
import { type Referee, type RefereeFact, referees, type Terms, type Verdict } from '../records/attribution.ts';
import type { Records } from '../records.ts';
import { readTerms } from '../terms.ts';

const clockToleranceMs = 10 * 60_000;

export const verdictsFollowFacts: Check = {
  name: 'verdicts-follow-facts',
  promise: 'What attributed a referral and what converted it is among the facts, and the pinned terms ask for no more.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const termsOf = await readTerms(records);
  for await (const { body } of records.read(referees)) {
    for (const verdict of body.verdicts) {
      const { tenant_id, referral_id, program_version } = verdict;
      const flaws = [flawOfIdentity(body, verdict), flawOfPin(body, verdict)];
      const terms = termsOf(tenant_id, program_version);
      if (verdict.status === 'converted' && terms) flaws.push(flawOfConversion(body, verdict, terms));
      for (const message of flaws) if (message !== undefined) yield { id: referral_id, tenant_id, message };
    }
  }
}

function flawOfIdentity({ tenant_id, customer_id }: Referee, verdict: Verdict): string | undefined {
  const { referral_id, referrer_customer_id, referee_customer_id } = verdict;
  if (referee_customer_id !== customer_id) return `it is kept with ${customer_id}, not with its referee`;
  const derived = referralId(tenant_id, referrer_customer_id, customer_id);
  return derived === referral_id ? undefined : `of ${referrer_customer_id} and ${customer_id} it would be ${derived}`;
}

function flawOfPin({ facts, pins }: Referee, verdict: Verdict): string | undefined {
  const { status, attributed_cause, program_version } = verdict;
  if (status === 'withdrawn' || attributed_cause === undefined) return undefined;
  if (!facts.some(({ event_id }) => event_id === attributed_cause)) {
    return `event ${attributed_cause}, which attributed it, is not among the facts`;
  }
  const pinned = pins.programs.filter(({ event_id }) => event_id === attributed_cause);
  return pinned.some(({ version }) => version === program_version)
    ? undefined
    : `version ${program_version} governs it, but event ${attributed_cause} pinned another`;
}

function flawOfConversion({ facts }: Referee, verdict: Verdict, terms: Terms): string | undefined {
  const { qualifying, converted_at } = verdict;
  const { type, minimum_amount, currency } = terms.qualifying_event;
  if (!qualifying || converted_at === undefined) return 'it converted without saying when and by what';
  if (qualifying.type !== type) return `it converted by ${qualifying.type}, where the terms ask for ${type}`;
  if (type === 'signup') return facts.some(({ kind }) => kind === 'signup') ? undefined : 'there is no signup';
  const bought = facts.filter(isPurchase);
  const decisive = bought.find((fact) => fact.order_id === qualifying.order_id && fact.amount === qualifying.amount);
  if (!decisive) return `no purchase among the facts is order ${qualifying.order_id} over ${qualifying.amount}`;
  if (type === 'first_purchase') return decisive.amount > 0 ? undefined : 'it converted by a purchase of zero';
  const firsts = new Map<string | undefined, number>();
  for (const { order_id, amount, ...fact } of bought) {
    const isInTime = fact.at <= Date.parse(converted_at) + clockToleranceMs;
    if (isInTime && fact.currency === currency && !firsts.has(order_id)) firsts.set(order_id, amount);
  }
  const spent = [...firsts.values()].reduce((sum, amount) => sum + amount, 0);
  const isEnough = spent >= (minimum_amount ?? 1);
  return isEnough ? undefined : `${spent} ${currency} were spent, where the terms ask for ${minimum_amount}`;
}

function isPurchase(fact: RefereeFact): fact is RefereeFact & { readonly amount: number } {
  return fact.kind === 'purchase' && fact.amount !== undefined;
}
