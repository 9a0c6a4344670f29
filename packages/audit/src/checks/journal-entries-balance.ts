import type { Check } from '../check.ts';
import { entriesOf, sumsByUnit } from '../ledger.ts';

export const journalEntriesBalance: Check = {
  name: 'journal-entries-balance',
  promise: 'The postings of every journal entry sum to zero in each unit.',
  async *find(records) {
    for await (const { tenant_id, entry_id, postings } of entriesOf(records)) {
      for (const { posting_id, amount } of postings) {
        if (!Number.isSafeInteger(amount)) yield { id: posting_id, tenant_id, message: `${amount} is no exact amount` };
      }
      for (const [unit, sum] of sumsByUnit(postings)) {
        if (sum !== 0) yield { id: entry_id, tenant_id, message: `its postings in ${unit} are off by ${sum}` };
      }
    }
  },
};
