import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { cdnow } from '../cdnow-events.mjs';
import { flowStages, naiveStages, openBroker, partitions } from './broker.mjs';
import { counterAims, perService } from './counters.mjs';
import { openDatabases } from './databases.mjs';
import { services, startPlatform } from './platform.mjs';
import { startProcess, whatIsUsed } from './processes.mjs';
import { aims, report } from './report.mjs';

/** At most; as many as fit into the time. */
const maxRounds = 3;
/** Events of the flow's input in a timed round; counters take all there are, because theirs is a matter of full batches. */
const flowEvents = 3_000;
/** The naive flow is slow and its speed does not change with the length of the run. */
const naiveEvents = 400;

/**
 * The services as four processes on Kafka and MongoDB beside programs without their guarantees, on the same broker and the
 * same server in the same run: the machine is shared, so only ratios say something. Contestants take turns, in a different
 * order each round; a first round is not counted, because what is compared are servers that have been running.
 */
export async function measureKafka({ brokers, mongodbUrl, redisUrl }) {
  const run = `bench-${randomUUID().slice(0, 8)}`;
  const broker = await openBroker(brokers);
  const databases = await openDatabases(mongodbUrl, run);
  const processes = [];
  const engines = { brokers, redisUrl, broker, databases, run, processes };
  try {
    const platform = await createPlatform(engines, 'platform');
    const bareLoop = await createBaseline(engines, 'bare-loop', 'bare-loop.mjs', [['attribution']]);
    const pathContestants = {
      platform,
      bare_hands: await createBaseline(
        engines,
        'bare-hands',
        'bare-hands.mjs',
        services.map((one) => [one]),
      ),
      bare_hands_in_one_process: await createBaseline(engines, 'bare-hands-1', 'bare-hands.mjs', [services]),
      naive: await createBaseline(
        engines,
        'naive',
        'naive.mjs',
        services.map((one) => [one]),
      ),
    };
    // The other three have nothing to do here.
    const attribution = { ...platform, processes: [platform.processes[services.indexOf('attribution')]] };
    const unreferred = await compare(
      'unreferred purchases',
      { platform: attribution, bare_loop: bareLoop },
      { broker, inputOf: unreferredPurchases, budgetSeconds: 50 },
    );
    const flow = await compare('full path', pathContestants, {
      broker,
      inputOf: signupsAndPurchases,
      budgetSeconds: 220,
    });
    await Promise.all(processes.splice(0).map((one) => one.stop()));
    process.stderr.write('counting …\n');
    const counted = await createPlatform(engines, 'counted', { counted: true });
    const counters = {
      full_path: perService(await takeTurn(counted, 'counted', broker, signupsAndPurchases)),
      unreferred_purchases: perService(await takeTurn(counted, 'counted', broker, unreferredPurchases)),
    };
    return {
      mongodb_server: await databases.describe(),
      topic_partitions: partitions,
      ...report({ unreferred, flow }),
      counters,
      aims: { ...aims, counters_per_thousand_events: counterAims },
    };
  } finally {
    await Promise.all(processes.map((one) => one.stop()));
    await broker.close(`${run}.`);
    await databases.drop();
  }
}

async function createPlatform({ run, broker, databases, processes, ...addresses }, name, options = {}) {
  const prefix = `${run}.${name}.`;
  const databaseUrl = databases.create(name);
  const platform = await startPlatform({ ...addresses, databaseUrl, prefix, ...options });
  processes.push(...platform.processes);
  return {
    prefix,
    processes: platform.processes,
    documents: () => databases.count(name),
    async begin(tenantId) {
      const codes = await platform.setUpTenant(tenantId);
      await databases.outboxesEmpty(name);
      await broker.setUpSettled(prefix);
      return codes;
    },
    end: () => databases.outboxesEmpty(name),
  };
}

