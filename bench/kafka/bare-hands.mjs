import { createHash, randomUUID } from 'node:crypto';
import { connection, consume, createPartitioner, takeTurns, topic } from './baseline.mjs';

/**
 * The flow by an expert in a hurry: batches everywhere, the same documents written and the same events sent as the platform
 * does for this input, and none of its guarantees: no contracts, versions, repeats told apart, pins, ledgers that balance or
 * crashes survived. The arguments are the stages that this process has, so that it can be four or one.
 */
const stages = process.argv.slice(2);
const collection = (name) => connection.collection(name);
const keep = Object.fromEntries(
  [
    ...['inputs', 'referees', 'pairs', 'referrers', 'referrals'],
    ...['successes', 'successful-referrals'],
    ...['journal', 'rewards', 'accounts', 'postings', 'discounts', 'spending', 'orders', 'book', 'seals'],
    ...['folds', 'facts'],
  ].map((name) => [name, collection(name)]),
);
const terms = {
  rewards: { referrer: { type: 'points', value: 100 }, referee: { type: 'discount_percent', value: 1_000 } },
  limits: { max_referrals_per_referrer: null, cooldown_seconds: 0, over_limit: 'referee_only' },
  milestones: [{ threshold: 10 }],
};

takeTurns(async (kafka, { tenantId, codes }) => {
  const producer = kafka.producer({ createPartitioner, allowAutoTopicCreation: false });
  await producer.connect();
  const send = (events) => sendAll(producer, events);
  const consumers = await Promise.all(
    Object.entries(stagesWith(send, tenantId, new Map(codes)))
      .filter(([name]) => stages.includes(name))
      .map(([group, handlers]) => consumeBatches(kafka, group, handlers)),
  );
  return () => Promise.all([producer, ...consumers].map((client) => client.disconnect()));
});

function consumeBatches(kafka, group, handlers) {
  const byTopic = new Map(Object.entries(handlers).map(([name, handle]) => [topic(name), handle]));
  return consume(kafka, group, Object.keys(handlers), () => ({
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary }) => {
      const { topic: from, partition, messages } = batch;
      await byTopic.get(from)(
        messages.map(({ value }) => JSON.parse(value)),
        partition,
      );
      const last = messages.at(-1).offset;
      resolveOffset(last);
      const offset = String(BigInt(last) + 1n);
      await commitOffsetsIfNecessary({ topics: [{ topic: from, partitions: [{ partition, offset }] }] });
    },
  }));
}

async function sendAll(producer, events) {
  if (events.length === 0) return;
  const byTopic = groupBy(events, ({ type }) => type);
  await producer.sendBatch({
    acks: -1,
    topicMessages: [...byTopic].map(([type, some]) => ({
      topic: topic(type),
      messages: some.map(({ key, ...event }) => ({
        key,
        value: JSON.stringify(event),
        headers: { 'content-type': 'application/cloudevents+json' },
      })),
    })),
  });
}

