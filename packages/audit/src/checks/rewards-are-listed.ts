import type { Check, Finding } from '../check.ts';
import { entriesOf } from '../ledger.ts';
import { rewards } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

export const rewardsAreListed: Check = {
  name: 'rewards-are-listed',
  promise: 'The list of rewards shows what the journal has issued and taken back, and nothing else.',
  find,
};

interface Told {
  readonly customer_id: string;
  readonly type: string;
  readonly value: number;
  readonly currency?: string | undefined;
  readonly issued_at?: string | undefined;
  readonly reversed_at?: string | undefined;
}

async function* find(records: Records): AsyncGenerator<Finding> {
  const posted = new Map<string, Told & { readonly tenant_id: string }>();
  for await (const { tenant_id, at, issued, reversed } of entriesOf(records)) {
    for (const reward of issued) posted.set(reward.reward_id, { ...reward, tenant_id });
    for (const { reward_id } of reversed) {
      const reward = posted.get(reward_id);
      if (reward) posted.set(reward_id, { ...reward, reversed_at: at });
    }
  }
  for await (const { id, body } of records.read(rewards)) {
    const reward = posted.get(id);
    posted.delete(id);
    const due = reward && textOf(reward);
    if (due === textOf(body)) continue;
    const message = `is listed as ${textOf(body)}, ${due ? `the journal has ${due}` : 'and the journal does not have it'}`;
    yield { id, tenant_id: body.tenant_id, message };
  }
  for (const [id, reward] of posted) {
    yield { id, tenant_id: reward.tenant_id, message: `is not listed; the journal has ${textOf(reward)}` };
  }
}

function textOf({ customer_id, type, value, currency = '', issued_at, reversed_at = '' }: Told): string {
  return [value, type, currency, 'of', customer_id, issued_at, reversed_at].filter((part) => part !== '').join(' ');
}
