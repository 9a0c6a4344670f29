import { prepare } from './prepare.mjs';

prepare();
const { parts, runBenchmark } = await import('../bench/run.mjs');
const [part] = process.argv.slice(2);
if (part !== undefined && !parts.includes(part)) {
  process.stderr.write(`Usage: npm run bench [-- ${parts.join(' | ')}]\n`);
  process.exit(64);
}
process.stdout.write(`${JSON.stringify(await runBenchmark(part === undefined ? parts : [part]), null, 2)}\n`);
process.exit();
