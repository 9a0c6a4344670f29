import { deriveId } from '@referral/contracts';
import type { Check, Finding } from '../check.ts';
import { foldFlaws } from '../folding.ts';
import { referees } from '../records/attribution.ts';
import { orders, spending } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

export const spendingFollowsOrders: Check = {
  name: 'spending-follows-orders',
  promise: 'What checkout takes a referee to have spent is what attribution has of the orders.',
  async *find(records) {
    yield* foldFlaws(records, { folds: spending, facts: orders });
    yield* orderFlaws(records);
  },
};

async function* orderFlaws(records: Records): AsyncGenerator<Finding> {
  const due = new Map<string, { readonly tenant_id: string; readonly text: string }>();
  for await (const { body } of records.read(referees)) {
    const { tenant_id } = body;
    for (const { referral_id, order_id, currency, net_amount } of body.revenue) {
      due.set(deriveId('ord', tenant_id, referral_id, order_id), { tenant_id, text: `${net_amount} ${currency}` });
    }
  }
  // An order that another referral has taken over stays behind with the old one, which is withdrawn.
  for await (const { id, body } of records.read(orders)) {
    const expected = due.get(id);
    due.delete(id);
    const [counted] = Object.values(body.contributions).flatMap((counters) =>
      Object.entries(counters).map(([currency, amount]) => `${amount} ${currency}`),
    );
    if (!expected || expected.text === counted) continue;
    const message = `order ${body.order_id} is ${expected.text}, counted as ${counted ?? 'nothing'}`;
    yield { id, tenant_id: body.tenant_id, message };
  }
  for (const [id, { tenant_id, text }] of due) yield { id, tenant_id, message: `an order of ${text} is not counted` };
}
