import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { issueToken } from '../../packages/host/dist/index.js';
import { inFolder } from '../baselines.mjs';
import { median, rounded } from '../figures.mjs';
import { checkState } from './check.mjs';
import { tenantId } from './history.mjs';

const sizes = (process.env.BENCH_SIZES ?? '10000,100000,1000000').split(',').map(Number);
const secret = 'a secret that only this benchmark knows, for HS256';
const rounds = 150;
const warmUps = 50;
const countRounds = 5;
const countedReferrals = 2_000;

const queries = {
  /** A token is checked, and nothing else is done: what every answer costs. */
  empty: '../../empty',
  summary_all_time: 'summary',
  summary_month: 'summary?from=2026-05-01&to=2026-06-01',
  channels_year: 'channels?from=2025-06-15&to=2026-06-15',
  timeseries_90_days: 'timeseries?interval=day&from=2026-03-01&to=2026-05-30',
  leaderboard: 'leaderboard?limit=50',
  leaderboard_30_days: 'leaderboard?limit=50&from=2026-05-15&to=2026-06-14',
  my_rank: 'my-rank',
};
const looser = { leaderboard: 1.3, leaderboard_30_days: 1.5, my_rank: 1.3 };
const allowed = (name) => looser[name] ?? 1.1;
const aims = {
  ratios: Object.fromEntries(Object.keys(queries).map((name) => [name, `<= ${allowed(name)}`])),
  times_empty: { summary_all_time: '<= 3', summary_month: '<= 3' },
};

/**
 * What queries and events cost while the number of referrals grows over a hundredfold, in the same two years. Sizes take
 * turns, query by query, so that a slow minute of the machine slows all of them.
 */
export async function measureAnalytics() {
  process.stderr.write('checking the state against the service …\n');
  const checkedDocuments = await checkState(Math.min(...sizes));
  return inFolder(async (folder) => {
    const servers = [];
    try {
      for (const size of sizes) servers.push(await startOn(join(folder, String(size)), size));
      return { checked_documents: checkedDocuments, ...(await compare(servers)) };
    } finally {
      for (const { child } of servers) child.kill();
    }
  });
}

async function compare(servers) {
  const tokens = {
    admin: await issueToken(secret, { kind: 'admin', tenantId }),
    customer: await issueToken(secret, { kind: 'customer', tenantId, customerId: 'cus_20' }),
  };
  const milliseconds = {};
  const documentsRead = {};
  const times_largest_to_smallest = {};
  for (const [name, path] of Object.entries(queries)) {
    process.stderr.write(`${name} …\n`);
    const times = servers.map(() => []);
    const ask = async ({ url }) => {
      const token = name === 'my_rank' ? tokens.customer : tokens.admin;
      const headers = { authorization: `Bearer ${token}` };
      const startedAt = performance.now();
      const answer = await fetch(`${url}/api/loyalty/referrals/${path}`, { headers });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path}: ${text}`);
      return performance.now() - startedAt;
    };
    for (let round = -warmUps; round < rounds; round += 1) {
      for (const [at, server] of servers.entries()) {
        const time = await ask(server);
        if (round >= 0) times[at].push(time);
      }
    }
    milliseconds[name] = await bySize(servers, (_, at) => median(times[at]));
    documentsRead[name] = await bySize(servers, async (server) => {
      await tell(server, {});
      await ask(server);
      return (await tell(server, {})).documentsRead;
    });
    times_largest_to_smallest[name] = rounded(median(times.at(-1)) / median(times[0]));
  }
  const resident = await bySize(servers, async (server) => (await tell(server, {})).residentMb);

  process.stderr.write('counting events …\n');
  const perEvent = servers.map(() => []);
  for (let round = 0; round <= countRounds; round += 1) {
    for (const [at, server] of servers.entries()) {
      const { microsecondsPerEvent } = await tell(server, { count: countedReferrals });
      if (round > 0) perEvent[at].push(microsecondsPerEvent);
    }
  }
  const microsecondsPerEvent = await bySize(servers, (_, at) => median(perEvent[at]));
  const bytesPerReferral = await bySize(servers, ({ bytes, size }) => Math.round(bytes / size));
  const [first, last] = [servers[0].size, servers.at(-1).size];
  /** 0: the same at every size; 1: as much more as there are more referrals. */
  const growth = (figures) => rounded(Math.log(figures[last] / figures[first]) / Math.log(last / first));
  return {
    ratios: times_largest_to_smallest,
    times_empty: await bySize(servers, ({ size }) =>
      Object.fromEntries(
        Object.entries(milliseconds).map(([name, times]) => [name, rounded(times[size] / milliseconds.empty[size])]),
      ),
    ),
    aims,
    milliseconds,
    documents_read: documentsRead,
    microseconds_per_event: microsecondsPerEvent,
    resident_mb: resident,
    bytes_per_referral: bytesPerReferral,
    growth_exponents: {
      query_time: Object.fromEntries(Object.entries(milliseconds).map(([name, times]) => [name, growth(times)])),
      cost_per_event: growth(microsecondsPerEvent),
      resident_memory: growth(resident),
      bytes_per_referral: growth(bytesPerReferral),
    },
    documents: await bySize(servers, ({ documents }) => documents),
  };
}

async function startOn(folder, size) {
  process.stderr.write(`writing ${size} referrals …\n`);
  mkdirSync(folder);
  const run = (role, ...execArgv) =>
    fork(new URL('./server.mjs', import.meta.url), [], {
      execArgv: [...process.execArgv, ...execArgv],
      env: { ...process.env, BENCH_SIZE: String(size), BENCH_FOLDER: folder, BENCH_SECRET: secret, BENCH_ROLE: role },
    });
  // All folds of a million referrals, those of each referrer's days too, are in memory before they are written.
  const loader = run('load', '--max-old-space-size=8192');
  const exited = once(loader, 'exit');
  const [loaded] = await answerOf(loader);
  await exited;
  const child = run('serve');
  const [{ url }] = await answerOf(child);
  return { child, url, size, ...loaded };
}

async function tell({ child }, message) {
  const answered = answerOf(child);
  child.send(message);
  const [answer] = await answered;
  return answer;
}

/** @throws when the process ends instead */
async function answerOf(child) {
  const answered = new AbortController();
  const { signal } = answered;
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a process of the benchmark ended with ${code}`);
  });
  try {
    return await Promise.race([once(child, 'message', { signal }), ended]);
  } finally {
    answered.abort();
    ended.catch(() => {});
  }
}

async function bySize(servers, figureOf) {
  const figures = {};
  for (const [at, server] of servers.entries()) figures[server.size] = await figureOf(server, at);
  return figures;
}
