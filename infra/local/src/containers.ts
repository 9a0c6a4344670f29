import { works } from './java.ts';

/** An engine in a container, and how to end it. */
export interface Container {
  readonly address: string;
  stop(): Promise<void>;
}

export function hasDocker(): boolean {
  return works('docker', 'info');
}

/** Apache Kafka 4.1. */
export async function startKafkaContainer(): Promise<Container> {
  const { KafkaContainer } = await import('@testcontainers/kafka');
  const started = await new KafkaContainer('confluentinc/cp-kafka:8.1.0').withKraft().start();
  const address = `${started.getHost()}:${started.getMappedPort(9093)}`;
  return { address, stop: async () => void (await started.stop()) };
}

export async function startMongodbContainer(): Promise<Container> {
  const { MongoDBContainer } = await import('@testcontainers/mongodb');
  const started = await new MongoDBContainer('mongo:8.0').start();
  return { address: started.getConnectionString(), stop: async () => void (await started.stop()) };
}

export async function startRedisContainer(): Promise<Container> {
  const { RedisContainer } = await import('@testcontainers/redis');
  const started = await new RedisContainer('redis:8.2').start();
  return { address: started.getConnectionUrl(), stop: async () => void (await started.stop()) };
}
