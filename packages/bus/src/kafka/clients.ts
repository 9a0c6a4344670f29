import {
  type Admin,
  type Consumer,
  Kafka,
  type KafkaConfig,
  type LogEntry,
  logLevel,
  type Producer,
  type SASLOptions,
} from 'kafkajs';
import { guardKafkajs } from './kafkajs-guards.ts';
import type { KafkaBusOptions, KafkaTiming, LogLevel } from './options.ts';
import { createPartitioner } from './partitioner.ts';

/** Makes clients that are not connected yet. */
export interface Clients {
  admin(): Admin;
  producer(): Producer;
  consumer(groupId: string): Consumer;
}

/** What kafkajs repeats on its own: little, because every caller here repeats, with a bound that it knows. */
const retry = { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 };

/** So that partitions which are added are consumed soon. */
const metadataMaxAgeMs = 30_000;
const connectionTimeoutMs = 5_000;
const maxFetchBytes = 10 * 1024 * 1024;
const maxFetchBytesPerPartition = 1024 * 1024;

export function createClients(options: KafkaBusOptions, timing: KafkaTiming): Clients {
  guardKafkajs();
  const config = toConfig(options, timing);
  const onRequest = options.onRequest ?? (() => {});
  // Each client has a Kafka of its own: consumers that share one share a cache of offsets, and break each other's.
  return {
    admin() {
      const admin = new Kafka(config).admin();
      admin.on(admin.events.REQUEST, ({ payload }) => onRequest(payload.apiName));
      return admin;
    },
    producer() {
      const producer = new Kafka({ ...config, requestTimeout: timing.sendTimeoutMs }).producer({
        createPartitioner,
        // An idempotent producer of kafkajs loses messages when the reply to one of several sends is lost.
        idempotent: false,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        // Within one send kafkajs forgets messages whose partition moves to a broker that has already answered.
        retry: { retries: 0 },
      });
      producer.on(producer.events.REQUEST, ({ payload }) => onRequest(payload.apiName));
      return producer;
    },
    consumer(groupId) {
      const consumer = new Kafka(config).consumer({
        groupId,
        sessionTimeout: timing.sessionTimeoutMs,
        rebalanceTimeout: timing.rebalanceTimeoutMs,
        heartbeatInterval: timing.heartbeatIntervalMs,
        metadataMaxAge: metadataMaxAgeMs,
        maxWaitTimeInMs: timing.maxWaitMs,
        minBytes: 1,
        maxBytes: maxFetchBytes,
        maxBytesPerPartition: maxFetchBytesPerPartition,
        allowAutoTopicCreation: false,
        // Whoever runs the consumer restarts it, with a fresh one.
        retry: { ...retry, restartOnFailure: async () => false },
      });
      consumer.on(consumer.events.REQUEST, ({ payload }) => onRequest(payload.apiName));
      return consumer;
    },
  };
}

function toConfig({ brokers, clientId, ssl, sasl, log }: KafkaBusOptions, timing: KafkaTiming): KafkaConfig {
  return {
    brokers: [...brokers],
    clientId: clientId ?? 'referral',
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl: toSasl(sasl) }),
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: timing.requestTimeoutMs,
    retry,
    logLevel: log ? logLevel.INFO : logLevel.NOTHING,
    logCreator: () => (entry) => log?.(levelOf(entry), textOf(entry)),
  };
}

/** The mechanism decides which type it is, although all three hold the same. */
function toSasl({ mechanism, username, password }: NonNullable<KafkaBusOptions['sasl']>): SASLOptions {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

/** kafkajs's errors are warnings here: it repeats them, and what is final is thrown. */
function levelOf({ level }: LogEntry): LogLevel {
  if (level <= logLevel.WARN) return 'warn';
  return level === logLevel.INFO ? 'info' : 'debug';
}

function textOf({ namespace, log: { message, error } }: LogEntry): string {
  return `${namespace}: ${message}${error === undefined ? '' : ` (${String(error)})`}`;
}
