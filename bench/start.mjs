import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { freePort } from '../infra/local/dist/index.js';
import { inFolder } from './baselines.mjs';
import { median } from './figures.mjs';

const starts = 5;
const idleMs = 5_000;

/** A warm `npm start` without npm: from the process's birth to the first answer, and what it holds when idle. */
export async function measureStart() {
  return inFolder(async (folder) => {
    const times = [];
    let residentMb;
    for (let n = 0; n <= starts; n += 1) {
      const { server, firstAnswerMs } = await startOnce(folder);
      // The first start creates the data and the demo tenant.
      if (n > 0) times.push(firstAnswerMs);
      if (n === starts) residentMb = await residentAfter(idleMs, server.pid);
      server.kill('SIGINT');
      await once(server, 'exit');
    }
    return { firstAnswerMs: median(times), residentMb };
  });
}

async function startOnce(folder) {
  const port = await freePort();
  const startedAt = performance.now();
  const env = { ...process.env, PORT: String(port), DATA_DIR: folder };
  const server = spawn(process.execPath, ['--max-semi-space-size=64', 'scripts/start.mjs'], { env, stdio: 'ignore' });
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return { server, firstAnswerMs: Math.round(performance.now() - startedAt) };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function residentAfter(ms, pid) {
  await new Promise((resolve) => setTimeout(resolve, ms));
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1_024);
}
