/**
 * The same flow as a tutorial would write it, on the same engines: one event at a time, each with its own read, write and
 * send, counters read and written back, no guard against repeats. It is what the platform's speed is compared with.
 */
const collection = (name) => ({ name: `naive.${name}`, indexes: [] });
const referees = collection('referees');
const rewards = collection('rewards');
const totals = collection('totals');

export async function startNaiveFlow({ bus, store, codes }) {
  await store.prepare([referees, rewards, totals]);
  const send = (topic, data) =>
    bus.publish([{ topic, key: data.customer_id, value: Buffer.from(JSON.stringify(data)), headers: {} }]);
  const one = (group, topics, handle) =>
    bus.consume({
      group: `naive-${group}`,
      topics,
      maxBatchSize: 1,
      handleBatch: async ({ topic, messages: [message] }) =>
        handle(topic, JSON.parse(Buffer.from(message.value).toString())),
    });
  const write = async (where, id, change) => {
    const document = await store.get(where, id);
    const body = change(document?.body);
    await store.commit([{ collection: where, id, expectedVersion: document?.version ?? 0, body }]);
    return body;
  };

  const attribution = await one('attribution', ['naive_signup', 'naive_purchase'], async (topic, { data }) => {
    const before = (await store.get(referees, data.customer_id))?.body;
    const referrer = codes.get(data.referral_code) ?? before?.referrer;
    const converts = topic === 'naive_purchase' && data.amount > 0 && referrer && !before?.converted;
    const referee = await write(referees, data.customer_id, (body) => ({
      ...body,
      ...(referrer ? { referrer } : {}),
      spent: (body?.spent ?? 0) + (data.amount ?? 0),
      converted: body?.converted || Boolean(converts),
    }));
    if (!before && referee.referrer) await send('naive_attributed', { customer_id: data.customer_id, referrer });
    if (converts) await send('naive_converted', { customer_id: data.customer_id, referrer });
    if (referee.referrer && data.amount)
      await send('naive_revenue', { customer_id: data.customer_id, referrer, amount: data.amount });
  });
  const issuer = await one('reward-issuer', ['naive_converted'], async (_topic, { customer_id, referrer }) => {
    for (const [side, owner] of [
      ['referrer', referrer],
      ['referee', customer_id],
    ]) {
      await write(rewards, `${customer_id}:${side}`, () => ({ owner, side }));
      await send('naive_reward', { customer_id: owner, side });
    }
  });
  const analytics = await one(
    'analytics',
    ['naive_attributed', 'naive_converted', 'naive_revenue', 'naive_reward'],
    async (topic, data) => {
      await write(totals, 'all', (body) => ({ ...body, [topic]: (body?.[topic] ?? 0) + (data.amount ?? 1) }));
    },
  );
  return {
    publish: (events) =>
      bus.publish(
        events.map((event) => ({
          topic: event.type === 'customer_signed_up' ? 'naive_signup' : 'naive_purchase',
          key: event.data.customer_id,
          value: Buffer.from(JSON.stringify(event)),
          headers: {},
        })),
      ),
    settled: () => bus.caughtUp(['naive-attribution', 'naive-reward-issuer', 'naive-analytics']),
    stop: () => Promise.all([attribution, issuer, analytics].map((subscription) => subscription.stop())),
  };
}
