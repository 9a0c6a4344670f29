import type { Check, Finding } from '../check.ts';
import { type Referral, referrals, type Terms } from '../records/attribution.ts';
import { type Entry, type Granted, journals } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';
import { readTerms } from '../terms.ts';

export const bothSidesOrAsAgreed: Check = {
  name: 'both-sides-or-as-agreed',
  promise: 'While a referral is converted, each side holds what the pinned terms and the limits give it; else neither.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const termsOf = await readTerms(records);
  const expected = new Map<string, { readonly tenant_id: string; readonly rewards: string }>();
  for await (const { body } of records.read(referrals)) {
    const { tenant_id, verdict } = body;
    const terms = termsOf(tenant_id, verdict.program_version);
    if (!terms) {
      const message = `it is governed by programme version ${verdict.program_version}, which is not known`;
      yield { id: verdict.referral_id, tenant_id, message };
    } else if (body.status === 'converted') {
      expected.set(verdict.referral_id, { tenant_id, rewards: textOf(rewardsDue(body, terms)) });
    }
  }
  for await (const { id, body } of records.read(journals)) {
    const { tenant_id } = body;
    const standing = standingOf(body.entries);
    for (const referral_id of new Set(standing.map((reward) => reward.referral_id))) {
      const held = standing.filter((reward) => reward.referral_id === referral_id);
      const rewards = textOf(held.map(({ side, kind, rule }) => [side, kind, rule]));
      const due = expected.get(referral_id)?.rewards ?? textOf([]);
      expected.delete(referral_id);
      if (rewards === due) continue;
      yield { id: referral_id, tenant_id, message: `due are ${due}; journal ${id} has granted ${rewards}` };
    }
  }
  for (const [id, { tenant_id, rewards }] of expected) {
    if (rewards !== textOf([])) yield { id, tenant_id, message: `due are ${rewards}; nothing is granted` };
  }
}

/** What the entries have issued and not taken back. */
function standingOf(entries: readonly Entry[]): readonly Granted[] {
  const held = new Map<string, Granted>();
  for (const { issued, reversed } of entries) {
    for (const { reward_id } of reversed) held.delete(reward_id);
    for (const reward of issued) held.set(reward.reward_id, reward);
  }
  return [...held.values()];
}

type Due = readonly [side: string, kind: string, rule?: string | undefined];

/** Over a limit the referrer gets nothing, whatever gives it. */
function rewardsDue({ slot }: Referral, terms: Terms): Due[] {
  const rewards: Due[] = [];
  if (terms.referrer_reward && terms.referrer_reward.value > 0) rewards.push(['referrer', 'referral']);
  if (terms.referee_reward && terms.referee_reward.value > 0) rewards.push(['referee', 'referral']);
  for (const { name, beneficiary } of terms.earning_rules) rewards.push([beneficiary, 'earning_rule', name]);
  return slot?.over_limit ? rewards.filter(([side]) => side !== 'referrer') : rewards;
}

function textOf(rewards: readonly Due[]): string {
  const texts = rewards.map(([side, kind, rule]) => `${side} ${kind}${rule === undefined ? '' : ` ${rule}`}`);
  return `[${texts.sort().join(', ')}]`;
}
