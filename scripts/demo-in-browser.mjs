import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of Debian's package, unless the environment says otherwise. */
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const tenant = 'acme-waste';
const customer = 'demo_referrer_pictures';
const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

/**
 * Starts a standalone that holds the demo and 18 months of real purchases, and a browser; ends both. Needs the build.
 * @param work gets the pages by name (`path` and `size`), and `open(size)`: an empty page of somebody who is signed in
 */
export async function withDemoInBrowser(work) {
  const { chromium } = await import('playwright-core');
  const { freePort } = await import('../infra/local/dist/index.js');
  const dataDir = mkdtempSync(join(tmpdir(), 'referral-browser-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, PORT: String(port), DATA_DIR: dataDir, PUBLIC_URL: url };
  const server = spawn(process.execPath, ['packages/standalone/dist/main.js'], { env, stdio: 'ignore' });
  try {
    await ready(server, url);
    await referral(env, 'demo', '--run', 'pictures');
    await referral(env, 'import', 'cdnow', 'e2e/fixtures/cdnow_sample.txt', '--tenant', tenant, '--wait');
    const tokens = await tokensOf(dataDir);
    const pages = pagesOf(await codeOf(url, tokens.customer));
    const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
    try {
      await work({ pages, open: (size) => openSignedIn(browser, url, size, tokens) });
    } finally {
      await browser.close();
    }
  } finally {
    server.kill('SIGINT');
    await once(server, 'exit');
    rmSync(dataDir, { recursive: true });
  }
}

/** Resolves when a page shows what it is there to show. The live feed keeps a connection open, so the network never rests. */
export async function isShown(page) {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.mantine-Skeleton-root').length === 0);
}

async function ready(server, url) {
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (server.exitCode !== null) throw new Error('the platform ended before it was ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function referral(env, ...args) {
  const stdio = ['ignore', 'ignore', 'inherit'];
  const command = spawn(process.execPath, ['packages/cli/dist/main.js', ...args], { env, stdio });
  const [code] = await once(command, 'exit');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
}

async function tokensOf(dataDir) {
  const { issueToken, loadOrCreateSecret } = await import('../packages/host/dist/index.js');
  const secret = loadOrCreateSecret(dataDir);
  return {
    admin: await issueToken(secret, { kind: 'admin', tenantId: tenant, name: 'Demo admin' }),
    customer: await issueToken(secret, {
      kind: 'customer',
      tenantId: tenant,
      customerId: customer,
      name: 'Demo Referrer',
    }),
  };
}

async function codeOf(url, token) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/api/referrals/my-code`, { headers });
  return (await answer.json()).referral_code;
}

function pagesOf(code) {
  return {
    dashboard: { path: `/dashboard/${tenant}/referrals?preset=all`, size: 'desktop' },
    customers: { path: `/dashboard/${tenant}/customers/referrals`, size: 'desktop' },
    rewards: { path: `/dashboard/${tenant}/loyalty/referrals`, size: 'desktop' },
    settings: { path: `/dashboard/${tenant}/settings/referrals`, size: 'desktop' },
    portal: { path: `/portal/${tenant}/referrals`, size: 'phone' },
    enrolment: { path: `/enroll/${tenant}?ref=${code}`, size: 'phone' },
    'sign-in': { path: '/sign-in', size: 'phone' },
  };
}

/** Nothing in its cache, and a token for each side. */
async function openSignedIn(browser, url, size, tokens) {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'en-US',
    viewport: sizes[size],
    colorScheme: 'light',
  });
  await context.addInitScript(
    ([slug, { admin, customer: own }]) => {
      sessionStorage.setItem(`referral:${slug}:admin`, admin);
      sessionStorage.setItem(`referral:${slug}:customer`, own);
    },
    [tenant, tokens],
  );
  return context.newPage();
}