/** Each list of stages is a process. */
async function createBaseline({ run, broker, brokers, databases, processes }, name, file, processStages) {
  const prefix = `${run}.${name}.`;
  const env = {
    ...process.env,
    KAFKA_BROKERS: brokers,
    MONGODB_URL: databases.create(name),
    TOPIC_PREFIX: prefix,
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
  };
  await broker.createTopics(prefix);
  const path = fileURLToPath(new URL(`./${file}`, import.meta.url));
  const own = processStages.map((stages) => startProcess(path, stages, env));
  processes.push(...own);
  await Promise.all(own.map((one) => one.answered()));
  const askAll = (message) => Promise.all(own.map((one) => one.ask(message)));
  const codes = new Map(cdnow.referrerIds.map((id) => [id, id]));
  return {
    prefix,
    processes: own,
    documents: () => databases.count(name),
    async begin(tenantId) {
      await askAll({ ask: 'begin', tenantId, codes: [...codes].map(([customerId, code]) => [code, customerId]) });
      return codes;
    },
    end: () => askAll({ ask: 'end' }),
  };
}

/** Purchases of customers that never signed up with a code. */
function unreferredPurchases(tenantId) {
  return [cdnow.events(tenantId, (id) => id).filter((event) => !isSignup(event))];
}

/** Signups with codes, and purchases. The naive flow gets them one after the other: it cannot take a purchase before its signup. */
function signupsAndPurchases(tenantId, codes, name) {
  const events = cdnow.events(tenantId, (id) => codes.get(id));
  if (name === 'counted') return [events];
  if (name !== 'naive') return [events.slice(0, flowEvents)];
  const some = events.slice(0, naiveEvents);
  return [some.filter(isSignup), some.filter((event) => !isSignup(event))];
}

function isSignup({ type }) {
  return type === 'customer_signed_up';
}

/** @returns what each contestant's counted rounds were like */
async function compare(what, contestants, { broker, inputOf, budgetSeconds }) {
  const names = Object.keys(contestants);
  const series = Object.fromEntries(names.map((name) => [name, []]));
  const startedAt = performance.now();
  for (let round = 0; round <= maxRounds; round += 1) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      process.stderr.write(`${what}, ${round === 0 ? 'warming up' : `round ${round}`}: ${name} …\n`);
      const turn = await takeTurn(contestants[name], name, broker, inputOf);
      if (round > 0) series[name].push(turn);
    }
    const seconds = (performance.now() - startedAt) / 1e3;
    if (round > 0 && seconds + seconds / (round + 1) > budgetSeconds) break;
  }
  return series;
}

async function takeTurn(contestant, name, broker, inputOf) {
  const { prefix, processes } = contestant;
  const tenantId = `t${randomUUID().slice(0, 8)}`;
  const codes = await contestant.begin(tenantId);
  const inputs = inputOf(tenantId, codes, name);
  const sends = inputs.map((events) => broker.prepareSend(prefix, events));
  const before = { documents: await contestant.documents(), messages: await broker.count(prefix) };
  const used = await whatIsUsed(processes, async () => {
    const startedAt = performance.now();
    let endedAt = startedAt;
    for (const send of sends) {
      await send();
      endedAt = await broker.flowSettled(prefix, name === 'naive' ? naiveStages : flowStages);
    }
    return (endedAt - startedAt) / 1e3;
  });
  await contestant.end();
  const events = inputs.flat();
  return {
    events: events.length,
    seconds: used.result,
    cpuSeconds: used.cpuSeconds,
    activeSeconds: used.activeSeconds,
    counts: used.counts,
    documents: (await contestant.documents()) - before.documents,
    sent: sentSince(before.messages, await broker.count(prefix), events),
  };
}

/** @returns by topic, what was sent beside these events */
function sentSince(before, now, events) {
  const sent = new Map([...now].map(([name, count]) => [name, count - before.get(name)]));
  for (const { type } of events) sent.set(type, sent.get(type) - 1);
  return Object.fromEntries([...sent].filter(([, count]) => count > 0));
}
