import { customerKey, deriveId, referralMilestoneReached } from '@referral/contracts';
import { z } from 'zod';
import type { Check, Finding } from '../check.ts';
import { referrers } from '../records/attribution.ts';
import { milestones } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

const told = z.object({
  tenant_id: z.string(),
  referrer_customer_id: z.string(),
  threshold: z.number(),
  referral_id: z.string(),
});

export const milestoneEvents: Check = {
  name: 'milestone-events',
  promise: 'Every milestone that a referrer reached is published once and its bonus is posted, and nothing else is.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const published = new Map<string, string>();
  const { type } = referralMilestoneReached;
  const isKept = await records.events([type], ({ data }) => {
    const { tenant_id, referrer_customer_id, threshold, referral_id } = told.parse(data);
    published.set(keyOf(tenant_id, referrer_customer_id, threshold), referral_id);
  });
  const bonuses = new Map<string, string>();
  for await (const { id, body } of records.read(milestones)) bonuses.set(id, body.tenant_id);

  for await (const { body } of records.read(referrers)) {
    const { tenant_id, referrer_customer_id, milestones_reached } = body;
    for (const { threshold, referral_id, reached_at, bonus } of milestones_reached) {
      const id = keyOf(tenant_id, referrer_customer_id, threshold);
      const said = published.get(id);
      published.delete(id);
      if (said === undefined && isKept(type, reached_at)) yield { id, tenant_id, message: 'was never published' };
      if (said !== undefined && said !== referral_id) {
        yield { id, tenant_id, message: `published for referral ${said}, reached by ${referral_id}` };
      }
      const entryId = deriveId('jen', tenant_id, referrer_customer_id, 'milestone', threshold);
      const isPosted = bonuses.delete(entryId);
      if (bonus && bonus.value > 0 && !isPosted) yield { id, tenant_id, message: 'its bonus was never posted' };
      if (!bonus?.value && isPosted) yield { id: entryId, tenant_id, message: `a bonus that ${id} does not give` };
    }
  }
  for (const id of published.keys()) yield { id, message: 'was published, but its referrer never reached it' };
  for (const [id, tenant_id] of bonuses) yield { id, tenant_id, message: 'a bonus for what nobody reached' };
}

function keyOf(tenantId: string, referrerId: string, threshold: number): string {
  return `${customerKey(tenantId, referrerId)} ${threshold}`;
}