function stagesWith(send, tenantId, codes) {
  const idOf = (customerId) => `${tenantId}:${customerId}`;
  const event = (type, source, key, subject, time, data) => ({
    specversion: '1.0',
    id: randomUUID(),
    source,
    type,
    time,
    subject,
    tenantid: tenantId,
    datacontenttype: 'application/json',
    dataschema: `urn:referral:event:${type}:1`,
    data,
    key: idOf(key),
  });

  /** Signups and purchases in any order: facts are added to their referee, and what is new about it is told. */
  const takeFacts = async (events) => {
    const claims = insert(
      keep.inputs,
      events.map(({ id, source, type, data }) => [idOf(id), { source, type, customer_id: data.customer_id }]),
    );
    const referees = await read(keep.referees, new Set(events.map(({ data }) => idOf(data.customer_id))));
    const told = [];
    const pairs = [];
    for (const { id, source, type, data } of events) {
      const key = idOf(data.customer_id);
      const referee = referees.get(key) ?? { _id: key, customer_id: data.customer_id, facts: [] };
      referees.set(key, referee);
      referee.facts.push({ ...data, event_id: id, source, kind: type });
      const referrer = codes.get(data.referral_code);
      if (referrer && !referee.referral) {
        referee.referral = attributed(referee, referrer, data, id);
        told.push(verdictEvent(referee.referral));
        pairs.push([`${key}:${referrer}`, { referrer_id: referrer, referee_id: data.customer_id }]);
      }
    }
    for (const referee of referees.values()) if (referee.referral) told.push(...tellPurchases(referee));
    await Promise.all([claims, insert(keep.pairs, pairs), replaceAll(keep.referees, referees)]);
    await send(told);
  };
  const attributed = ({ customer_id }, referrer, { referral_code, channel, occurred_at }, cause) => ({
    tenant_id: tenantId,
    referral_id: randomUUID(),
    revision: 1,
    status: 'attributed',
    referrer_customer_id: referrer,
    referee_customer_id: customer_id,
    code: referral_code,
    channel,
    program_version: 1,
    attributed_at: occurred_at,
    attributed_revision: 1,
    attributed_cause: cause,
    attributed_decision_id: randomUUID(),
    decision_id: randomUUID(),
    cause,
    terms,
  });
  const verdictEvent = (verdict) =>
    event(
      'referral_verdict',
      '/attribution',
      verdict.referrer_customer_id,
      verdict.referral_id,
      verdict.converted_at ?? verdict.attributed_at,
      verdict,
    );
  const tellPurchases = (referee) => {
    const events = [];
    for (const fact of referee.facts) {
      if (fact.kind !== 'purchase_completed' || fact.told) continue;
      fact.told = true;
      const { referral } = referee;
      const { order_id, amount, currency, occurred_at, event_id } = fact;
      events.push(revenueEvent(referral, fact));
      if (referral.status === 'converted' || amount === 0) continue;
      referee.referral = {
        ...referral,
        revision: 2,
        status: 'converted',
        converted_at: occurred_at,
        qualifying: { type: 'first_purchase', order_id, amount, currency },
        cause: event_id,
        decision_id: randomUUID(),
      };
      events.push(verdictEvent(referee.referral));
    }
    return events;
  };
  const revenueEvent = (referral, { order_id, amount, currency, occurred_at }) => {
    const { referral_id, referrer_customer_id, referee_customer_id, channel } = referral;
    const type = 'referral_revenue_changed';
    return event(type, '/attribution', referrer_customer_id, referral_id, occurred_at, {
      tenant_id: tenantId,
      referral_id,
      revision: 1,
      referrer_customer_id,
      referee_customer_id,
      channel,
      order_id,
      ordered_at: occurred_at,
      currency,
      net_amount: amount,
    });
  };
  const takeVerdicts = async (events) => {
    const referrers = await read(keep.referrers, new Set(events.map(({ data }) => idOf(data.referrer_customer_id))));
    const referrals = new Map();
    const told = [];
    for (const { data, time } of events) {
      const { terms: _, attributed_revision, attributed_cause, attributed_decision_id, ...state } = data;
      const { referral_id, referrer_customer_id, status } = state;
      const isConverted = status === 'converted';
      const key = idOf(referrer_customer_id);
      const referrer = referrers.get(key) ?? { _id: key, customer_id: referrer_customer_id, counted: 0, slots: {} };
      referrers.set(key, referrer);
      if (isConverted) referrer.counted += 1;
      const referrer_ordinal = isConverted ? referrer.counted : null;
      referrals.set(referral_id, { _id: referral_id, verdict: data, status, slot: { ordinal: referrer_ordinal } });
      const type = isConverted ? 'referral_converted' : 'referral_attributed';
      const rewards = isConverted ? { rewards: terms.rewards } : {};
      const lifecycle = { ...state, referrer_ordinal, ...rewards };
      told.push(event(type, '/attribution', referrer_customer_id, referral_id, time, lifecycle));
      if (!isConverted || referrer_ordinal !== 10) continue;
      const milestone = { tenant_id: tenantId, referrer_customer_id, threshold: 10, referrer_ordinal, referral_id };
      const reached = 'referral_milestone_reached';
      told.push(event(reached, '/attribution', referrer_customer_id, referral_id, time, milestone));
    }
    await Promise.all([replaceAll(keep.referrers, referrers), replaceAll(keep.referrals, referrals)]);
    await send(told);
  };

  const countSuccesses = async (events) => {
    const counts = new Map();
    for (const { data } of events) add(counts, idOf(data.referrer_customer_id), 'successful', 1);
    const referrals = events.map(({ data }) => [
      data.referral_id,
      { referrer: data.referrer_customer_id, revision: 2 },
    ]);
    await Promise.all([increaseAll(keep.successes, counts), insert(keep['successful-referrals'], referrals)]);
  };

  const keepJournal = async (events) => {
    const told = [];
    const entries = events.map(({ id, data }) => {
      const { referral_id, referrer_customer_id, referee_customer_id, converted_at, rewards } = data;
      const issued = [
        ['referrer', referrer_customer_id, rewards.referrer],
        ['referee', referee_customer_id, rewards.referee],
      ].map(([side, customer_id, reward]) => ({
        reward_id: randomUUID(),
        referral_id,
        customer_id,
        side,
        kind: 'referral',
        ...reward,
        program_version: 1,
      }));
      const entry_id = randomUUID();
      const postings = postingsOf(issued);
      for (const reward of issued) told.push(...rewardEvents({ ...reward, entry_id, cause: id }, converted_at));
      told.push(
        event('journal_entry_posted', '/reward-issuer', '', entry_id, converted_at, {
          tenant_id: tenantId,
          entry_id,
          kind: 'referral',
          about: referral_id,
          cause: id,
          postings,
          occurred_at: converted_at,
        }),
      );
      return [idOf(referee_customer_id), { entry_id, referral_id, issued, postings, at: converted_at }];
    });
    await Promise.all([insert(keep.journal, entries), keepDiscounts(events, 'granted')]);
    await send(told);
  };
  /** Of the referee, until the referral converts. */
  const promiseDiscounts = async (events) => {
    const known = await read(keep.discounts, new Set(events.map(({ data }) => discountId(data, 'referee'))));
    const promised = events.filter(({ data }) => !known.has(discountId(data, 'referee')));
    await keepDiscounts(promised, 'promised');
    await send(
      promised.map(({ data }) => {
        const { referee_customer_id: customer_id, attributed_at: occurred_at } = data;
        const { type, value } = terms.rewards.referee;
        const discount_id = discountId(data, 'referee');
        const discount = {
          tenant_id: tenantId,
          discount_id,
          customer_id,
          type,
          value,
          status: 'promised',
          revision: 1,
        };
        return event('discount_granted', '/reward-issuer', customer_id, discount_id, occurred_at, {
          ...discount,
          occurred_at,
        });
      }),
    );
  };
  const discountId = ({ referral_id }, side) => `${referral_id}:${side}`;
  /** One for each side of a referral: what it is now. */
  const keepDiscounts = (events, status) =>
    replaceAll(
      keep.discounts,
      new Map(
        events.flatMap(({ data }) =>
          ['referrer', 'referee'].map((side) => {
            const _id = discountId(data, side);
            return [
              _id,
              { _id, tenant_id: tenantId, referral_id: data.referral_id, side, status, revision: data.revision },
            ];
          }),
        ),
      ),
    );
  const keepSpending = async (events) => {
    const spent = new Map();
    for (const { data } of events) add(spent, data.referral_id, data.currency, data.net_amount);
    const orders = events.map(({ data }) => [`${data.referral_id}:${data.order_id}`, data]);
    await Promise.all([increaseAll(keep.spending, spent), insert(keep.orders, orders)]);
  };
  /** A chain of hashes over what was posted. */
  let previousHash = null;
  const seal = async (events) => {
    const entries = events.map(({ data }) => ({
      entry_id: data.entry_id,
      hash: createHash('sha256').update(JSON.stringify(data)).digest('hex'),
    }));
    const hash = createHash('sha256')
      .update(JSON.stringify([previousHash, entries]))
      .digest('hex');
    await insert(keep.seals, [[hash, { tenant_id: tenantId, previous_hash: previousHash, entries }]]);
    previousHash = hash;
    await insert(
      keep.book,
      events.map(({ data }) => [data.entry_id, data]),
    );
  };
  const postingsOf = (issued) =>
    issued.flatMap(({ customer_id, type, value }) => {
      const [unit, amount] = type === 'points' ? ['points', value] : ['discount', 1];
      return [
        { posting_id: randomUUID(), account: 'program', unit, amount: -amount },
        { posting_id: randomUUID(), account: `customer:${customer_id}`, unit, amount },
      ];
    });
  const rewardEvents = (reward, occurred_at) => {
    const { reward_id, entry_id, customer_id, type, value } = reward;
    const about = (name, subject, data) =>
      event(name, '/reward-issuer', customer_id, subject, occurred_at, { tenant_id: tenantId, ...data, occurred_at });
    const posting_id = randomUUID();
    const discount_id = randomUUID();
    return [
      about('reward_issued', reward_id, { ...reward, revision: 2 }),
      type === 'points'
        ? about('loyalty_points_posted', posting_id, { posting_id, entry_id, customer_id, points: value })
        : about('discount_granted', discount_id, {
            discount_id,
            customer_id,
            type,
            value,
            status: 'granted',
            revision: 1,
          }),
    ];
  };
  const addPoints = async (events) => {
    const sums = new Map();
    for (const { data } of events) add(sums, idOf(data.customer_id), 'points', data.points);
    await Promise.all([
      increaseAll(keep.accounts, sums),
      insert(
        keep.postings,
        events.map(({ data }) => [data.posting_id, data]),
      ),
    ]);
  };

  /** Each fact is kept, and counted for ever, by year, month, day, hour and for its referrer, also by month and day. */
  const count = async (events, partition, { id, at, counters, ofReferrer }) => {
    const sums = new Map();
    for (const { data } of events) {
      const moment = at(data);
      const [year, month, day, hour] = [4, 7, 10, 13].map((length) => moment.slice(0, length));
      const quarter = Math.floor(Number(moment.slice(14, 16)) / 15);
      for (const [name, by] of Object.entries(counters(data))) {
        add(sums, idOf(`total:${partition}`), `${year}_${name}`, by);
        add(sums, idOf(`year:${partition}:${year}`), `${month.slice(5)}_${name}`, by);
        add(sums, idOf(`month:${partition}:${month}`), `${day.slice(8)}_${name}`, by);
        add(sums, idOf(`day:${partition}:${day}`), `${hour.slice(11)}_${name}`, by);
        add(sums, idOf(`hour:${partition}:${hour}`), `${quarter}_${name}`, by);
      }
      for (const [name, by] of Object.entries(ofReferrer?.(data) ?? {})) {
        const referrer = data.referrer_customer_id;
        const slots = [
          [`referrer:${referrer}`, month],
          [`referrer-month:${month}:${referrer}`, day.slice(8)],
          [`referrer-day:${day}:${referrer}`, `${hour.slice(11)}:${quarter}`],
        ];
        for (const [fold, slot] of slots) {
          add(sums, idOf(fold), name, by);
          add(sums, idOf(fold), `${slot}_${name}`, by);
        }
      }
    }
    const facts = new Map(events.map(({ data }) => [id(data), { _id: id(data), counted: counters(data), ...data }]));
    await Promise.all([increaseAll(keep.folds, sums), replaceAll(keep.facts, facts)]);
  };
  const countLifecycle = (counters, ofReferrer) => (events, partition) =>
    count(events, partition, {
      id: (data) => data.referral_id,
      at: (data) => data.attributed_at,
      counters,
      ofReferrer,
    });

  const countConversions = countLifecycle(
    ({ channel }) => ({ [`${channel}_pending`]: -1, [`${channel}_converted`]: 1 }),
    () => ({ converted: 1 }),
  );
  /** How many referrers have so many conversions. */
  const countStandings = async (events, partition) => {
    const ids = new Set(events.map(({ data }) => idOf(`referrer:${data.referrer_customer_id}`)));
    const referrers = await read(keep.folds, ids);
    const standings = new Map();
    const ranks = new Map();
    for (const [id, { converted }] of referrers) {
      standings.set(`standing:${id}`, { _id: `standing:${id}`, converted });
      for (const digits of [converted, Math.floor(converted / 100)])
        add(ranks, idOf(`rank:${partition}:${digits}`), 'n', 1);
    }
    await Promise.all([replaceAll(keep.facts, standings), increaseAll(keep.folds, ranks)]);
  };

  return {
    attribution: { customer_signed_up: takeFacts, purchase_completed: takeFacts, referral_verdict: takeVerdicts },
    'referral-code': { referral_converted: countSuccesses },
    'reward-issuer': {
      referral_converted: keepJournal,
      referral_attributed: promiseDiscounts,
      referral_revenue_changed: keepSpending,
      journal_entry_posted: seal,
      loyalty_points_posted: addPoints,
      reward_issued: (events) =>
        insert(
          keep.rewards,
          events.map(({ data }) => [data.reward_id, data]),
        ),
    },
    analytics: {
      referral_attributed: countLifecycle(({ channel }) => ({ [`${channel}_pending`]: 1 })),
      referral_converted: async (events, partition) => {
        await countConversions(events, partition);
        await countStandings(events, partition);
      },
      referral_revenue_changed: (events, partition) =>
        count(events, partition, {
          id: ({ referee_customer_id, order_id }) => idOf(`${referee_customer_id}:${order_id}`),
          at: ({ ordered_at }) => ordered_at,
          counters: ({ currency, net_amount }) => ({ [`${currency}_revenue`]: net_amount }),
          ofReferrer: ({ currency, net_amount }) => ({ [`${currency}_revenue`]: net_amount }),
        }),
      reward_issued: (events, partition) =>
        count(events, partition, {
          id: ({ reward_id }) => reward_id,
          at: ({ occurred_at }) => occurred_at,
          counters: () => ({ rewards_issued: 1 }),
        }),
    },
  };
}

async function read(documents, ids) {
  const found = await documents.find({ _id: { $in: [...ids] } }).toArray();
  return new Map(found.map((document) => [document._id, document]));
}

async function insert(documents, entries) {
  if (entries.length === 0) return;
  await documents.insertMany(entries.map(([_id, body]) => ({ _id, ...body })));
}

async function replaceAll(documents, byId) {
  if (byId.size === 0) return;
  await documents.bulkWrite(
    [...byId].map(([_id, replacement]) => ({ replaceOne: { filter: { _id }, replacement, upsert: true } })),
    { ordered: false },
  );
}

async function increaseAll(documents, byId) {
  await documents.bulkWrite(
    [...byId].map(([_id, counters]) => ({ updateOne: { filter: { _id }, update: { $inc: counters }, upsert: true } })),
    { ordered: false },
  );
}

function add(byId, id, name, by) {
  const counters = byId.get(id) ?? {};
  byId.set(id, counters);
  counters[name] = (counters[name] ?? 0) + by;
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
