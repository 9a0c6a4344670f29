import { decodeEvent } from '../../packages/contracts/dist/index.js';
import { facts, folds, tenants } from '../../services/analytics/dist/collections.js';
import { createConsumers } from '../../services/analytics/dist/consumers.js';
import { orderFact, orderOf, referralFact, standingFact } from '../../services/analytics/dist/domain/facts.js';
import { describeFold, referrerFold } from '../../services/analytics/dist/domain/folds.js';
import { Generations } from '../../services/analytics/dist/generations.js';
import { messagesOf, referralAt, tenantId, timeZone } from './history.mjs';

const batchSize = 20_000;
const shard = 0;

/** Writes the documents that `size` referrals come to, without the events. @returns how many documents */
export async function writeState(store, size) {
  const sums = new Map();
  const count = ({ contributions }) => {
    for (const [foldId, counters] of Object.entries(contributions)) {
      const fold = sums.get(foldId) ?? {};
      for (const [name, value] of Object.entries(counters)) fold[name] = (fold[name] ?? 0) + value;
      sums.set(foldId, fold);
    }
  };
  let documents = 0;
  let changes = [];
  const write = async (collection, id, body) => {
    changes.push({ collection, id, expectedVersion: 0, body });
    if (changes.length === batchSize) await flush();
  };
  const flush = async () => {
    const outcomes = await store.commit(changes);
    if (outcomes.some(({ status }) => status !== 'ok')) throw new Error('a document of the state exists already');
    documents += changes.length;
    changes = [];
  };
  const writeFact = async (fact) => {
    count(fact);
    const { id, revision, contributions, record } = fact;
    await write(facts, id, { ...record, revision, contributions });
  };

  await write(tenants, tenantId, {
    slug: tenantId,
    currency: 'USD',
    time_zone: timeZone,
    told_at: '2024-01-01T00:00:00Z',
  });
  const referrers = new Set();
  for (let n = 0; n < size; n += 1) {
    const { referral, order } = referralAt(n, size);
    referrers.add(referral.referrer_customer_id);
    await writeFact(referralFact(referral, shard));
    if (order) await writeFact(orderFact(orderOf(order, shard), referral));
  }
  for (const customerId of referrers) {
    const counters = sums.get(referrerFold(tenantId, customerId));
    if (!counters) continue;
    await writeFact(
      standingFact({ tenantId, customerId, shard }, { version: 1, conversions: counters.converted ?? 0 }),
    );
  }
  for (const [id, all] of sums) await write(folds, id, { ...describeFold(id), ...bySlots(all), absorbed: {} });
  await flush();
  return documents;
}

/** As folds keep them. */
function bySlots(all) {
  const counters = {};
  const slots = {};
  for (const [name, value] of Object.entries(all)) {
    const [counter, slot] = name.split('/');
    if (slot === undefined) counters[counter] = value;
    else slots[counter] = { ...slots[counter], [slot]: value };
  }
  return { counters, ...(Object.keys(slots).length > 0 ? { slots } : {}) };
}

/** The same through the service's own consumers, in batches of 1,000 of a topic. @returns how many events that were */
export async function consume(store, referrals) {
  const handlers = new Map(createConsumers(store, new Generations(store)).map((handler) => [handler.topic, handler]));
  const waiting = new Map([...handlers.keys()].map((topic) => [topic, []]));
  let events = 0;
  const handle = async (topic) => {
    const batch = waiting.get(topic) ?? [];
    if (batch.length === 0) return;
    waiting.set(topic, []);
    events += batch.length;
    await handlers.get(topic)?.handle(batch.map(decodeEvent), () => shard);
  };
  for (const referral of referrals) {
    for (const message of messagesOf(referral)) {
      const batch = waiting.get(message.topic) ?? [];
      batch.push(message);
      if (batch.length === 1_000) await handle(message.topic);
    }
  }
  for (const topic of waiting.keys()) await handle(topic);
  return events;
}
