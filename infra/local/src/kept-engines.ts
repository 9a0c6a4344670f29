import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '@referral/errors';
import { freePort, isAnswering, type LocalEngine } from './engine-process.ts';
import { createLocalKafka, createLocalMongodb, createLocalRedis, type EngineOptions } from './local-engines.ts';

/** Engines that were brought up to stay: `npm run engines -- up`. */
export interface KeptEngines {
  /** As the services read them: `KAFKA_BROKERS`, `MONGODB_URL`, `REDIS_URL`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly pids: readonly number[];
}

const folder = '.engines';
const stateFile = join(folder, 'engines.json');
const stopTimeoutMs = 15_000;

/** Those that are up; undefined when none is. */
export function keptEngines(): KeptEngines | undefined {
  if (!existsSync(stateFile)) return undefined;
  const kept: KeptEngines = JSON.parse(readFileSync(stateFile, 'utf8'));
  return kept.pids.every(isRunning) ? kept : undefined;
}

/** Starts Kafka, MongoDB's protocol and Redis on their usual ports, or free ones where those are taken. */
export async function bringUp(): Promise<KeptEngines> {
  const already = keptEngines();
  if (already) return already;
  // What is left of a round of which one engine has died.
  await takeDown();
  mkdirSync(folder, { recursive: true });
  const kept = async (name: string, usualPort: number): Promise<EngineOptions> => ({
    directory: join(process.cwd(), folder, name),
    port: (await isAnswering(usualPort)) ? await freePort() : usualPort,
    detached: true,
  });
  const kafka = await createLocalKafka(await kept('kafka', 9092));
  const mongodb = await createLocalMongodb(await kept('mongodb', 27017));
  const redis = await createLocalRedis(await kept('redis', 6379));
  const engines = [kafka, mongodb, redis];
  const starts = await Promise.allSettled(engines.map((engine) => engine.start()));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await Promise.all(engines.map((engine) => engine.stop()));
    throw new Error(`${String(failed.reason)}; its log is in ${folder}`);
  }
  const state: KeptEngines = {
    environment: {
      KAFKA_BROKERS: kafka.address,
      MONGODB_URL: `${mongodb.address}/referral`,
      REDIS_URL: redis.address,
    },
    pids: engines.flatMap(({ pid }: LocalEngine) => pid ?? []),
  };
  writeFileSync(stateFile, `${JSON.stringify(state, null, 2)}\n`);
  return state;
}

/** Ends what is up; the data stays. @returns whether anything was */
export async function takeDown(): Promise<boolean> {
  if (!existsSync(stateFile)) return false;
  const { pids }: KeptEngines = JSON.parse(readFileSync(stateFile, 'utf8'));
  const running = pids.filter(isRunning);
  for (const pid of running) process.kill(pid, 'SIGTERM');
  const deadline = performance.now() + stopTimeoutMs;
  while (running.some(isRunning) && performance.now() < deadline) await pause(50);
  for (const pid of running.filter(isRunning)) process.kill(pid, 'SIGKILL');
  rmSync(stateFile);
  return running.length > 0;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
