import { deriveId } from '@referral/contracts';
import type { Check, Finding } from '../check.ts';
import { entriesOf } from '../ledger.ts';
import { discounts, type Granted } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

export const discountsFollowRewards: Check = {
  name: 'discounts-follow-rewards',
  promise: 'A discount can be used while its reward stands, was used for one order, or is withdrawn with its reward.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const standing = new Map<string, Granted & { readonly tenant_id: string }>();
  const given = new Set<string>();
  for await (const { tenant_id, issued, reversed } of entriesOf(records)) {
    for (const reward of reversed.filter(isDiscount)) standing.delete(discountIdOf(reward));
    for (const reward of issued.filter(isDiscount)) {
      standing.set(discountIdOf(reward), { ...reward, tenant_id });
      given.add(discountIdOf(reward));
    }
  }
  for await (const { id, body } of records.read(discounts)) {
    const { tenant_id, customer_id, status, use, terms } = body;
    const reward = standing.get(id);
    standing.delete(id);
    const due = use ? 'used' : reward ? 'granted' : given.has(id) ? 'withdrawn' : undefined;
    if (status !== due)
      yield {
        id,
        tenant_id,
        message: `it is ${status ?? 'not given'}, where its reward and its use say ${due ?? 'not given'}`,
      };
    if (!reward || status !== 'granted') continue;
    const [held, granted] = [worthOf({ ...terms, customer_id }), worthOf(reward)];
    if (held !== granted) yield { id, tenant_id, message: `it is ${held}, its reward ${granted}` };
  }
  for (const [id, { tenant_id, reward_id }] of standing) {
    yield { id, tenant_id, message: `reward ${reward_id} grants it, and there is no such discount` };
  }
}

function isDiscount({ type }: Granted): boolean {
  return type === 'discount_percent' || type === 'discount_fixed';
}

/** One for a referral and side, whichever revision gives it; one for each milestone. */
function discountIdOf({ reward_id, referral_id, side, kind }: Granted): string {
  return kind === 'milestone' ? deriveId('dsc', reward_id) : deriveId('dsc', referral_id, side);
}

interface Worth {
  readonly customer_id: string;
  readonly type?: string;
  readonly value?: number;
  readonly currency?: string | undefined;
}

function worthOf({ customer_id, type, value, currency }: Worth): string {
  return `${value} ${type}${currency === undefined ? '' : ` ${currency}`} of ${customer_id}`;
}
