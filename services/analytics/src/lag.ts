import type { Bus } from '@referral/bus';
import { consumerGroups } from '@referral/contracts';
import { isOperational } from '@referral/errors';
import { bounded } from '@referral/host';

const freshForMs = 1_000;
const timeoutMs = 2_000;

/**
 * How many events the whole chain has not worked through yet, inbound topics included. Asked of the bus once a second at
 * most, however many dashboards poll. While the bus fails, or takes longer than 2 s, it is the figure that was known last,
 * and never 0: the figures beside it come from the store, which may be well, but nobody may take them for caught up.
 * @param elapsedMs a clock that is never set back
 * @throws OperationalError while no figure is known yet
 */
export function createLag(bus: Bus, elapsedMs: () => number = () => performance.now()): () => Promise<number> {
  let asked: { readonly lag: Promise<number>; readonly until: number } | undefined;
  let known: number | undefined;

  const ask = async (): Promise<number> => {
    try {
      known = await bounded('reading the lag', timeoutMs, sumOfLags(bus));
      return known;
    } catch (error) {
      if (known === undefined || !isOperational(error)) throw error;
      return Math.max(known, 1);
    }
  };
  return () => {
    if (!asked || elapsedMs() >= asked.until) asked = { lag: ask(), until: elapsedMs() + freshForMs };
    return asked.lag;
  };
}

async function sumOfLags(bus: Bus): Promise<number> {
  const lags = await bus.lag(consumerGroups);
  return lags.reduce((sum, { messages }) => sum + messages, 0);
}
