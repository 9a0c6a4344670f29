import { existsSync } from 'node:fs';
import { chromiumPath, isShown, withDemoInBrowser } from '../scripts/demo-in-browser.mjs';
import { median } from './figures.mjs';

const rounds = 7;

const aims = { first_paint_ms: '<= 1000' };

/** How long somebody looks at nothing, and until the page says what it is there for; each time with an empty cache. */
export async function measureWeb() {
  if (!existsSync(chromiumPath)) return { not_measured: `there is no browser at ${chromiumPath}` };
  process.stderr.write('loading the demo and 18 months of purchases …\n');
  const figures = {};
  await withDemoInBrowser(async ({ pages, open }) => {
    for (const [name, { path, size }] of Object.entries(pages)) {
      process.stderr.write(`${name} …\n`);
      const turns = [];
      for (let round = 0; round <= rounds; round += 1) {
        const turn = await load(await open(size), path);
        // The first one warms the server.
        if (round > 0) turns.push(turn);
      }
      figures[name] = Object.fromEntries(
        Object.keys(turns[0]).map((what) => [what, Math.round(median(turns.map((turn) => turn[what])))]),
      );
    }
  });
  return { pages: figures, aims };
}

async function load(page, path) {
  const startedAt = performance.now();
  await page.goto(path);
  await isShown(page);
  const shown_ms = performance.now() - startedAt;
  const [first_paint_ms, script_kb] = await page.evaluate(() => [
    performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize / 1e3, 0),
  ]);
  await page.context().close();
  return { first_paint_ms, shown_ms, script_kb };
}
