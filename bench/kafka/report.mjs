import { median, rounded } from '../figures.mjs';

export const aims = {
  unreferred_purchases: { platform_to_bare_loop: '>= 0.5' },
  full_path: { platform_to_bare_hands: '>= 0.65', platform_to_naive: '>= 15' },
};

/** How much less than the platform a program may write and send and still be said to do the same. */
const tolerance = 0.01;

/** A promise that is kept within the batch that made it is not told: how often that is depends on the batches alone. */
const toldByBatch = 'discount_granted';

/** The figures of all rounds; a ratio is that of one round's neighbours. */
export function report({ unreferred, flow }) {
  for (const name of ['bare_hands', 'bare_hands_in_one_process']) assertSameWork(flow.platform, flow[name], name);
  return {
    unreferred_purchases: summarize(unreferred),
    full_path: summarize(flow),
  };
}

function assertSameWork([platform], [other], name) {
  const work = ({ documents, sent: { [toldByBatch]: _, ...sent } }) => ({ documents, sent: sum(Object.values(sent)) });
  for (const [what, amount] of Object.entries(work(platform))) {
    if (work(other)[what] >= amount * (1 - tolerance)) continue;
    const [theirs, ours] = [other, platform].map((turn) => JSON.stringify(turn[what]));
    throw new Error(`${name} is no measure: ${what} ${theirs}, the platform ${ours}`);
  }
}

function summarize({ platform, ...others }) {
  return {
    rounds: platform.length,
    ratios: Object.fromEntries(
      Object.entries(others).map(([name, rounds]) => [
        `platform_to_${name}`,
        spread(platform.map((turn, at) => speed(turn) / speed(rounds[at]))),
      ]),
    ),
    /** The same by the processors' time of their own processes: as on engines that nobody waits for. */
    ratios_by_cpu: Object.fromEntries(
      Object.entries(others).map(([name, rounds]) => [
        `platform_to_${name}`,
        spread(platform.map((turn, at) => cpuPerEvent(rounds[at]) / cpuPerEvent(turn))),
      ]),
    ),
    contestants: Object.fromEntries(
      Object.entries({ platform, ...others }).map(([name, rounds]) => [name, figures(rounds)]),
    ),
  };
}

function figures(rounds) {
  const [{ events, documents, sent }] = rounds;
  return {
    events,
    events_per_second: spread(rounds.map(speed)),
    cpu_seconds_per_thousand_events: spread(rounds.map((turn) => cpuPerEvent(turn) * 1e3)),
    /** How much of the time each process's thread was busy; near 1 it is what bounds the speed. */
    thread_utilization: rounds[0].activeSeconds.map((_, at) =>
      median(rounds.map(({ activeSeconds, seconds }) => activeSeconds[at] / seconds)),
    ),
    documents_created: documents,
    events_sent: sent,
  };
}

function speed({ events, seconds }) {
  return events / seconds;
}

function cpuPerEvent({ cpuSeconds, events }) {
  return sum(cpuSeconds) / events;
}

function sum(values) {
  return values.reduce((all, value) => all + value, 0);
}

function spread(values) {
  return { median: median(values), min: rounded(Math.min(...values)), max: rounded(Math.max(...values)) };
}
