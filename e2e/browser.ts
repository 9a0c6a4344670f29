import { spawnSync } from 'node:child_process';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { z } from 'zod';
import { createStandalone, type Standalone } from './standalone-platform.ts';

/** A page as somebody opens it, and what went wrong behind it. */
interface OpenPage {
  readonly page: Page;
  /** Addresses of other hosts that were asked for; they are never reached. */
  readonly foreign: string[];
  /** What the browser complained of: refused by the content policy, thrown by a script. */
  readonly faults: string[];
  close(): Promise<void>;
}

export const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } as const;
export const desktop = { viewport: { width: 1280, height: 800 } } as const;

export interface Web {
  /** All services in one process, as `npm start` runs them. */
  readonly platform: Standalone;
  /** A browser of its own for each: nothing that one has kept is seen by another. */
  open(options?: BrowserContextOptions): Promise<OpenPage>;
}

/** A `describe` for what needs a browser. Skipped where there is none; the run says so at its end, and CI fails. */
export function describeInBrowser(
  name: string,
  tests: (web: Web) => void,
  create: () => Promise<Standalone> = createStandalone,
): void {
  const found = spawnSync('which', ['chromium'], { encoding: 'utf8' });
  const isHere = found.status === 0;
  (isHere ? describe : describe.skip)(isHere ? name : `${name} (needs chromium)`, () => {
    let platform: Standalone;
    let browser: Browser;
    beforeAll(async () => {
      platform = await create();
      await platform.start();
      browser = await chromium.launch({ executablePath: found.stdout.trim(), args: ['--no-sandbox'] });
    });
    afterAll(async () => {
      await browser?.close();
      await platform?.remove();
    });
    tests({
      get platform() {
        return platform;
      },
      open: (options) => openPage(browser, platform.url, options),
    });
  });
}

async function openPage(browser: Browser, url: string, options: BrowserContextOptions = desktop): Promise<OpenPage> {
  const context = await browser.newContext({ baseURL: url, locale: 'en-US', ...options });
  context.setDefaultTimeout(15_000);
  const foreign: string[] = [];
  const faults: string[] = [];
  await context.route(
    (address) => address.origin !== url,
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // An answer that is no success is told here too; those are a test's own doing.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  return { page, foreign, faults, close: () => context.close() };
}

const violations = z.array(z.looseObject({ id: z.string(), nodes: z.array(z.looseObject({ html: z.string() })) }));

/** What WCAG 2.2 AA and good practice have against the page as it stands: one line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = violations.parse(await page.evaluate('axe.run(document).then(({ violations }) => violations)'));
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 300)}`));
}

/** The bytes of all scripts that a page has loaded, as they came over the wire. Asked for before the page is opened. */
export function scriptBytes(page: Page): () => number {
  const lengths: number[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') lengths.push(Number(response.headers()['content-length']));
  });
  return () => lengths.reduce((sum, length) => sum + length, 0);
}

/** How much wider than its window a page is: on a phone nothing may have to be scrolled sideways. */
export async function sidewaysPixels(page: Page): Promise<number> {
  const { scrollWidth, clientWidth } = z
    .object({ scrollWidth: z.number(), clientWidth: z.number() })
    .parse(
      await page.evaluate(
        '(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)',
      ),
    );
  return scrollWidth - clientWidth;
}

/** Signs a tab in before its first page, as the sign-in page does. */
export async function signIn(page: Page, slug: string, kind: 'admin' | 'customer', token: string): Promise<void> {
  const keep = `if (!sessionStorage.getItem('signed in')) {
    sessionStorage.setItem('signed in', 'once');
    sessionStorage.setItem(${JSON.stringify(`referral:${slug}:${kind}`)}, ${JSON.stringify(token)});
  }`;
  await page.addInitScript(keep);
}
