import { Kafka, logLevel } from 'kafkajs';
import mongoose from 'mongoose';

/**
 * What the baseline programs share: they connect when their turn begins and disconnect when it ends, because an idle client
 * of kafkajs wakes up a thousand times a second and would slow down whoever is measured next.
 */
const { KAFKA_BROKERS: brokers, MONGODB_URL: mongodbUrl, TOPIC_PREFIX: prefix } = process.env;

export const topic = (name) => `${prefix}${name}`;

/** As durable as the platform's: acknowledged by a majority, from the journal. */
export const connection = await mongoose
  .createConnection(mongodbUrl, { writeConcern: { w: 'majority', journal: true } })
  .asPromise();

/** @param begin connects what the turn needs, and returns what ends it */
export function takeTurns(begin) {
  let end = async () => {};
  process.on('message', async ({ ask, ...details }) => {
    if (ask === 'begin') {
      const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
      end = await begin(kafka, details);
      process.send({ answer: 'ready' });
    } else if (ask === 'end') {
      await end();
      process.send({ answer: 'ended' });
    }
  });
  process.send({ answer: 'started' });
}

/** Resolves when the consumer has its share of the topics. */
export async function consume(kafka, group, topics, run) {
  const consumer = kafka.consumer({ groupId: `${prefix}${group}`, maxWaitTimeInMs: 500 });
  await consumer.connect();
  await consumer.subscribe({ topics: topics.map(topic), fromBeginning: true });
  const joined = new Promise((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, resolve);
  });
  await consumer.run({ ...run(consumer), autoCommit: false });
  await joined;
  return consumer;
}

/** Key to partition without the big integers of kafkajs's own, which would cost more than all the rest of a send. */
export function createPartitioner() {
  return ({ partitionMetadata, message: { key } }) => {
    let hash = 0;
    for (let at = 0; at < key.length; at += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) >>> 0;
    return hash % partitionMetadata.length;
  };
}
