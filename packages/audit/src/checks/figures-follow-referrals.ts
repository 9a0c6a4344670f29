import { deriveId } from '@referral/contracts';
import type { Check, Finding } from '../check.ts';
import { entriesOf } from '../ledger.ts';
import { facts } from '../records/analytics.ts';
import { referees, referrals } from '../records/attribution.ts';
import { successFacts } from '../records/referral-code.ts';
import type { Records } from '../records.ts';

export const figuresFollowReferrals: Check = {
  name: 'figures-follow-referrals',
  promise: 'The facts behind the figures are the referrals, orders and rewards as their owners have them.',
  async *find(records) {
    yield* analyticsFlaws(records);
    yield* successFlaws(records);
  },
};

interface Due {
  readonly tenant_id: string;
  readonly what: string;
  readonly text: string;
}

/** Shares and clicks come from events alone: nobody keeps them whom they could be held against. */
const ownedKinds = new Set(['referral', 'order', 'reward_issued', 'reward_reversed']);

async function* analyticsFlaws(records: Records): AsyncGenerator<Finding> {
  const due = await factsDue(records);
  for await (const { id, tenantId, body } of records.read(facts)) {
    const { kind, status, order } = body;
    const expected = due.get(id);
    due.delete(id);
    const text = status ?? (order ? `${order.net_amount} ${order.currency}` : kind);
    if (!expected) {
      // Under one tenant alone, a fact that counts nowhere may be anybody's.
      const isOurs = tenantId !== undefined && ownedKinds.has(kind);
      if (isOurs) yield { id, tenant_id: tenantId, message: `a ${kind} that nobody has is counted` };
    } else if (expected.text !== text) {
      yield { id, tenant_id: expected.tenant_id, message: `${expected.what} is ${expected.text}, counted as ${text}` };
    }
  }
  for (const [id, { tenant_id, what, text }] of due) {
    yield { id, tenant_id, message: `${what} is ${text}, and not counted` };
  }
}

async function factsDue(records: Records): Promise<Map<string, Due>> {
  const due = new Map<string, Due>();
  for await (const { body } of records.read(referrals)) {
    const { tenant_id, status, verdict } = body;
    const what = `referral ${verdict.referral_id}`;
    due.set(deriveId('fact', tenant_id, 'referral', verdict.referral_id), { tenant_id, what, text: status });
  }
  for await (const { body } of records.read(referees)) {
    const { tenant_id, customer_id, revenue } = body;
    for (const { order_id, net_amount, currency } of revenue) {
      const what = `order ${order_id} of ${customer_id}`;
      const text = `${net_amount} ${currency}`;
      due.set(deriveId('fact', tenant_id, 'order', customer_id, order_id), { tenant_id, what, text });
    }
  }
  for await (const { tenant_id, issued, reversed } of entriesOf(records)) {
    const add = (kind: string) => (reward: { reward_id: string }) => {
      const what = `reward ${reward.reward_id}`;
      due.set(deriveId('fact', tenant_id, kind, reward.reward_id), { tenant_id, what, text: kind });
    };
    issued.forEach(add('reward_issued'));
    reversed.forEach(add('reward_reversed'));
  }
  return due;
}

/** Only what is converted counts as successful. */
async function* successFlaws(records: Records): AsyncGenerator<Finding> {
  const converted = new Map<string, string>();
  for await (const { id, body } of records.read(referrals)) {
    if (body.status === 'converted') converted.set(id, body.tenant_id);
  }
  const counted = new Set<string>();
  for await (const { id, body } of records.read(successFacts)) {
    if (Object.keys(body.contributions).length > 0 && !converted.delete(id)) counted.add(id);
  }
  for await (const { id, body } of records.read(referrals)) {
    const message = `it is ${body.status}, and counts as a success of its referrer`;
    if (counted.has(id)) yield { id, tenant_id: body.tenant_id, message };
  }
  for (const [id, tenant_id] of converted) {
    yield { id, tenant_id, message: 'it is converted, and does not count as a success of its referrer' };
  }
}
