import type { Bus } from '@referral/bus';
import { consumerGroups } from '@referral/contracts';

const freshForMs = 1_000;

/**
 * How many events the whole chain has not worked through yet, inbound topics included. Asked of the bus once a second at
 * most, however many dashboards poll.
 * @param elapsedMs a clock that is never set back
 */
export function createLag(bus: Bus, elapsedMs: () => number = () => performance.now()): () => Promise<number> {
  let known: { readonly lag: Promise<number>; readonly until: number } | undefined;
  return () => {
    if (!known || elapsedMs() >= known.until) {
      known = { lag: sumOfLags(bus), until: elapsedMs() + freshForMs };
    }
    return known.lag;
  };
}

async function sumOfLags(bus: Bus): Promise<number> {
  const lags = await bus.lag(consumerGroups);
  return lags.reduce((sum, { messages }) => sum + messages, 0);
}
