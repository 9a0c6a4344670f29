import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Batch,
  type Bus,
  type DeliveredMessage,
  deadLetterTopic,
  type Message,
  openEmbeddedBus,
} from '@referral/bus';
import { encodeEvent, type ReferralLifecycle, topics } from '@referral/contracts';
import {
  createHttpApp,
  createLogger,
  createMemoryRateLimits,
  createMetrics,
  createTokenVerifier,
  issueToken,
  type ServiceDeps,
  systemClock,
  type TokenContent,
} from '@referral/host';
import { openEmbeddedStore } from '@referral/store';
import type { Express } from 'express';
import request from 'supertest';
import { createRewardIssuer } from '../src/service.ts';
import { definitionFor, eventOf } from './referrals.ts';

const secret = 'a secret of the tests, long enough for HS256';
const group = 'reward-issuer';

export interface World {
  readonly app: Express;
  /** Publishes what became of referrals, in this order. */
  tell(...referrals: readonly ReferralLifecycle[]): Promise<void>;
  publish(messages: readonly Message[]): Promise<void>;
  /** Resolves when the service has handled everything, what it published itself included. */
  settled(): Promise<void>;
  /** Everything that a topic holds; in order within a partition. */
  read(topic: string): Promise<DeliveredMessage[]>;
  /** What the service gave up on. */
  deadLetters(topic: string): Promise<DeliveredMessage[]>;
  get(path: string, token: TokenContent): Promise<request.Response>;
  /** Ends the service and starts another on the same store and bus, which remembers nothing else. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The service on the real embedded engines. `around` may stand between the service and its bus. */
export async function startWorld(around: (bus: Bus) => Bus = (bus) => bus): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'reward-issuer-'));
  const bus = openEmbeddedBus({ directory: join(directory, 'bus') });
  const store = openEmbeddedStore({ directory: join(directory, 'store') });
  const logger = createLogger({ level: 'silent', name: group });
  const deps: ServiceDeps = {
    bus: around(bus),
    store,
    clock: systemClock,
    logger,
    verifier: createTokenVerifier({ secret }),
    rateLimits: createMemoryRateLimits({ perMinute: 120, missesPerHour: 600 }),
    observer: { consumed: () => undefined, deadLettered: () => undefined, retried: () => undefined },
    publicUrl: 'http://localhost:3000',
    latenessMs: 86_400_000,
  };
  await bus.ensureTopics(topics.map((topic) => ({ ...topic, partitions: 1 })));
  let service = createRewardIssuer(deps);
  await service.start();
  const metrics = createMetrics(group);
  const app = createHttpApp({ name: group, routers: [service.router], logger, metrics, readiness: [], trustProxy: 0 });

  let readers = 0;
  const read = async (topic: string) => {
    const messages: DeliveredMessage[] = [];
    readers += 1;
    const reader = `reader-${readers}`;
    const handleBatch = async (batch: Batch) => {
      messages.push(...batch.messages);
    };
    const subscription = await bus.consume({ group: reader, topics: [topic], handleBatch });
    await bus.caughtUp([reader]);
    await subscription.stop();
    return messages;
  };
  return {
    app,
    tell: (...referrals) =>
      bus.publish(referrals.map((told) => encodeEvent(definitionFor(told.status), eventOf(told)))),
    publish: (messages) => bus.publish(messages),
    async settled() {
      await bus.caughtUp([group]);
      await service.settle();
    },
    read,
    deadLetters: (topic) => read(deadLetterTopic(topic, group)),
    async get(path, token) {
      return request(app)
        .get(path)
        .auth(await issueToken(secret, token), { type: 'bearer' });
    },
    async restart() {
      await service.stop();
      service = createRewardIssuer(deps);
      await service.start();
    },
    async close() {
      await service.stop();
      await bus.close();
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}
