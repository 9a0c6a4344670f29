import { describeOnEngines } from '@referral/local-engines';
import { createBehindProxy } from './behind-proxy.ts';
import { describeWalk } from './walk.ts';

describeOnEngines(['kafka', 'mongodb', 'redis'], 'on real engines', ({ kafkaBrokers, mongodbUrl, redisUrl }) => {
  describeWalk('behind the stock proxy', () =>
    createBehindProxy({ KAFKA_BROKERS: kafkaBrokers.join(','), MONGODB_URL: mongodbUrl, REDIS_URL: redisUrl }),
  );
});
