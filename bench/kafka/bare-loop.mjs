import { connection, consume, takeTurns } from './baseline.mjs';

/** The least that can be done: a batch of purchases becomes one insert and one commit. */
const purchases = connection.collection('purchases');

takeTurns(async (kafka) => {
  const consumer = await consume(kafka, 'attribution', ['purchase_completed'], () => ({
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch: { topic, partition, messages }, resolveOffset, commitOffsetsIfNecessary }) => {
      await purchases.insertMany(messages.map(({ value }) => documentOf(JSON.parse(value))));
      const last = messages.at(-1).offset;
      resolveOffset(last);
      const offset = String(BigInt(last) + 1n);
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
    },
  }));
  return () => consumer.disconnect();
});

function documentOf({ id, source, data }) {
  return { _id: `${data.tenant_id}:${id}`, source, ...data };
}
