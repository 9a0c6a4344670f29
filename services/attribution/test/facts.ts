import { defaultProgram, type ProgramTerms, referralId, toProgramTerms } from '@referral/contracts';
import type { ClickFact, Fact, PurchaseFact, RefundFact, SignupFact } from '../src/domain/facts.ts';
import { noPins, type Pins, replay } from '../src/domain/replay.ts';
import type { Verdict } from '../src/domain/verdict.ts';
import { tenant } from './world.ts';

/** The facts of one referee, Bob, as short as a test wants to say them. */

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const start = Date.UTC(2026, 0, 1);

/** A moment of January 2026, in days. */
export const at = (days: number, minutes = 0) => start + (days - 1) * dayMs + minutes * minuteMs;

const moment = (ms: number) => ({ at: ms, occurred_at: new Date(ms).toISOString(), arrived_at: ms, source: '/shop' });

export function signup(ms: number, origin: SignupFact['origin'] = {}, more: Partial<SignupFact> = {}): SignupFact {
  return { kind: 'signup', event_id: 'signup', ...moment(ms), origin, ...more };
}

export function purchase(ms: number, order_id: string, more: Partial<PurchaseFact> = {}): PurchaseFact {
  const event_id = `purchase-${order_id}`;
  return { kind: 'purchase', event_id, ...moment(ms), origin: {}, order_id, amount: 2_000, currency: 'USD', ...more };
}

export function refund(ms: number, order_id: string, amount: number, more: Partial<RefundFact> = {}): RefundFact {
  const refund_id = `refund-${order_id}-${ms}`;
  return { kind: 'refund', event_id: refund_id, ...moment(ms), order_id, refund_id, amount, currency: 'USD', ...more };
}

export function click(ms: number, code: string, visitor_id = 'vis_1'): ClickFact {
  return { kind: 'click', event_id: `click-${code}-${ms}`, ...moment(ms), code, channel: 'whatsapp', visitor_id };
}

export function terms(changes: Partial<ProgramTerms> = {}): ProgramTerms {
  const program = { ...defaultProgram, enabled: true, qualifying_event: { type: 'first_purchase' as const } };
  const converted = toProgramTerms(program, 'USD');
  if (Array.isArray(converted)) throw new Error(JSON.stringify(converted));
  return { ...converted, ...changes };
}

/** Every question is answered: codes are named after their owners in capitals, and nobody is who they say. */
export function allAnswered(facts: readonly { event_id: string; source: string }[], more: Partial<Pins> = {}): Pins {
  const owners = ['ann', 'zoe', 'bob'];
  return {
    ...noPins,
    programs: facts.map(({ event_id, source }) => ({ event_id, source, version: 1 })),
    codes: [
      ...owners.map((referrer_id) => ({ code: referrer_id.toUpperCase(), referrer_id, has_profile: false })),
      { code: 'NOBODY', referrer_id: null, has_profile: false },
    ],
    profiles: owners.map((referrer_id) => ({ referrer_id })),
    pairs: owners.map((referrer_id) => ({ referrer_id, reciprocal: false })),
    visitors: ['vis_1'],
    ...more,
  };
}

/** What facts in their order come to when every question is answered. */
export function replayed(
  facts: readonly Fact[],
  under: ProgramTerms = terms(),
  pins: Partial<Pins> = {},
  time_passed?: number,
) {
  const passed = time_passed === undefined ? {} : { time_passed };
  return replay({ customer_id: 'bob', facts, pins: allAnswered(facts, pins), ...passed }, () => under);
}

/** A verdict on a referral of Ann's. */
export function verdict(referee: string, revision: number, more: Partial<Verdict> = {}): Verdict {
  const { limits, milestones } = terms();
  return {
    tenant_id: tenant,
    referral_id: referralId(tenant, 'ann', referee),
    revision,
    status: 'converted',
    referrer_customer_id: 'ann',
    referee_customer_id: referee,
    code: 'AAAA2222',
    channel: 'code',
    program_version: 1,
    attributed_at: new Date(at(1)).toISOString(),
    converted_at: new Date(at(2)).toISOString(),
    decision_id: `dec_${referee}_${revision}`,
    attributed_revision: 1,
    attributed_decision_id: `dec_${referee}_1`,
    terms: { rewards: { referrer: null, referee: null }, limits, milestones },
    ...more,
  };
}
