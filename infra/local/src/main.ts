import { bringUp, keptEngines, takeDown } from './kept-engines.ts';

const [command] = process.argv.slice(2);
if (command === 'up') {
  try {
    const { environment } = await bringUp();
    const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${value}`);
    process.stdout.write(`${lines.join('\n')}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
} else if (command === 'down') {
  process.stdout.write((await takeDown()) ? 'The engines are down; their data stays in .engines.\n' : 'None was up.\n');
} else if (command === 'status') {
  process.stdout.write(`${keptEngines() ? 'up' : 'down'}\n`);
} else {
  process.stderr.write('Usage: npm run engines -- up | down | status\n');
  process.exitCode = 64;
}
