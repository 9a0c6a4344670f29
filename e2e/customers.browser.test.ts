import { accessibilityFaults, describeInBrowser, desktop, phone, sidewaysPixels, signIn } from './browser.ts';
import { bringFriend, customer, hostileName, tenant } from './web-world.ts';

/** The search of the list of referrals in a real browser, against the platform as `npm start` runs it. */

const admin = { kind: 'admin', tenantId: tenant, email: 'ann@example.com' } as const;
const list = `/dashboard/${tenant}/customers/referrals`;

describeInBrowser('the search for referrals', (web) => {
  beforeAll(async () => {
    await bringFriend(web.platform, customer('cus_zoe', 'Zoë Müller'), 'cus_friend');
    await bringFriend(web.platform, customer('cus_hostile', hostileName), 'cus_other');
  });
  const open = async (size: Parameters<typeof web.open>[0], query = '') => {
    const opened = await web.open(size);
    const { page } = opened;
    await signIn(page, tenant, 'admin', await web.platform.token(admin));
    await page.goto(`${list}${query}`);
    const search = page.getByRole('search', { name: 'Referrals' });
    const field = search.getByLabel('Name, e-mail, customer id or code');
    const table = page.getByRole('table', { name: /^Referrals/ });
    return { ...opened, search, field, table };
  };

  test('finds who is typed, keeps it in the address, and is cleared and gone back to', async () => {
    const { page, search, field, table, faults, close } = await open(desktop);
    await table.getByText('cus_other').waitFor();
    await field.fill(' zoe mul ');
    await field.press('Enter');
    await page.waitForURL('**?q=zoe+mul');
    await table.getByText('cus_other').waitFor({ state: 'detached' });
    await table.getByText('Zoë Müller').waitFor();
    await page.getByRole('status').getByText('One referral on this page').waitFor({ state: 'attached' });

    await field.fill('cus_other');
    await search.getByRole('button', { name: 'Search', exact: true }).click();
    await table.getByText('Zoë Müller').waitFor({ state: 'detached' });
    await table.getByText('cus_other').waitFor();
    await page.goBack();
    await table.getByText('Zoë Müller').waitFor();
    expect(await field.inputValue()).toBe('zoe mul');

    await page.getByLabel('Status').selectOption('Expired');
    await page.waitForURL('**?q=zoe+mul&status=expired');
    await page.getByText('Only referrals with the status “Expired” were searched.').waitFor();
    await page.getByLabel('Status').selectOption('All');
    await search.getByRole('button', { name: 'Clear the search' }).click();
    await table.getByText('cus_other').waitFor();
    expect([await field.inputValue(), new URL(page.url()).search]).toEqual(['', '']);
    await search.locator('input:focus').waitFor();
    expect(faults).toEqual([]);
    await close();
  });

  test.each([
    ['a phone', phone],
    ['a desktop', desktop],
  ] as const)('on %s a link to a search shows what it finds, and what it does not, to everybody', async (_, size) => {
    const { page, search, field, table, faults, close } = await open(size, '?q=m%C3%9CLLER');
    await table.getByText('Zoë Müller').waitFor();
    expect(await field.inputValue()).toBe('mÜLLER');
    expect(await sidewaysPixels(page)).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);

    await field.fill('nobody@example.org');
    await field.press('Enter');
    await page.getByText('Nothing matches “nobody@example.org”').waitFor();
    expect(await page.getByText('No referrals yet').count()).toBe(0);
    expect(await sidewaysPixels(page)).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await search.getByRole('button', { name: 'Clear the search' }).click();
    await table.getByText('Zoë Müller').waitFor();
    expect(faults).toEqual([]);
    await close();
  });

  // A search can be linked to: whoever makes the link chooses the text on the page.
  test('hostile text is shown as text, and finds a hostile name', async () => {
    const hostile = `<img src=x onerror="alert(1)">\u202e${'W'.repeat(60)}`;
    const { page, field, table, faults, foreign, close } = await open(phone, `?q=${encodeURIComponent(hostile)}`);
    await page.getByText(hostile).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await sidewaysPixels(page)).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await field.fill('<script>alert(1)</script>');
    await field.press('Enter');
    await table.getByText('<script>alert(1)</script>').waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    expect([...faults, ...foreign]).toEqual([]);
    await close();
  });
});
