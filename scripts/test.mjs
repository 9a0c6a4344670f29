import { spawnSync } from 'node:child_process';
import { prepare } from './prepare.mjs';

// The end-to-end tests run the built programs as a user would.
prepare();
const { status } = spawnSync(process.execPath, ['node_modules/jest/bin/jest.js', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
