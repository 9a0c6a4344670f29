import type { Check, Finding } from '../check.ts';
import { entriesOf } from '../ledger.ts';
import { programs, type RewardTerms, referrals, type Terms } from '../records/attribution.ts';
import type { Granted } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';
import { readTerms } from '../terms.ts';

export const amountsFollowTerms: Check = {
  name: 'amounts-follow-terms',
  promise: 'Every reward was worth what the programme version that governs its referral gives.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const termsOf = await readTerms(records);
  const bonuses = await readBonuses(records);
  const known = new Set<string>();
  for await (const { body } of records.read(referrals)) known.add(body.verdict.referral_id);
  for await (const { tenant_id, kind, issued } of entriesOf(records)) {
    for (const reward of issued) {
      const { reward_id, program_version } = reward;
      const told = textOf(reward);
      if (kind === 'milestone') {
        // The bonus travels without the version that promised it: any version may have.
        if (bonuses.has(`${tenant_id} ${told}`)) continue;
        yield { id: reward_id, tenant_id, message: `${told} is the bonus of no milestone of any programme version` };
        continue;
      }
      const terms = termsOf(tenant_id, program_version);
      const due = terms && dueTo(reward, terms);
      if (due !== told) {
        const message = `${told}, where programme version ${program_version} gives the ${reward.side} ${due ?? 'nothing'}`;
        yield { id: reward_id, tenant_id, message };
      }
      if (!known.has(reward.referral_id)) {
        yield { id: reward_id, tenant_id, message: `its referral ${reward.referral_id} is not known` };
      }
    }
  }
}

function dueTo({ side, kind, rule }: Granted, terms: Terms): string | undefined {
  if (kind === 'earning_rule') {
    const earned = terms.earning_rules.find(({ name, beneficiary }) => name === rule && beneficiary === side);
    return earned && textOf({ type: 'points', value: earned.points });
  }
  const reward = side === 'referrer' ? terms.referrer_reward : terms.referee_reward;
  return reward ? textOf(reward) : undefined;
}

async function readBonuses(records: Records): Promise<Set<string>> {
  const bonuses = new Set<string>();
  for await (const { body } of records.read(programs)) {
    for (const { terms } of body.versions) {
      for (const { bonus } of terms.milestones) if (bonus) bonuses.add(`${body.tenant_id} ${textOf(bonus)}`);
    }
  }
  return bonuses;
}

/** A currency means something for money alone. */
function textOf({ type, value, currency }: RewardTerms): string {
  const isMoney = type === 'credit' || type === 'discount_fixed';
  return `${value} ${type}${isMoney ? ` ${currency}` : ''}`;
}
