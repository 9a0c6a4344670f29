import type { Check, Finding } from '../check.ts';
import { entriesOf } from '../ledger.ts';
import type { Granted } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

export const reversedAtMostIssued: Check = {
  name: 'reversed-at-most-issued',
  promise: 'Every reward is issued once, and taken back at most once, afterwards, for what it was worth.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const standing = new Map<string, string>();
  const ended = new Set<string>();
  for await (const { tenant_id, entry_id, issued, reversed } of entriesOf(records)) {
    for (const reward of reversed) {
      const { reward_id } = reward;
      const worth = standing.get(reward_id);
      if (worth === undefined) {
        const why = ended.has(reward_id) ? 'it was taken back before' : 'it had not been issued';
        yield { id: reward_id, tenant_id, message: `entry ${entry_id} takes it back, but ${why}` };
      } else if (worth !== worthOf(reward)) {
        const message = `issued as ${worth}, taken back as ${worthOf(reward)} by entry ${entry_id}`;
        yield { id: reward_id, tenant_id, message };
      }
      standing.delete(reward_id);
      ended.add(reward_id);
    }
    for (const reward of issued) {
      const { reward_id } = reward;
      if (standing.has(reward_id) || ended.has(reward_id)) {
        yield { id: reward_id, tenant_id, message: `entry ${entry_id} issues it a second time` };
      }
      standing.set(reward_id, worthOf(reward));
    }
  }
}

function worthOf({ customer_id, type, value, currency }: Granted): string {
  return `${value} ${type}${currency === undefined ? '' : ` ${currency}`} of ${customer_id}`;
}
