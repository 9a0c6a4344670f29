import { readFileSync } from 'node:fs';
import { cdnowEvents, cdnowReferrerIds } from '../packages/cli/dist/index.js';

const text = readFileSync('e2e/fixtures/cdnow_sample.txt', 'utf8');

const events = (tenantId, codeOf) => [...cdnowEvents(text, { tenantId, codeOf })];
const count = (type) => events('any', () => 'AAAAAAAA').filter((event) => event.type === type).length;

/** The real purchases as events of a tenant. */
export const cdnow = {
  customers: count('customer_signed_up'),
  purchases: count('purchase_completed'),
  referrerIds: cdnowReferrerIds(text),
  events,
};

export function inBatches(items, size) {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
