import { referralNudgeDue } from '@referral/contracts';
import { z } from 'zod';
import type { Check, Finding } from '../check.ts';
import { referees } from '../records/attribution.ts';
import type { Records } from '../records.ts';

const { type } = referralNudgeDue;
const told = z.object({ tenant_id: z.string(), referral_id: z.string(), after_hours: z.number() });

export const nudgeEvents: Check = {
  name: 'nudge-events',
  promise: 'Every reminder that a referee has was published or dropped, and no other one was published.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const published = new Map<string, string>();
  const isKept = await records.events([type], ({ data }) => {
    const { tenant_id, referral_id, after_hours } = told.parse(data);
    published.set(keyOf(referral_id, after_hours), tenant_id);
  });
  for await (const { body } of records.read(referees)) {
    for (const { referral_id, after_hours, status, due_at } of body.nudges ?? []) {
      const id = keyOf(referral_id, after_hours);
      const isPublished = published.delete(id);
      const { tenant_id } = body;
      if (status === 'dropped' && isPublished) yield { id, tenant_id, message: 'it was dropped, and published' };
      if (status === 'told' && !isPublished && isKept(type, due_at)) {
        yield { id, tenant_id, message: 'it was told, and never published' };
      }
    }
  }
  for (const [id, tenant_id] of published)
    yield { id, tenant_id, message: 'it was published, and its referee has none' };
}

function keyOf(referralId: string, afterHours: number): string {
  return `${referralId} ${afterHours}`;
}
