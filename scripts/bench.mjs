import { prepare } from './prepare.mjs';

prepare();
const { runBenchmark } = await import('../bench/run.mjs');
process.stdout.write(`${JSON.stringify(await runBenchmark(), null, 2)}\n`);
process.exit();
