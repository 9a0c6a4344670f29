import type { TokenContent } from '@referral/host';
import type { Page } from 'playwright-core';
import { accessibilityFaults, describeInBrowser, desktop, phone, sidewaysPixels, signIn } from './browser.ts';
import { addTenant, bringFriend, customer, hostileName, tenant } from './web-world.ts';

/** The admin dashboard in a real browser, against the platform as `npm start` runs it. */

const admin = { kind: 'admin', tenantId: tenant, email: 'ann@example.com' } as const;
const dashboard = `/dashboard/${tenant}`;
describeInBrowser('the dashboard', (web) => {
  beforeAll(async () => {
    await bringFriend(web.platform, customer('cus_alex'), 'cus_friend');
    await bringFriend(web.platform, customer('cus_hostile', hostileName), 'cus_other');
  });
  const openAs = async (token: TokenContent, slug: string, size = {}) => {
    const opened = await web.open(size);
    await signIn(opened.page, slug, 'admin', await web.platform.token(token));
    return opened;
  };
  const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

  describe.each([
    ['a phone, light', { ...phone, colorScheme: 'light' }],
    ['a phone, dark', { ...phone, colorScheme: 'dark' }],
    ['a desktop, light', { ...desktop, colorScheme: 'light' }],
    ['a desktop, dark', { ...desktop, colorScheme: 'dark' }],
    ['a wide desktop', { viewport: { width: 1920, height: 1080 } }],
  ] as const)('on %s', (_, size) => {
    test.each([
      ['referrals', 'Leaderboard, all time', 'cus_alex'],
      ['customers/referrals', undefined, 'cus_alex@example.com'],
      ['customers/referrals?tab=refused', undefined, 'No attempt was refused'],
      ['loyalty/referrals', 'Rewards, the newest first', 'cus_alex'],
      ['settings/referrals', 'History', 'Programme is on: no → yes'],
    ])('%s shows what there is, to everybody, and nothing has to be scrolled sideways', async (path, part, text) => {
      const { page, foreign, faults, close } = await openAs(admin, tenant, size);
      await page.goto(`${dashboard}/${path}`);
      await (part === undefined ? page : section(page, part)).getByText(text).first().waitFor();
      await page.waitForLoadState('load');
      expect(await sidewaysPixels(page)).toBe(0);
      expect(await accessibilityFaults(page)).toEqual([]);
      expect([...foreign, ...faults]).toEqual([]);
      await close();
    });
  });

  test('the pages are a menu away, also on a phone and by keyboard alone', async () => {
    const { page, faults, close } = await openAs(admin, tenant, phone);
    await page.goto(`${dashboard}/referrals`);
    for (const name of ['Referrals', 'Rewards', 'Programme', 'Figures']) {
      await page.getByRole('button', { name: 'Open the menu' }).press('Enter');
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).press('Enter');
      await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
    }
    await page.getByRole('button', { name: 'Dark colours' }).click();
    await page.getByRole('button', { name: 'Light colours' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in?*');
    expect(faults).toEqual([]);
    await close();
  });

  test('figures are those of the API, and a tenant without any is told so', async () => {
    const { body } = await web.platform.get('/api/loyalty/referrals/summary', admin);
    const { page, close } = await openAs(admin, tenant);
    await page.goto(`${dashboard}/referrals`);
    await page.getByText('Referrals, all time').waitFor();
    const shown = await page.getByText('Referrals, all time').locator('..').innerText();
    expect(shown).toContain(String(body.referrals.total));
    await section(page, 'Over time').getByRole('button', { name: 'Show the numbers' }).click();
    await section(page, 'Over time').getByRole('table').waitFor();
    await close();

    await addTenant(web.platform, 'nothing-yet', {});
    const empty = await openAs({ kind: 'admin', tenantId: 'nothing-yet' }, 'nothing-yet', phone);
    await empty.page.goto('/dashboard/nothing-yet/referrals');
    await empty.page.getByText('Nobody has brought a customer yet').waitFor();
    expect(await accessibilityFaults(empty.page)).toEqual([]);
    await empty.close();
  });

  test('the period stands in the address, and the file of it is handed over', async () => {
    const { page, faults, close } = await openAs(admin, tenant);
    await page.goto(`${dashboard}/referrals?period=7d`);
    await page.getByLabel('Period').selectOption('This month');
    await page.waitForURL('**/referrals?period=month');
    await page.getByLabel('Period').selectOption('Custom');
    await page.waitForURL(/from=\d{4}-\d\d-01&to=/);
    await section(page, 'Leaderboard').getByText('cus_alex').first().waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export as CSV' }).click();
    expect((await download).suggestedFilename()).toMatch(/^referrals-.*\.csv$/);
    expect(faults).toEqual([]);
    await close();
  });

  test('the leaderboard is of the period that is chosen, and says when it is not complete', async () => {
    const { page, faults, close } = await openAs(admin, tenant, phone);
    await page.goto(`${dashboard}/referrals?from=2020-01-01&to=2020-01-31`);
    const leaders = section(page, 'Leaderboard');
    await leaders.getByText('Nobody in this period').waitFor();
    await page.getByLabel('Period').selectOption('Last 7 days');
    await leaders.getByText('cus_alex').first().waitFor();
    await page.getByLabel('Period').selectOption('All time');
    await section(page, 'Leaderboard, all time').getByText('cus_alex').first().waitFor();
    await page.route('**/api/loyalty/referrals/leaderboard?*', async (route) => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: { ...answer, complete: false } });
    });
    await page.getByLabel('Period').selectOption('Last 30 days');
    await leaders.getByText('This list is not complete').waitFor();
    await leaders.getByText('cus_alex').first().waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });

  test('an event appears as it happens, and one that came during a pause appears after it', async () => {
    const { page, faults, close } = await openAs(admin, tenant);
    await page.goto(`${dashboard}/referrals`);
    const feed = section(page, 'As it happens');
    await feed.getByText('Live', { exact: true }).waitFor();
    await bringFriend(web.platform, customer('cus_live'), 'cus_seen');
    await feed.getByText(/cus_seen.*converted/).waitFor();
    await feed.getByRole('button', { name: 'Pause' }).click();
    await bringFriend(web.platform, customer('cus_live_2'), 'cus_missed');
    expect(await feed.getByText(/cus_missed/).count()).toBe(0);
    await feed.getByRole('button', { name: 'Go on' }).click();
    await feed.getByText(/cus_missed.*converted/).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });

  test('a referral tells why, with what was recorded, and a hostile name does nothing', async () => {
    const { page, faults, close } = await openAs(admin, tenant, phone);
    await page.goto(`${dashboard}/customers/referrals`);
    await page.getByLabel('Status').selectOption('Converted');
    await page.waitForURL('**?status=converted');
    await page.getByRole('button', { name: /story of cus_other/ }).click();
    const story = page.getByRole('dialog', { name: 'The story of a referral' });
    await story.getByText('<script>alert(1)</script>').waitFor();
    await story.getByText('The signup carried the code').waitFor();
    await story.getByText(/order-cus_other.* is the first purchase above zero/).waitFor();
    await story
      .getByRole('button', { name: /Recorded values/ })
      .first()
      .click();
    await story.getByText('"rule": "typed_code"').waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await story.waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
    await close();
  });

  test('a programme is changed, said in words before, and its history says by whom', async () => {
    const slug = 'settings';
    await addTenant(web.platform, slug, { referral_enabled: true });
    const ann = { kind: 'admin', tenantId: slug, email: 'ann@example.com' } as const;
    const { page, faults, close } = await openAs(ann, slug);
    await page.goto(`/dashboard/${slug}/settings/referrals`);
    await page.getByRole('button', { name: 'Refer a friend, get €20 credit' }).click();
    await page.getByText('Give 15% off, get €20 credit').waitFor();
    await page.getByLabel('The new customer gets: how much').fill('150');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Must be a percentage between 0 and 100').waitFor();
    expect(await page.getByLabel('The new customer gets: how much').getAttribute('aria-invalid')).toBe('true');
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel('The new customer gets: how much').fill('15');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Everything is saved.').waitFor();
    const { body } = await web.platform.get('/api/referrals/program', ann);
    expect(body.referrer_reward).toEqual({ type: 'credit', value: 20 });
    const history = section(page, 'History');
    await history.getByText('Referrer’s reward: not set → credit').waitFor();
    await history.getByText('ann@example.com').first().waitFor();
    expect(faults).toEqual([]);
    await close();
  });

  test('who saves over somebody’s change is told whose, sees the difference, and decides', async () => {
    const slug = 'two-admins';
    const ann = await addTenant(web.platform, slug, { referral_enabled: true });
    const bob = { ...ann, kind: 'admin', tenantId: slug, email: 'bob@example.com' } as const;
    const { page, close } = await openAs({ ...bob, email: 'ann@example.com' }, slug, phone);
    await page.goto(`/dashboard/${slug}/settings/referrals`);
    const days = page.getByLabel('Conversion', { exact: true });
    await days.fill('30');
    const { body } = await web.platform.get('/api/referrals/config', bob);
    await web.platform.put('/api/referrals/config', { ...body, referral_enabled: false }, bob);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Somebody else has changed the programme' });
    await dialog.getByText(/bob@example.com saved version 2 at/).waitFor();
    await dialog.getByRole('button', { name: 'Show the difference' }).click();
    await dialog.getByText('Conversion window, days').waitFor();
    await dialog.getByText('Programme is on').waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save mine instead' }).click();
    await dialog.waitFor({ state: 'detached' });
    const { body: saved } = await web.platform.get('/api/referrals/program', bob);
    expect([saved.enabled, saved.windows.conversion_days]).toEqual([true, 30]);

    await days.fill('20');
    await web.platform.put('/api/referrals/config', { ...body, referral_enabled: false }, bob);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.getByRole('button', { name: 'Take theirs, drop mine' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect([await days.inputValue(), await page.getByLabel('The programme is on').isChecked()]).toEqual(['30', false]);
    await close();
  });

  test('promo codes are kept, and a wrong one is told at its field', async () => {
    const { page, faults, close } = await openAs(admin, tenant);
    await page.goto(`${dashboard}/settings/referrals`);
    const promos = section(page, 'Promo codes');
    await promos.getByRole('button', { name: 'Add a promo code' }).click();
    await promos.getByLabel('Code', { exact: true }).fill('SPRING');
    await promos.getByLabel('How much').fill('101');
    await promos.getByRole('button', { name: 'Save promo codes' }).click();
    await promos.getByText('Must be a percentage between 0 and 100').waitFor();
    await promos.getByLabel('How much').fill('10');
    await promos.getByRole('button', { name: 'Save promo codes' }).click();
    await promos.getByRole('button', { name: 'Save promo codes' }).waitFor({ state: 'detached' });
    expect((await web.platform.get('/api/referrals/promos', admin)).body.data).toEqual([
      { code: 'SPRING', type: 'discount_percent', value: 10, combinable_with_referral: false },
    ]);
    expect(faults).toEqual([]);
    await close();
  });

  test('what fails is told, and can be tried again; what is slow says so; what is another’s is not shown', async () => {
    const { page, close } = await openAs(admin, tenant, phone);
    let isBroken = true;
    await page.route('**/api/rewards?*', (route) =>
      isBroken ? route.fulfill({ status: 400, json: {} }) : route.continue(),
    );
    await page.goto(`${dashboard}/loyalty/referrals`);
    await page.getByText('The rewards could not be loaded').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    isBroken = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await section(page, 'Rewards, the newest first').getByText('cus_alex').first().waitFor();

    await page.route('**/api/referrals?*', () => undefined);
    await page.goto(`${dashboard}/customers/referrals`);
    await page.getByText('This takes longer than usual').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await close();

    const foreign = await openAs(admin, 'nothing-yet');
    await foreign.page.goto('/dashboard/nothing-yet/referrals');
    await foreign.page.getByRole('heading', { name: 'This dashboard is not yours' }).waitFor();
    await foreign.close();
  });

  test('a token that is refused leads to the sign-in, which leads back', async () => {
    const { page, close } = await web.open();
    await signIn(page, tenant, 'admin', 'expired.or.forged');
    await page.goto(`${dashboard}/settings/referrals`);
    await page.getByText('Your sign-in has expired').waitFor();
    await page.getByLabel('Token').fill(await web.platform.token(admin));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`**${dashboard}/settings/referrals`);
    await page.getByRole('heading', { level: 1, name: 'Programme' }).waitFor();
    await close();
  });
});
