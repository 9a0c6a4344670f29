/**
 * Loaded before a measured program: answers its parent what the process has used so far. With `BENCH_COUNT` it also counts
 * what the program asks of its engines, by wrapping the clients' own entry points; that costs something, so that counted
 * runs are not timed.
 */
const counts = { messages: 0, batches: 0, jsonParses: 0, kafka: {}, mongodb: {}, redis: 0 };

process.on('message', ({ ask }) => {
  if (ask !== 'usage') return;
  const { user, system } = process.cpuUsage();
  const { active } = performance.eventLoopUtilization();
  process.send({ answer: { cpuSeconds: (user + system) / 1e6, activeSeconds: active / 1e3, counts } });
});
process.on('disconnect', () => process.exit());

if (process.env.BENCH_COUNT) {
  countJsonParses();
  await countKafka();
  await countMongodb();
  if (process.env.REDIS_URL) await countRedis();
}

function countJsonParses() {
  const parse = JSON.parse;
  JSON.parse = (...args) => {
    counts.jsonParses += 1;
    return parse(...args);
  };
}

async function countKafka() {
  const { Kafka } = await import('kafkajs');
  for (const kind of ['producer', 'consumer', 'admin']) {
    const create = Kafka.prototype[kind];
    Kafka.prototype[kind] = function (...args) {
      const client = create.apply(this, args);
      client.on(client.events.REQUEST, ({ payload: { apiName } }) => increase(counts.kafka, apiName));
      if (kind !== 'consumer') return client;
      client.on(client.events.END_BATCH_PROCESS, ({ payload: { batchSize } }) => {
        counts.messages += batchSize;
        counts.batches += 1;
      });
      return client;
    };
  }
}

async function countMongodb() {
  const { default: mongoose } = await import('mongoose');
  const create = mongoose.createConnection;
  mongoose.createConnection = (url, options) => {
    const connection = create.call(mongoose, url, { ...options, monitorCommands: true });
    connection.getClient().on('commandStarted', ({ commandName }) => increase(counts.mongodb, commandName));
    return connection;
  };
}

async function countRedis() {
  const { Redis } = await import('ioredis');
  const sendCommand = Redis.prototype.sendCommand;
  Redis.prototype.sendCommand = function (...args) {
    counts.redis += 1;
    return sendCommand.apply(this, args);
  };
}

function increase(totals, name) {
  totals[name] = (totals[name] ?? 0) + 1;
}
