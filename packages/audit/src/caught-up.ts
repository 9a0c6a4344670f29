import { consumerGroups } from '@referral/contracts';
import { backoffDelayMs, pause } from '@referral/errors';
import { referees } from './records/attribution.ts';
import * as referralCode from './records/referral-code.ts';
import * as rewardIssuer from './records/reward-issuer.ts';
import { type Engines, Records } from './records.ts';

const groups = [...consumerGroups, 'attribution.dead-letters'];
const outboxes = [...referralCode.outboxes, ...rewardIssuer.outboxes];
const backoff = { firstDelayMs: 50, maxDelayMs: 1_000 };

/**
 * Waits until every group has worked through its topics and no document holds an event that is not published yet.
 * @param untilMs on the clock of `performance.now()`
 * @returns how much was still under way when the time was over; 0 when it has caught up
 */
export async function waitUntilCaughtUp(open: () => Promise<Engines>, untilMs: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const left = await countUnderWay(open);
    const remainingMs = untilMs - performance.now();
    if (left === 0 || remainingMs <= 0) return left;
    await pause(Math.min(backoffDelayMs(backoff, attempt), remainingMs));
  }
}

async function countUnderWay(open: () => Promise<Engines>): Promise<number> {
  const engines = await open();
  try {
    const behind = (await engines.bus.lag(groups)).reduce((sum, { messages }) => sum + messages, 0);
    return behind > 0 ? behind : await countUnpublished(new Records(engines, { now: 0 }));
  } finally {
    await engines.close();
  }
}

async function countUnpublished(records: Records): Promise<number> {
  let count = 0;
  for (const source of outboxes) for await (const { body } of records.read(source)) count += body.outbox?.length ?? 0;
  for await (const { body } of records.read(referees)) if (body.unsettled !== undefined) count += 1;
  return count;
}
