import type { Check, Finding } from '../check.ts';
import { entriesOf } from '../ledger.ts';
import { book, type Posting } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

export const ledgerSumsToZero: Check = {
  name: 'ledger-sums-to-zero',
  promise: 'Everything that was ever posted sums to zero in each unit, in the journals and in the book.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const journals = new Totals();
  for await (const { tenant_id, postings } of entriesOf(records)) journals.add(tenant_id, postings);
  yield* journals.flaws('the journals are');
  const sealed = new Totals();
  for await (const { body } of records.read(book)) sealed.add(body.tenant_id, body.postings);
  yield* sealed.flaws('the book is');
}

class Totals {
  readonly #byTenant = new Map<string, Map<string, number>>();

  add(tenantId: string, postings: readonly Posting[]): void {
    const sums = this.#byTenant.get(tenantId) ?? new Map<string, number>();
    this.#byTenant.set(tenantId, sums);
    for (const { unit, amount } of postings) {
      const sum = (sums.get(unit) ?? 0) + amount;
      // Most units are single discounts: those that have come to nothing need no memory.
      if (sum === 0) sums.delete(unit);
      else sums.set(unit, sum);
    }
  }

  *flaws(what: string): Generator<Finding> {
    for (const [tenant_id, sums] of this.#byTenant) {
      for (const [unit, sum] of sums) yield { id: unit, tenant_id, message: `${what} off by ${sum}` };
    }
  }
}
