import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';

/** Takes the pictures of `docs/screenshots`: every page of a standalone that holds the demo and 18 months of real purchases. */
prepare();
const { chromium } = await import('playwright-core');
const { issueToken, loadOrCreateSecret } = await import('../packages/host/dist/index.js');
const { freePort } = await import('../infra/local/dist/index.js');

const tenant = 'acme-waste';
const folder = 'docs/screenshots';
const customer = 'demo_referrer_pictures';
const dataDir = mkdtempSync(join(tmpdir(), 'referral-pictures-'));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const env = { ...process.env, PORT: String(port), DATA_DIR: dataDir, PUBLIC_URL: url };

const server = spawn(process.execPath, ['packages/standalone/dist/main.js'], { env, stdio: 'ignore' });
try {
  await ready();
  await referral('demo', '--run', 'pictures');
  await referral('import', 'cdnow', 'e2e/fixtures/cdnow_sample.txt', '--tenant', tenant, '--wait');
  await takeAll();
} finally {
  server.kill('SIGINT');
  await once(server, 'exit');
  rmSync(dataDir, { recursive: true });
}

async function ready() {
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

async function referral(...args) {
  const command = spawn(process.execPath, ['packages/cli/dist/main.js', ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(command, 'exit');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
}

async function takeAll() {
  mkdirSync(folder, { recursive: true });
  const secret = loadOrCreateSecret(dataDir);
  const tokens = {
    admin: await issueToken(secret, { kind: 'admin', tenantId: tenant, name: 'Demo admin' }),
    customer: await issueToken(secret, {
      kind: 'customer',
      tenantId: tenant,
      customerId: customer,
      name: 'Demo Referrer',
    }),
  };
  const code = (
    await (
      await fetch(`${url}/api/referrals/my-code`, { headers: { authorization: `Bearer ${tokens.customer}` } })
    ).json()
  ).referral_code;
  const pages = [
    ['dashboard', `/dashboard/${tenant}/referrals?preset=all`, 'desktop'],
    ['customers', `/dashboard/${tenant}/customers/referrals`, 'desktop'],
    ['rewards', `/dashboard/${tenant}/loyalty/referrals`, 'desktop'],
    ['settings', `/dashboard/${tenant}/settings/referrals`, 'desktop'],
    ['portal', `/portal/${tenant}/referrals`, 'phone'],
    ['enrolment', `/enroll/${tenant}?ref=${code}`, 'phone'],
    ['sign-in', '/sign-in', 'phone'],
  ];
  const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    for (const [name, path, size] of pages) {
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
      const page = await context.newPage();
      await page.goto(path);
      await page.locator('h1').first().waitFor();
      // The live feed keeps a connection open, so the network never falls silent: all skeletons gone is what counts.
      await page.waitForFunction(() => document.querySelectorAll('.mantine-Skeleton-root').length === 0);
      await page.waitForTimeout(1_500);
      await page.screenshot({ path: `${folder}/${name}.png`, fullPage: size === 'phone' });
      await context.close();
    }
  } finally {
    await browser.close();
  }
}
