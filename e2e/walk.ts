import { describeInBrowser, phone, signIn, type Web } from './browser.ts';
import type { Json } from './platform.ts';
import type { Standalone } from './standalone-platform.ts';

const slug = 'walk';
const admin = { kind: 'admin', tenantId: slug } as const;
const ann = { kind: 'customer', tenantId: slug, customerId: 'ann' } as const;

/** The whole product in a browser: from a programme that is off to a reward that both sides see. */
export function describeWalk(name: string, create?: () => Promise<Standalone>): void {
  describeInBrowser(
    name,
    (web) => {
      test('admin enables → customer shares → friend enrols → purchase arrives → everybody sees it', async () => {
        const acme = { slug, name: 'Walk', currency: 'USD', time_zone: 'UTC' };
        await web.platform.post('/api/tenants', acme, { kind: 'admin', scopes: ['platform'] });
        await enable(web);
        const code = await copyCode(web);
        await enrol(web, code);
        await buy(web);
        await seen(web);
      }, 120_000);
    },
    create,
  );
}

async function as(web: Web, kind: 'admin' | 'customer') {
  const opened = await web.open(kind === 'customer' ? phone : undefined);
  await signIn(opened.page, slug, kind, await web.platform.token(kind === 'admin' ? admin : ann));
  return opened;
}

async function enable(web: Web): Promise<void> {
  const { page, faults, foreign, close } = await as(web, 'admin');
  await page.goto(`/dashboard/${slug}/settings/referrals`);
  await page
    .getByRole('button', { name: /credit/ })
    .first()
    .click();
  await page.getByLabel('The programme is on').check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Everything is saved.').waitFor();
  expect([...faults, ...foreign]).toEqual([]);
  await close();
}

async function copyCode(web: Web): Promise<string> {
  const { page, faults, foreign, close } = await as(web, 'customer');
  await page.goto(`/portal/${slug}/referrals`);
  const code = await page
    .getByText(/^[A-HJ-NP-Z2-9L]{8}$/)
    .first()
    .innerText();
  expect([...faults, ...foreign]).toEqual([]);
  await close();
  return code;
}

async function enrol(web: Web, code: string): Promise<void> {
  const { page, faults, foreign, close } = await web.open(phone);
  // As the link that was shared leads there.
  await page.goto(`/r/${slug}/${code}?c=whatsapp`);
  await page.getByText('This code is good').or(page.getByText('You are invited')).first().waitFor();
  expect(await page.getByLabel('Referral code').inputValue()).toBe(code);
  await page.getByLabel('Name').fill('Sam Friend');
  await page.getByLabel('E-mail').fill('sam@example.com');
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText('You have joined').waitFor();
  expect([...faults, ...foreign]).toEqual([]);
  await close();
}

async function buy(web: Web): Promise<void> {
  const referral = await untilListed(web, () => true);
  const occurred_at = new Date().toISOString();
  const purchase = {
    specversion: '1.0',
    id: 'walk-purchase',
    source: '/shop',
    type: 'purchase_completed',
    time: occurred_at,
    data: {
      tenant_id: slug,
      customer_id: referral.referee_customer_id,
      order_id: 'walk-order',
      amount: 5_000,
      currency: 'USD',
      occurred_at,
    },
  };
  await web.platform.post('/api/events', purchase, { kind: 'service', tenantId: slug });
  await untilListed(web, ({ status }) => status === 'converted');
}

async function untilListed({ platform }: Web, isExpected: (referral: Json) => boolean): Promise<Json> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { body } = await platform.get('/api/referrals', admin);
    if (body.data.some(isExpected)) return body.data[0];
    if (performance.now() > deadline) throw new Error(`not what was expected: ${JSON.stringify(body)}`);
  }
}

async function seen(web: Web): Promise<void> {
  const dashboard = await as(web, 'admin');
  await dashboard.page.goto(`/dashboard/${slug}/referrals?preset=all`);
  await dashboard.page
    .getByText(/^\$50(\.00)?$/)
    .first()
    .waitFor();
  await dashboard.page.goto(`/dashboard/${slug}/customers/referrals`);
  await dashboard.page.getByText('sam@example.com').first().waitFor();
  expect([...dashboard.faults, ...dashboard.foreign]).toEqual([]);
  await dashboard.close();
  const portal = await as(web, 'customer');
  await portal.page.goto(`/portal/${slug}/referrals`);
  await portal.page.getByText('Successful referrals').waitFor();
  await portal.page.getByText(/For a referral/).waitFor();
  expect([...portal.faults, ...portal.foreign]).toEqual([]);
  await portal.close();
}
