import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createEngine, freePort, type LocalEngine } from './engine-process.ts';
import { classPath } from './java.ts';

export interface EngineOptions {
  /** Keeps its data. One engine at a time. */
  readonly directory: string;
  /** Default: any free one. */
  readonly port?: number;
  /** It outlives this process. Default: it ends with it. */
  readonly detached?: boolean;
}

/** Enough for tests, little enough for a small machine. */
const jvm = ['-Xmx512m', '-XX:+UseSerialGC'];

/** Apache Kafka, one node. @param advertisedPort where clients are sent, when a proxy stands before it */
export async function createLocalKafka(options: EngineOptions & { advertisedPort?: number }): Promise<LocalEngine> {
  const port = options.port ?? (await freePort());
  const advertisedPort = options.advertisedPort ?? port;
  const ports = [port, await freePort(), advertisedPort].map(String);
  const args = [...jvm, '-cp', await classPath(), 'LocalKafka', ...ports, options.directory, ...lifetime(options)];
  return createEngine({
    name: 'Kafka',
    address: `127.0.0.1:${advertisedPort}`,
    port,
    command: 'java',
    args,
    detachedLog: logOf('kafka', options),
  });
}

/** A server of MongoDB's protocol. */
export async function createLocalMongodb(options: EngineOptions): Promise<LocalEngine> {
  const port = options.port ?? (await freePort());
  const program = ['LocalMongoServer', String(port), options.directory, ...lifetime(options)];
  return createEngine({
    name: 'MongoDB',
    address: `mongodb://127.0.0.1:${port}`,
    port,
    command: 'java',
    args: [...jvm, '-cp', await classPath(), ...program],
    detachedLog: logOf('mongodb', options),
  });
}

/** Redis, which keeps nothing: it may vanish at any moment. */
export async function createLocalRedis(options: EngineOptions): Promise<LocalEngine> {
  mkdirSync(options.directory, { recursive: true });
  const port = options.port ?? (await freePort());
  const server = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', options.directory];
  return createEngine({
    name: 'Redis',
    address: `redis://127.0.0.1:${port}`,
    port,
    command: 'redis-server',
    args: server,
    detachedLog: logOf('redis', options),
  });
}

function lifetime({ detached }: EngineOptions): string[] {
  return detached ? ['detached'] : [];
}

function logOf(name: string, { directory, detached }: EngineOptions): string | undefined {
  return detached ? join(directory, '..', `${name}.log`) : undefined;
}
