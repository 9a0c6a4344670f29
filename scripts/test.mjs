import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';

// The end-to-end tests run the built programs as a user would.
prepare();
const folder = mkdtempSync(join(tmpdir(), 'referral-test-'));
const report = join(folder, 'report.json');
const jest = ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${report}`, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, jest, { stdio: ['ignore', 'ignore', 'inherit'] });
process.stdout.write(summary());
rmSync(folder, { recursive: true });
process.exit(status ?? 1);

/** What was left out, then the totals. */
function summary() {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests, numRuntimeErrorTestSuites } =
      JSON.parse(readFileSync(report, 'utf8'));
    const broken =
      numRuntimeErrorTestSuites > 0
        ? `${numRuntimeErrorTestSuites} of ${numFailedTestSuites} failed files could not run\n`
        : '';
    const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    return `\nLeft out: nothing; every engine of this version is embedded.\n${broken}${numPassedTests} passed, ${failed} failed${skipped}\n`;
  } catch {
    return '\nThe tests could not run; what went wrong stands above.\n';
  }
}
