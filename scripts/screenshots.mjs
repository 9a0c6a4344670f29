import { mkdirSync } from 'node:fs';
import { isShown, withDemoInBrowser } from './demo-in-browser.mjs';
import { prepare } from './prepare.mjs';

/** Takes the pictures of `docs/screenshots`: every page of a standalone that holds the demo and 18 months of real purchases. */
const folder = 'docs/screenshots';
/** How long charts are drawn for. */
const drawingMs = 1_500;

prepare();
mkdirSync(folder, { recursive: true });
await withDemoInBrowser(async ({ pages, open }) => {
  for (const [name, { path, size }] of Object.entries(pages)) {
    const page = await open(size);
    await page.goto(path);
    await isShown(page);
    await page.waitForTimeout(drawingMs);
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: size === 'phone' });
    await page.context().close();
  }
});
