import { discountGranted } from '@referral/contracts';
import { z } from 'zod';
import type { Check, Finding } from '../check.ts';
import { discounts } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

const { type } = discountGranted;
const told = z.object({ discount_id: z.string(), revision: z.number(), status: z.string(), tenant_id: z.string() });

export const discountEvents: Check = {
  name: 'discount-events',
  promise: 'The newest state of every discount that was given is published, and nothing newer.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const newest = new Map<string, z.infer<typeof told>>();
  const isKept = await records.events([type], ({ data }) => {
    const event = told.parse(data);
    if (event.revision >= (newest.get(event.discount_id)?.revision ?? 0)) newest.set(event.discount_id, event);
  });
  for await (const { id, body } of records.read(discounts)) {
    const { tenant_id, revision, status, occurred_at } = body;
    const said = newest.get(id);
    newest.delete(id);
    const isSaid = said !== undefined && said.revision >= revision;
    if (status !== undefined && !isSaid && occurred_at !== undefined && isKept(type, occurred_at)) {
      yield { id, tenant_id, message: `that it is ${status} (revision ${revision}) was never published` };
    } else if (said && (said.revision > revision || (said.revision === revision && said.status !== status))) {
      const published = `${said.status} at revision ${said.revision}`;
      yield { id, tenant_id, message: `published as ${published}, kept as ${status} at revision ${revision}` };
    }
  }
  for (const [id, { tenant_id, status }] of newest) {
    yield { id, tenant_id, message: `published as ${status}, and there is no such discount` };
  }
}
