import { measureEmbeddedLog, measureNaiveFlow } from './baselines.mjs';
import { cdnow } from './cdnow-events.mjs';
import { median, rounded } from './figures.mjs';
import { measureImport } from './import.mjs';
import { measureStart } from './start.mjs';

/** At most; as many as fit into the time. */
const rounds = 5;
const budgetSeconds = 90;

/**
 * The import of 18 months of real purchases through all four services, beside two baselines in the same run: the machine
 * is shared, so only ratios say something. Rounds alternate, so that a slow minute slows all of them; a first one is not
 * counted, because what is compared are servers that have been running.
 */
export async function measureEmbedded() {
  const log = [];
  const naive = [];
  const naiveWithoutHttp = [];
  const platform = [];
  const startedAt = performance.now();
  for (let round = 0; round <= rounds; round += 1) {
    process.stderr.write(round === 0 ? 'warming up …\n' : `round ${round} of ${rounds} …\n`);
    log.push(await measureEmbeddedLog());
    naive.push(await measureNaiveFlow({ overHttp: true }));
    naiveWithoutHttp.push(await measureNaiveFlow({ overHttp: false }));
    platform.push(await measureImport());
    const seconds = (performance.now() - startedAt) / 1e3;
    if (round > 0 && seconds + seconds / (round + 1) > budgetSeconds) break;
  }
  const [coldImport] = platform;
  for (const series of [log, naive, naiveWithoutHttp, platform]) series.shift();
  process.stderr.write('start and idle …\n');
  const start = await measureStart();
  const eventsPerSecond = {
    embedded_log: median(log.map((one) => one.eventsPerSecond)),
    naive: median(naive.map((one) => one.eventsPerSecond)),
    naive_without_http: median(naiveWithoutHttp.map((one) => one.eventsPerSecond)),
    platform: median(platform.map((one) => one.eventsPerSecond)),
  };
  const purchaseShare = cdnow.purchases / (cdnow.purchases + cdnow.customers);
  return {
    input: { signups: cdnow.customers, purchases: cdnow.purchases },
    events_per_second: eventsPerSecond,
    purchases_per_second: Math.round(eventsPerSecond.platform * purchaseShare),
    ratios: {
      platform_to_naive: rounded(eventsPerSecond.platform / eventsPerSecond.naive),
      platform_to_naive_without_http: rounded(eventsPerSecond.platform / eventsPerSecond.naive_without_http),
      platform_to_embedded_log: rounded(eventsPerSecond.platform / eventsPerSecond.embedded_log),
    },
    start_to_first_answer_ms: start.firstAnswerMs,
    idle_resident_mb: start.residentMb,
    aims: {
      platform_to_naive: '>= 15',
      purchases_per_second: '>= 5000',
      start_to_first_answer_ms: '<= 1500',
      idle_resident_mb: '<= 200',
    },
    events_per_second_of_a_cold_process: coldImport.eventsPerSecond,
    rounds: { embedded_log: log, naive, naive_without_http: naiveWithoutHttp, platform },
  };
}
