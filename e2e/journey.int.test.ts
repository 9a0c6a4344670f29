import { describeOnEngines } from '@referral/local-engines';
import { createDistributed } from './distributed-platform.ts';
import { describeJourney } from './journey.ts';
import { createStandalone } from './standalone-platform.ts';

describeOnEngines(['kafka', 'mongodb', 'redis'], 'on real engines', ({ kafkaBrokers, mongodbUrl, redisUrl }) => {
  const engines = { KAFKA_BROKERS: kafkaBrokers.join(','), MONGODB_URL: mongodbUrl, REDIS_URL: redisUrl };

  describeJourney('four processes', () => createDistributed(engines));

  // A replica of every service: the work is shared, and nothing has a double effect.
  describeJourney('two processes of each service', () => {
    return createDistributed(engines, {
      replicas: { 'referral-code': 2, attribution: 2, 'reward-issuer': 2, analytics: 2 },
    });
  });

  describeJourney('everything in one process, documents embedded, on the topics of a Kafka', () => {
    const { KAFKA_BROKERS } = engines;
    return createStandalone({ KAFKA_BROKERS, TOPIC_PREFIX: `e2e-${process.pid}-${Date.now()}.` });
  });
});
