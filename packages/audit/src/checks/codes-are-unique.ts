import { customerKey, isWellFormedCode } from '@referral/contracts';
import type { Check } from '../check.ts';
import { knownCodes } from '../records/attribution.ts';
import { codes } from '../records/referral-code.ts';

export const codesAreUnique: Check = {
  name: 'codes-are-unique',
  promise: 'Codes are well-formed and unique in their tenant, one per customer, and attribution knows the same ones.',
  async *find(records) {
    const owners = new Map<string, string>();
    for await (const { id, body } of records.read(codes)) {
      const { tenant_id, customer_id, code } = body;
      const key = customerKey(tenant_id, code);
      const other = owners.get(key);
      if (!isWellFormedCode(code)) yield { id, tenant_id, message: `${code} is no code` };
      if (other !== undefined) yield { id, tenant_id, message: `${other} has code ${code} too` };
      if (id !== customerKey(tenant_id, customer_id)) {
        yield { id, tenant_id, message: `it holds the code of ${customer_id}, who may have another` };
      }
      owners.set(key, customer_id);
    }
    for await (const { id, body } of records.read(knownCodes)) {
      const { tenant_id, customer_id } = body;
      const owner = owners.get(id);
      owners.delete(id);
      if (owner === customer_id) continue;
      const truth = owner === undefined ? 'nobody has it' : `it is ${owner}’s`;
      yield { id, tenant_id, message: `attribution takes it for ${customer_id}’s, but ${truth}` };
    }
    for (const [id, owner] of owners) {
      yield { id, tenant_id: id.slice(0, id.indexOf(':')), message: `attribution does not know it as ${owner}’s` };
    }
  },
};
