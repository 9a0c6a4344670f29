import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';

// The end-to-end tests run the built programs as a user would.
prepare();
const { findEngines } = await import('../infra/local/dist/index.js');
const { KAFKA_BROKERS, MONGODB_URL, REDIS_URL, ...environment } = process.env;
const engines = await findEngines({ KAFKA_BROKERS, MONGODB_URL, REDIS_URL });
for (const line of engines.report) process.stderr.write(`${line}\n`);
const required = process.env.ENGINES === 'required';
if (required && engines.missing.length > 0) {
  await engines.stop();
  process.stderr.write(`ENGINES=required, and missing: ${engines.missing.join(', ')}\n`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'referral-test-'));
const report = join(folder, 'report.json');
const jest = ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${report}`, ...process.argv.slice(2)];
const run = spawn(process.execPath, jest, {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...environment, ...engines.environment },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => run.kill(signal));
// A run that a signal ended has no status, and has not passed.
const [status] = await once(run, 'exit');
const { text, leftOut } = summary();
await engines.stop();
process.stdout.write(text);
rmSync(folder, { recursive: true });
process.exit(status !== 0 || (required && leftOut > 0) ? 1 : 0);

/** No package manager that we know of has a recent one for every machine. */
const notInstallable = /\(needs kubectl\)/;

/** What was left out, then the totals. */
function summary() {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, numRuntimeErrorTestSuites, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    const pending = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'pending');
    const broken =
      numRuntimeErrorTestSuites > 0
        ? `${numRuntimeErrorTestSuites} of ${numFailedTestSuites} failed files could not run\n`
        : '';
    const missing = engines.report.filter((line) => line.endsWith('is missing')).map((line) => `\n  ${line}`);
    const left = pending.length > 0 ? `${pending.length} tests${missing.join('')}` : 'nothing';
    const skipped = pending.length > 0 ? `, ${pending.length} skipped` : '';
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const needed = [...new Set(pending.flatMap(({ fullName }) => /\(needs [^)]+\)/.exec(fullName) ?? []))];
    const why = needed.map((need) => `\n  ${pending.filter(({ fullName }) => fullName.includes(need)).length} ${need}`);
    const text = `\nLeft out: ${left}${why.join('')}\n${broken}${numPassedTests} passed, ${failed} failed${skipped}\n`;
    return { text, leftOut: pending.filter(({ fullName }) => !notInstallable.test(fullName)).length };
  } catch {
    return { text: '\nThe tests could not run; what went wrong stands above.\n', leftOut: 0 };
  }
}
