import type { Check, Finding } from '../check.ts';
import { deadLetters, inputs, referees } from '../records/attribution.ts';
import { byPrefix } from '../records/source.ts';
import type { Records } from '../records.ts';

/** Facts that come from inbound events. Clicks come from our own. */
const inboundKinds = new Set(['signup', 'purchase', 'refund']);

export const inputsAreRecorded: Check = {
  name: 'inputs-are-recorded',
  promise: 'Every inbound event is a fact of the customer that it names, or a dead letter; every fact has its event.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const customers = new Map<string, string>();
  for await (const { body } of records.read(referees)) {
    const { tenant_id, customer_id, facts } = body;
    for (const { kind, source, event_id } of facts) {
      if (!inboundKinds.has(kind)) continue;
      const key = keyOf(tenant_id, source, event_id);
      const other = customers.get(key);
      if (other !== undefined) {
        yield { id: event_id, tenant_id, message: `from ${source}: a fact of ${other} and of ${customer_id}` };
      }
      customers.set(key, customer_id);
    }
  }
  const refused = new Set<string>();
  for await (const { body } of records.read(deadLetters)) {
    refused.add(keyOf(body.tenant_id, body.source, body.event_id));
  }
  for await (const { id, body } of records.read(inputs)) {
    const tenant_id = byPrefix(id) ?? '';
    const event_id = id.slice(tenant_id.length + 1);
    for (const { source, customer_id, type } of body.claims) {
      const key = keyOf(tenant_id, source, event_id);
      const holder = customers.get(key);
      customers.delete(key);
      // What is about no customer has its effect in a projection of its own.
      if (customer_id === undefined || holder === customer_id || (holder === undefined && refused.has(key))) continue;
      const fate = holder === undefined ? 'it is nobody’s' : `it is ${holder}’s`;
      yield { id: event_id, tenant_id, message: `a ${type} from ${source} about ${customer_id}, but ${fate} fact` };
    }
  }
  for (const [key, customer_id] of customers) {
    const [tenant_id = '', source = '', event_id = ''] = key.split(separator);
    yield { id: event_id, tenant_id, message: `a fact of ${customer_id} that no event from ${source} has brought` };
  }
}

/** Identifiers hold no control characters. */
const separator = '\u0000';

function keyOf(...parts: readonly string[]): string {
  return parts.join(separator);
}
