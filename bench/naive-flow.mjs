/**
 * The same flow as a tutorial would write it, on the same engines: it answers the same questions (what became of an event,
 * who referred whom, rewards, balances, discounts, counts, totals, days, leaderboard), but takes one event at a time, each
 * with its own reads, writes and sends, and guards against no repeat. The platform's speed is compared with it.
 */
const names = [
  'inputs',
  'referees',
  'referrals',
  'referrers',
  'counts',
  'journal',
  'rewards',
  'accounts',
  'discounts',
  'totals',
  'days',
  'leaders',
];
const kept = Object.fromEntries(names.map((name) => [name, { name: `naive.${name}`, indexes: [] }]));

export async function startNaiveFlow({ bus, store, codes }) {
  await store.prepare(Object.values(kept));
  const send = (topic, data) =>
    bus.publish([{ topic, key: data.customer_id, value: Buffer.from(JSON.stringify(data)), headers: {} }]);
  const consume = (group, handlers) =>
    bus.consume({
      group: `naive-${group}`,
      topics: Object.keys(handlers),
      maxBatchSize: 1,
      handleBatch: async ({ topic, messages: [message] }) =>
        handlers[topic](JSON.parse(Buffer.from(message.value).toString())),
    });
  const read = async (where, id) => (await store.get(where, id))?.body;
  const write = async (where, id, change) => {
    const document = await store.get(where, id);
    const body = change(document?.body ?? {});
    await store.commit([{ collection: where, id, expectedVersion: document?.version ?? 0, body }]);
    return body;
  };
  const increase = (where, id, name, by = 1) =>
    write(where, id, (body) => ({ ...body, [name]: (body[name] ?? 0) + by }));

  const attribution = await consume('attribution', {
    naive_signup: async ({ id, data }) => {
      const { customer_id, referral_code, channel, occurred_at } = data;
      const referrer = codes.get(referral_code);
      await write(kept.referees, customer_id, () => ({ customer_id, referrer, channel, occurred_at }));
      await write(kept.inputs, id, () => ({ customer_id, status: referrer ? 'effect' : 'ignored' }));
      if (!referrer) return;
      await write(kept.referrals, customer_id, () => ({ referrer, status: 'attributed', channel, occurred_at }));
      await send('naive_attributed', { customer_id, referrer, channel, occurred_at });
    },
    naive_purchase: async ({ id, data }) => {
      const { customer_id, order_id, amount, occurred_at } = data;
      const { referrer, channel } = (await read(kept.referees, customer_id)) ?? {};
      await write(kept.inputs, id, () => ({ customer_id, status: referrer ? 'effect' : 'ignored' }));
      if (!referrer) return;
      await send('naive_revenue', { customer_id, referrer, channel, order_id, amount, occurred_at });
      const { status } = (await read(kept.referrals, customer_id)) ?? {};
      if (status === 'converted' || amount === 0) return;
      const { converted: ordinal } = await increase(kept.referrers, referrer, 'converted');
      await write(kept.referrals, customer_id, (body) => ({ ...body, status: 'converted', ordinal }));
      await send('naive_converted', { customer_id, referrer, channel, ordinal, occurred_at });
    },
  });
  const referralCode = await consume('referral-code', {
    naive_converted: async ({ referrer }) => {
      await increase(kept.counts, referrer, 'successful');
    },
  });
  const rewardIssuer = await consume('reward-issuer', {
    naive_converted: async ({ customer_id, referrer, occurred_at }) => {
      await write(kept.journal, customer_id, () => ({ referrer: 100, referee: 1_000, occurred_at }));
      for (const [side, owner] of [
        ['referrer', referrer],
        ['referee', customer_id],
      ]) {
        await write(kept.rewards, `${customer_id}:${side}`, () => ({ owner, side, occurred_at }));
        await send('naive_reward', { customer_id: owner, side, occurred_at });
      }
      await send('naive_points', { customer_id: referrer, points: 100 });
      await send('naive_discount', { customer_id, value: 1_000 });
    },
    naive_points: async ({ customer_id, points }) => {
      await increase(kept.accounts, customer_id, 'points', points);
    },
    naive_discount: async ({ customer_id, value }) => {
      await write(kept.discounts, customer_id, () => ({ value, status: 'granted' }));
    },
  });
  const count = async (name, { referrer, channel, occurred_at }, by = 1) => {
    await increase(kept.totals, channel ?? 'all', name, by);
    await increase(kept.days, occurred_at.slice(0, 10), name, by);
    if (referrer) await increase(kept.leaders, referrer, name, by);
  };
  const analytics = await consume('analytics', {
    naive_attributed: (data) => count('referrals', data),
    naive_converted: (data) => count('converted', data),
    naive_revenue: (data) => count('revenue', data, data.amount),
    naive_reward: (data) => count('rewards', data),
  });
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
    settled: async () => {
      const groups = ['attribution', 'referral-code', 'reward-issuer', 'analytics'].map((name) => `naive-${name}`);
      await bus.caughtUp(groups);
    },
    stop: () =>
      Promise.all([attribution, referralCode, rewardIssuer, analytics].map((subscription) => subscription.stop())),
  };
}
