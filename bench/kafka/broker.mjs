import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { topics } from '../../packages/contracts/dist/index.js';
import { inBatches } from '../cdnow-events.mjs';

/** As many as the services give their topics. */
export const partitions = Number(process.env.TOPIC_PARTITIONS ?? 6);
const pollMs = 100;
const sendSize = 2_000;

/** What each stage of the flow takes: of the platform, and of those that do the same. */
export const flowStages = {
  attribution: ['customer_signed_up', 'purchase_completed', 'referral_verdict'],
  'referral-code': ['referral_converted'],
  'reward-issuer': [
    ...['referral_attributed', 'referral_converted', 'referral_revenue_changed'],
    ...['loyalty_points_posted', 'reward_issued', 'journal_entry_posted'],
  ],
  analytics: ['referral_attributed', 'referral_converted', 'referral_revenue_changed', 'reward_issued'],
};
/** The tutorial's has no ledger that is sealed, and keeps discounts by their event. */
export const naiveStages = {
  ...flowStages,
  'reward-issuer': ['referral_converted', 'loyalty_points_posted', 'discount_granted', 'reward_issued'],
};
/** What a tenant's set-up goes through. */
const stagesOfSetUp = {
  attribution: ['tenant_updated', 'program_updated', 'referral_code_created'],
  analytics: ['tenant_updated'],
};

/** The measuring side of the broker: what is put in, and when everything has come through. */
export async function openBroker(brokers) {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);

  const endsOf = async (names) => {
    const ends = new Map();
    for (const name of names) {
      for (const { partition, high } of await admin.fetchTopicOffsets(name)) ends.set(`${name}/${partition}`, high);
    }
    return ends;
  };
  /** How many messages the stages have before them, and everything that this was computed from. */
  const standing = async (prefix, some) => {
    const committed = new Map();
    for (const [group, names] of Object.entries(some)) {
      const groupTopics = names.map((name) => `${prefix}${name}`);
      for (const { topic, partitions: each } of await admin.fetchOffsets({
        groupId: `${prefix}${group}`,
        topics: groupTopics,
      })) {
        for (const { partition, offset } of each) committed.set(`${group} ${topic}/${partition}`, Number(offset));
      }
    }
    const ends = await endsOf(new Set(Object.values(some).flatMap((names) => names.map((name) => `${prefix}${name}`))));
    let behind = 0;
    for (const [key, offset] of committed) behind += Number(ends.get(key.split(' ')[1])) - Math.max(0, offset);
    return { behind, seen: JSON.stringify([...committed, ...ends]) };
  };
  /** Resolves when nothing is before the stages, twice in a row. @returns when that was first so */
  const settled = async (prefix, some) => {
    for (let before, since; ; ) {
      const { behind, seen } = await standing(prefix, some);
      if (behind === 0 && seen === before) return since;
      if (behind === 0 && before === undefined) since = performance.now();
      before = behind === 0 ? seen : undefined;
      if (behind > 0) await pause(pollMs);
    }
  };

  return {
    async createTopics(prefix) {
      const names = topics.map(({ name }) => `${prefix}${name}`);
      await admin.createTopics({
        waitForLeaders: false,
        topics: names.map((topic) => ({ topic, numPartitions: partitions })),
      });
      // kafkajs's own wait for leaders gives up when the broker has not heard of the topics yet.
      for (;;) {
        try {
          await endsOf(names);
          return;
        } catch (error) {
          if (!error.retriable) throw error;
          await pause(pollMs);
        }
      }
    },
    /** A customer's events stay in one partition. @returns what sends them */
    prepareSend(prefix, events) {
      const messages = events.map((event) => ({
        topic: `${prefix}${event.type}`,
        key: event.data.customer_id,
        value: JSON.stringify(event),
        partition: partitionOf(event.data.customer_id),
      }));
      return async () => {
        for (const some of inBatches(messages, sendSize)) {
          const names = [...new Set(some.map(({ topic }) => topic))];
          await producer.sendBatch({
            acks: -1,
            topicMessages: names.map((topic) => ({ topic, messages: some.filter((one) => one.topic === topic) })),
          });
        }
      };
    },
    flowSettled: settled,
    setUpSettled: (prefix) => settled(prefix, stagesOfSetUp),
    /** How many messages each of a contestant's topics holds. */
    async count(prefix) {
      const counts = new Map(topics.map(({ name }) => [name, 0]));
      for (const [key, high] of await endsOf(topics.map(({ name }) => `${prefix}${name}`))) {
        const name = key.slice(prefix.length, key.lastIndexOf('/'));
        counts.set(name, counts.get(name) + Number(high));
      }
      return counts;
    },
    /** Leaves nothing behind of what begins with this; ends the connections. */
    async close(prefix) {
      const isOurs = (name) => name.startsWith(prefix);
      const { groups } = await admin.listGroups();
      const ours = groups.map(({ groupId }) => groupId).filter(isOurs);
      if (ours.length > 0) await admin.deleteGroups(ours).catch(() => undefined);
      const names = (await admin.listTopics()).filter(isOurs);
      if (names.length > 0) await admin.deleteTopics({ topics: names });
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
  };
}

function partitionOf(key) {
  let hash = 0;
  for (let at = 0; at < key.length; at += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) >>> 0;
  return hash % partitions;
}
