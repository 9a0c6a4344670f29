import { deriveId } from '@referral/contracts';
import type { Check, Finding } from '../check.ts';
import { foldFlaws } from '../folding.ts';
import { counterOf, customerOf, entriesOf, isDiscountUnit } from '../ledger.ts';
import { accounts, postings } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

export const balancesFollowPostings: Check = {
  name: 'balances-follow-postings',
  promise: 'Every balance is what the postings of the ledger come to, each counted once.',
  async *find(records) {
    yield* foldFlaws(records, { folds: accounts, facts: postings });
    yield* countedPostings(records);
  },
};

/** What the accounts have counted is what the ledger has posted. */
async function* countedPostings(records: Records): AsyncGenerator<Finding> {
  const due = new Map<string, { readonly tenant_id: string; readonly text: string }>();
  for await (const { tenant_id, postings: lines } of entriesOf(records)) {
    for (const { posting_id, account, unit, amount } of lines) {
      const customer = customerOf({ account });
      if (customer === undefined || isDiscountUnit(unit)) continue;
      const counters = { [counterOf(unit)]: amount };
      due.set(posting_id, { tenant_id, text: textOf({ [deriveId('acc', tenant_id, customer)]: counters }) });
    }
  }
  for await (const { id: account, body } of records.read(accounts)) {
    for (const id of Object.keys(body.absorbed)) {
      if (due.has(id)) continue;
      yield { id, tenant_id: body.tenant_id, message: `account ${account} counts it, but no entry posts it` };
    }
  }
  for await (const { id, body } of records.read(postings)) {
    const posted = due.get(id);
    due.delete(id);
    const { tenant_id, entry_id } = body;
    if (!posted) yield { id, tenant_id, message: `an account counts it, but entry ${entry_id} does not post it` };
    else if (posted.text !== textOf(body.contributions)) {
      yield { id, tenant_id, message: `counted as ${textOf(body.contributions)}, posted as ${posted.text}` };
    }
  }
  for (const [id, { tenant_id, text }] of due) {
    yield { id, tenant_id, message: `posted as ${text}, and no account counts it` };
  }
}

function textOf(contributions: unknown): string {
  return JSON.stringify(contributions);
}
