/** Where the real engines are that tests run on. `scripts/test.mjs` finds or starts them and names them here. */
export interface EnginesUnderTest {
  readonly kafkaBrokers: readonly string[];
  readonly mongodbUrl: string;
  readonly redisUrl: string;
}

/** `local`: engines can be started on this machine from Kafka's jars and redis-server, for tests that kill them. */
export type EngineName = 'kafka' | 'mongodb' | 'redis' | 'local';

export const engineVariables: Readonly<Record<EngineName, string>> = {
  kafka: 'TEST_KAFKA_BROKERS',
  mongodb: 'TEST_MONGODB_URL',
  redis: 'TEST_REDIS_URL',
  local: 'TEST_LOCAL_ENGINES',
};

/** A `describe` for tests on real engines. Skipped where one of them is missing; the run says so at its end. */
export function describeOnEngines(
  needed: readonly EngineName[],
  name: string,
  tests: (engines: EnginesUnderTest) => void,
): void {
  const missing = needed.filter((engine) => !process.env[engineVariables[engine]]);
  const engines: EnginesUnderTest = {
    kafkaBrokers: (process.env[engineVariables.kafka] ?? '').split(','),
    mongodbUrl: process.env[engineVariables.mongodb] ?? '',
    redisUrl: process.env[engineVariables.redis] ?? '',
  };
  if (missing.length === 0) describe(name, () => tests(engines));
  else describe.skip(`${name} (needs ${missing.join(', ')})`, () => tests(engines));
}
