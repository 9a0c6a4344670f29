import mongoose from 'mongoose';
import { connection, consume, takeTurns, topic } from './baseline.mjs';

/**
 * The flow as a tutorial would write it: one message at a time, a mongoose call for each step, a send for each event, a
 * commit for each message, all of them awaited. It guards against no repeat. The arguments are the stages of this process.
 */
const stages = process.argv.slice(2);
const { Mixed } = mongoose.Schema.Types;

const model = (name, members) => connection.model(name, new mongoose.Schema({ _id: String, ...members }));
const Input = model('Input', { customer_id: String, status: String });
const Referee = model('Referee', { customer_id: String, referrer: String, channel: String, occurred_at: Date });
const Referral = model('Referral', { referrer: String, status: String, channel: String, ordinal: Number });
const Referrer = model('Referrer', { converted: Number });
const Success = model('Success', { successful: Number });
const Journal = model('Journal', { referrer: Number, referee: Number, occurred_at: Date });
const Reward = model('Reward', { owner: String, side: String, occurred_at: Date });
const Account = model('Account', { points: Number });
const Discount = model('Discount', { value: Number, status: String });
const Total = model('Total', { counters: Mixed });
const Day = model('Day', { counters: Mixed });
const Leader = model('Leader', { counters: Mixed });

takeTurns(async (kafka, { tenantId, codes }) => {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const send = (type, data) =>
    producer.send({ topic: topic(type), messages: [{ key: data.customer_id, value: JSON.stringify(data) }] });
  const consumers = await Promise.all(
    Object.entries(stagesWith(send, tenantId, new Map(codes)))
      .filter(([name]) => stages.includes(name))
      .map(([group, handlers]) => consumeOneByOne(kafka, group, handlers)),
  );
  return () => Promise.all([producer, ...consumers].map((client) => client.disconnect()));
});

function consumeOneByOne(kafka, group, handlers) {
  const byTopic = new Map(Object.entries(handlers).map(([name, handle]) => [topic(name), handle]));
  return consume(kafka, group, Object.keys(handlers), (consumer) => ({
    eachMessage: async ({ topic: from, partition, message: { value, offset } }) => {
      await byTopic.get(from)(JSON.parse(value));
      await consumer.commitOffsets([{ topic: from, partition, offset: String(BigInt(offset) + 1n) }]);
    },
  }));
}

function stagesWith(send, tenantId, codes) {
  const idOf = (name) => `${tenantId}:${name}`;
  const upsert = { upsert: true, returnDocument: 'after' };
  const count = async (name, { referrer, channel, occurred_at }, by = 1) => {
    const update = { $inc: { [`counters.${name}`]: by } };
    await Total.findOneAndUpdate({ _id: idOf(channel ?? 'all') }, update, upsert);
    await Day.findOneAndUpdate({ _id: idOf(occurred_at.slice(0, 10)) }, update, upsert);
    if (referrer) await Leader.findOneAndUpdate({ _id: idOf(referrer) }, update, upsert);
  };
  return {
    attribution: {
      customer_signed_up: async ({ id, data }) => {
        const { customer_id, referral_code, channel, occurred_at } = data;
        const referrer = codes.get(referral_code);
        await Referee.create({ _id: idOf(customer_id), customer_id, referrer, channel, occurred_at });
        await Input.create({ _id: idOf(id), customer_id, status: referrer ? 'effect' : 'ignored' });
        if (!referrer) return;
        await Referral.create({ _id: idOf(customer_id), referrer, status: 'attributed', channel });
        await send('referral_attributed', { customer_id, referrer, channel, occurred_at });
      },
      purchase_completed: async ({ id, data }) => {
        const { customer_id, order_id, amount, occurred_at } = data;
        const { referrer, channel } = (await Referee.findById(idOf(customer_id))) ?? {};
        await Input.create({ _id: idOf(id), customer_id, status: referrer ? 'effect' : 'ignored' });
        if (!referrer) return;
        await send('referral_revenue_changed', { customer_id, referrer, channel, order_id, amount, occurred_at });
        const { status } = await Referral.findById(idOf(customer_id));
        if (status === 'converted' || amount === 0) return;
        const { converted: ordinal } = await Referrer.findOneAndUpdate(
          { _id: idOf(referrer) },
          { $inc: { converted: 1 } },
          upsert,
        );
        await Referral.findOneAndUpdate({ _id: idOf(customer_id) }, { status: 'converted', ordinal });
        await send('referral_converted', { customer_id, referrer, channel, ordinal, occurred_at });
      },
    },
    'referral-code': {
      referral_converted: ({ referrer }) =>
        Success.findOneAndUpdate({ _id: idOf(referrer) }, { $inc: { successful: 1 } }, upsert),
    },
    'reward-issuer': {
      referral_converted: async ({ customer_id, referrer, occurred_at }) => {
        await Journal.create({ _id: idOf(customer_id), referrer: 100, referee: 1_000, occurred_at });
        for (const [side, owner] of [
          ['referrer', referrer],
          ['referee', customer_id],
        ]) {
          await send('reward_issued', { reward_id: `${customer_id}:${side}`, customer_id: owner, side, occurred_at });
        }
        await send('loyalty_points_posted', { customer_id: referrer, points: 100 });
        await send('discount_granted', { customer_id, value: 1_000 });
      },
      reward_issued: ({ reward_id, customer_id: owner, side, occurred_at }) =>
        Reward.create({ _id: idOf(reward_id), owner, side, occurred_at }),
      loyalty_points_posted: ({ customer_id, points }) =>
        Account.findOneAndUpdate({ _id: idOf(customer_id) }, { $inc: { points } }, upsert),
      discount_granted: ({ customer_id, value }) =>
        Discount.create({ _id: idOf(customer_id), value, status: 'granted' }),
    },
    analytics: {
      referral_attributed: (data) => count('referrals', data),
      referral_converted: (data) => count('converted', data),
      referral_revenue_changed: (data) => count('revenue', data, data.amount),
      reward_issued: (data) => count('rewards', data),
    },
  };
}
