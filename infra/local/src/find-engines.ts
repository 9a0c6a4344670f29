import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Container,
  hasDocker,
  startKafkaContainer,
  startMongodbContainer,
  startRedisContainer,
} from './containers.ts';
import type { LocalEngine } from './engine-process.ts';
import { type EngineName, engineVariables } from './engines-under-test.ts';
import { hasJava, works } from './java.ts';
import { keptEngines } from './kept-engines.ts';
import { createLocalKafka, createLocalMongodb, createLocalRedis, type EngineOptions } from './local-engines.ts';

export interface FoundEngines {
  /** For the tests: where each engine is, and whether tests can start engines of their own to kill. */
  readonly environment: Readonly<Record<string, string>>;
  /** A line for each engine: where it was found, or what is missing. */
  readonly report: readonly string[];
  readonly missing: readonly EngineName[];
  /** Ends those that were started here. */
  stop(): Promise<void>;
}

interface Source {
  readonly engine: EngineName;
  /** As the services name it. */
  readonly variable: 'KAFKA_BROKERS' | 'MONGODB_URL' | 'REDIS_URL';
  readonly needs: string;
  isHere(): boolean;
  create(options: EngineOptions): Promise<LocalEngine>;
  contain(): Promise<Container>;
}

const sources: readonly Source[] = [
  {
    engine: 'kafka',
    variable: 'KAFKA_BROKERS',
    needs: 'Java 17 and Maven',
    isHere: hasJava,
    create: createLocalKafka,
    contain: startKafkaContainer,
  },
  {
    engine: 'mongodb',
    variable: 'MONGODB_URL',
    needs: 'Java 17 and Maven',
    isHere: hasJava,
    create: createLocalMongodb,
    contain: startMongodbContainer,
  },
  {
    engine: 'redis',
    variable: 'REDIS_URL',
    needs: 'redis-server',
    isHere: () => works('redis-server', '--version'),
    create: createLocalRedis,
    contain: startRedisContainer,
  },
];

/**
 * Finds an engine of each kind for tests, in this order: the services' own variables, engines that were brought up to
 * stay, new ones on this machine, containers. What is started here ends with `stop`, at the latest with this process.
 */
export async function findEngines(variables: Readonly<Record<string, string | undefined>>): Promise<FoundEngines> {
  const kept = keptEngines()?.environment ?? {};
  const directory = mkdtempSync(join(tmpdir(), 'referral-engines-'));
  const started: { stop(): Promise<void> }[] = [];
  const environment: Record<string, string> = {};
  const report: string[] = [];
  const missing: EngineName[] = [];

  const find = async (source: Source): Promise<{ address: string; where: string } | undefined> => {
    const given = variables[source.variable];
    if (given) return { address: given, where: `named by ${source.variable}` };
    const running = kept[source.variable];
    if (running) return { address: running, where: 'brought up before' };
    if (source.isHere()) {
      const engine = await source.create({ directory: join(directory, source.engine) });
      await engine.start();
      started.push(engine);
      return { address: engine.address, where: 'started for this run' };
    }
    if (!hasDocker()) return undefined;
    const container = await source.contain();
    started.push(container);
    return { address: container.address, where: 'in a container' };
  };
  await Promise.all(
    sources.map(async (source) => {
      const found = await find(source);
      if (found) environment[engineVariables[source.engine]] = found.address;
      else missing.push(source.engine);
      report.push(
        found ? `${source.engine}: ${found.where}` : `${source.engine}: ${source.needs}, or Docker, is missing`,
      );
    }),
  );
  if (sources.every((source) => source.isHere())) environment[engineVariables.local] = 'yes';
  else missing.push('local');
  return {
    environment,
    report: report.sort(),
    missing,
    async stop() {
      await Promise.all(started.map((engine) => engine.stop()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
