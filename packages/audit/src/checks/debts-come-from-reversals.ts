import { deriveId } from '@referral/contracts';
import type { Check, Finding } from '../check.ts';
import { counterOf, customerOf, entriesOf } from '../ledger.ts';
import { accounts } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

export const debtsComeFromReversals: Check = {
  name: 'debts-come-from-reversals',
  promise: 'No balance is further below zero than what was taken back from it.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const takenBack = new Map<string, number>();
  for await (const { tenant_id, reversed, postings } of entriesOf(records)) {
    if (reversed.length === 0) continue;
    for (const { account, unit, amount } of postings) {
      const customer = customerOf({ account });
      if (customer === undefined || amount >= 0) continue;
      const key = `${deriveId('acc', tenant_id, customer)} ${counterOf(unit)}`;
      takenBack.set(key, (takenBack.get(key) ?? 0) - amount);
    }
  }
  for await (const { id, body } of records.read(accounts)) {
    for (const [counter, balance] of Object.entries(body.counters)) {
      const explained = takenBack.get(`${id} ${counter}`) ?? 0;
      if (balance >= -explained) continue;
      const message = `${counter} of ${body.customer_id} is ${balance}, and ${explained} were taken back`;
      yield { id, tenant_id: body.tenant_id, message };
    }
  }
}
