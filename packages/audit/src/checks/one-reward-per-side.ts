import type { Check, Finding } from '../check.ts';
import { type Granted, journals, milestones } from '../records/reward-issuer.ts';

export const oneRewardPerSide: Check = {
  name: 'one-reward-per-side',
  promise: 'Whatever was posted for a referee, each side holds at most one reward of a kind and rule at any time.',
  async *find(records) {
    for await (const { id, body } of records.read(journals)) {
      const { tenant_id, granted, entries } = body;
      const held = new Map<string, Granted>();
      for (const { entry_id, issued, reversed } of entries) {
        for (const reward of reversed) held.delete(reward.reward_id);
        for (const reward of issued) held.set(reward.reward_id, reward);
        yield* repeats(tenant_id, [...held.values()], `after entry ${entry_id}`);
      }
      yield* repeats(tenant_id, granted, `as journal ${id} has it`);
      const isOther = granted.length !== held.size || granted.some(({ reward_id }) => !held.has(reward_id));
      if (isOther) {
        const message = `says that ${idsOf(granted)} stand, its entries that ${idsOf([...held.values()])} do`;
        yield { id, tenant_id, message };
      }
    }
    const thresholds = new Set<string>();
    for await (const { id, body } of records.read(milestones)) {
      const { tenant_id, referrer_customer_id, threshold } = body;
      const key = JSON.stringify([tenant_id, referrer_customer_id, threshold]);
      if (thresholds.has(key)) {
        yield { id, tenant_id, message: `a second bonus for ${threshold} conversions of ${referrer_customer_id}` };
      }
      thresholds.add(key);
    }
  },
};

function* repeats(tenant_id: string, held: readonly Granted[], when: string): Generator<Finding> {
  const first = new Map<string, Granted>();
  for (const reward of held) {
    const { reward_id, side, kind, rule } = reward;
    const key = JSON.stringify([side, kind, rule]);
    const other = first.get(key);
    const what = `${kind}${rule === undefined ? '' : ` ${rule}`}`;
    if (other) {
      yield { id: reward_id, tenant_id, message: `the ${side} holds ${other.reward_id} for ${what} already, ${when}` };
    } else first.set(key, reward);
  }
}

function idsOf(rewards: readonly Granted[]): string {
  return rewards.map(({ reward_id }) => reward_id).join(', ') || 'no rewards';
}
