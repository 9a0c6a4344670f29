import type { Check } from '../check.ts';
import { sources } from '../sources.ts';

export const recordsAreReadable: Check = {
  name: 'records-are-readable',
  promise: 'Every record is one of its collection. What is not is read by no other check.',
  async *find(records) {
    for (const source of sources) {
      for await (const { id, tenantId, body } of records.unreadable(source)) {
        yield { id, tenant_id: tenantId, message: `of ${source.collection} cannot be read: ${body}` };
      }
    }
  },
};
