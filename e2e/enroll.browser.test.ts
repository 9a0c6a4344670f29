import type { BrowserContextOptions } from 'playwright-core';
import { accessibilityFaults, describeInBrowser, desktop, phone, scriptBytes, sidewaysPixels } from './browser.ts';
import { addTenant, customer, hostileName, tenant } from './web-world.ts';

/** The enrolment page in a real browser, against the platform as `npm start` runs it. */

describeInBrowser('the enrolment page', (web) => {
  const codeOf = async (customerId: string, name?: string): Promise<string> =>
    (await web.platform.get('/api/referrals/my-code', customer(customerId, name))).body.referral_code;

  test('a shared link leads here, with its code and its visitor', async () => {
    const code = await codeOf('cus_link');
    const { page, foreign, faults, close } = await web.open(phone);
    await page.goto(`/r/${tenant}/${code}?c=whatsapp`);
    await page.getByRole('heading', { name: 'You are invited' }).waitFor();
    await page.getByText('Alex Example').waitFor();
    await page.getByText('you get 10% off').waitFor();
    expect(await page.getByLabel('Referral code').inputValue()).toBe(code);
    expect(page.url()).toBe(`${web.platform.url}/enroll/${tenant}?ref=${code}`);

    await page.getByLabel('Name').fill('Sam Friend');
    await page.getByLabel('E-mail').fill('sam@example.com');
    const sent = page.waitForRequest('**/api/enrollments');
    await page.keyboard.press('Enter');
    expect((await sent).postDataJSON()).toEqual({
      tenant_slug: tenant,
      name: 'Sam Friend',
      email: 'sam@example.com',
      referral_code: code,
      visitor_id: expect.stringMatching(/^vis_[0-9a-f]{32}$/),
    });
    await page.getByText('Your reward, 10% off').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Welcome');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect({ foreign, faults }).toEqual({ foreign: [], faults: [] });
    await close();
  });

  test('a code is looked at while it is typed, and a bad one blocks nobody', async () => {
    const code = await codeOf('cus_typed');
    const { page, close } = await web.open(desktop);
    const asked: unknown[] = [];
    page.on(
      'request',
      (request) => request.url().endsWith('/validate') && asked.push(request.postDataJSON().referral_code),
    );
    await page.goto(`/enroll/${tenant}`);
    const field = page.getByLabel('Referral code');
    await page.getByText('You can join without one').waitFor();
    await field.fill('AAAA');
    await page.getByText('8 letters and digits').waitFor();
    await field.fill(`${code.slice(0, 4).toLowerCase()}-${code.slice(4)}`);
    await page.getByText('This code is good').waitFor();
    await field.fill('AAAA2222');
    await page.getByText('We do not know this code').waitFor();
    // Only whole codes are asked about: each miss counts against the tenant’s limit.
    expect(asked).toEqual([code, 'AAAA2222']);
    await page.getByLabel('Name').fill('Kim');
    await page.getByLabel('E-mail').fill('kim@example.com');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('You have joined').waitFor();
    await close();
  });

  test('a promise of money has the tenant’s currency, and the page its name', async () => {
    const slug = 'bakery';
    const reward = { referral_reward_referee_type: 'credit', referral_reward_referee_value: 20 };
    await addTenant(web.platform, slug, { referral_enabled: true, ...reward }, 'Bäckerei Kamps');
    const referrer = { ...customer('cus_money'), tenantId: slug };
    const { referral_code: code } = (await web.platform.get('/api/referrals/my-code', referrer)).body;
    const { page, faults, close } = await web.open(phone);
    await page.goto(`/enroll/${slug}?ref=${code}`);
    await page.getByText('you get €20 credit').waitFor();
    await page.getByText('Bäckerei Kamps').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });

  test('what a promo code does to the referral is said before anything is sent', async () => {
    const { page, close } = await web.open(phone);
    await page.goto(`/enroll/${tenant}?ref=${await codeOf('cus_promo')}`);
    await page.getByText('This code is good').waitFor();
    expect(await page.getByText('cannot be combined').count()).toBe(0);
    await page.getByLabel('Promo code').fill('SPRING');
    await page.getByText('Some promotions cannot be combined with a referral').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await close();
  });

  test('what is missing or wrong stands at its field, which gets the focus', async () => {
    const { page, close } = await web.open(phone);
    await page.goto(`/enroll/${tenant}`);
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('Tell us your name').waitFor();
    expect(await page.evaluate('document.activeElement.autocomplete')).toBe('name');
    await page.getByLabel('Name').fill('Kim');
    // Passes for one here, and not at the server.
    await page.getByLabel('E-mail').fill('kim@@example.com');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText(/invalid|must be/i).waitFor();
    expect(await page.evaluate('document.activeElement.autocomplete')).toBe('email');
    expect(await accessibilityFaults(page)).toEqual([]);
    await close();
  });

  test('an address where there is nothing to join says so', async () => {
    const { page, close } = await web.open(phone);
    await page.goto('/enroll/nobody-here');
    await page.getByLabel('Name').fill('Kim');
    await page.getByLabel('E-mail').fill('kim@example.com');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('There is nothing to join at this address').waitFor();
    await close();
  });

  test('a server that is away for a moment costs nothing that was typed', async () => {
    const { page, close } = await web.open(phone);
    const away = (path: string) => page.route(path, (route) => route.abort());
    await away('**/api/referrals/validate');
    await page.goto(`/enroll/${tenant}?ref=${await codeOf('cus_away')}`);
    await page.getByText('The code could not be checked now').waitFor();
    await away('**/api/enrollments');
    await page.getByLabel('Name').fill('Ola');
    await page.getByLabel('E-mail').fill('ola@example.com');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('There is no connection to the server').waitFor();
    await page.unroute('**/api/enrollments');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('You have joined').waitFor();
    await close();
  });

  test('while a code is checked it says so', async () => {
    const { page, close } = await web.open(phone);
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/referrals/validate', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`/enroll/${tenant}?ref=${await codeOf('cus_slow')}`);
    await page.getByText('Checking the code').waitFor();
    answer();
    await page.getByText('This code is good').waitFor();
    await close();
  });

  const looks: [string, BrowserContextOptions][] = [
    ['phone, light', { ...phone, colorScheme: 'light' }],
    ['phone, dark', { ...phone, colorScheme: 'dark' }],
    ['desktop, light', { ...desktop, colorScheme: 'light' }],
    ['desktop, dark', { ...desktop, colorScheme: 'dark' }],
  ];
  test.each(looks)('%s: a hostile name is text, and everybody can use the page', async (_look, options) => {
    const code = await codeOf('cus_hostile', hostileName);
    const { page, foreign, faults, close } = await web.open(options);
    await page.goto(`/enroll/${tenant}?ref=${code}`);
    const name = page.locator('bdi', { hasText: '<script>' });
    await name.waitFor();
    expect(await name.innerText()).toContain('<script>alert(1)</script>');
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await sidewaysPixels(page)).toBe(0);
    expect({ foreign, faults }).toEqual({ foreign: [], faults: [] });
    await close();
  });

  test('a name of 10 kB in one word takes three lines', async () => {
    const { page, close } = await web.open(phone);
    const referrer_name = 'W'.repeat(10_000);
    const body = JSON.stringify({
      valid: true,
      referrer_name,
      referee_reward_type: null,
      referee_reward_value: null,
    });
    await page.route('**/api/referrals/validate', (route) => route.fulfill({ contentType: 'application/json', body }));
    await page.goto(`/enroll/${tenant}?ref=AAAA2222`);
    const name = page.locator('bdi', { hasText: 'WWW' });
    await name.waitFor();
    expect((await name.boundingBox())?.height).toBeLessThan(120);
    expect(await sidewaysPixels(page)).toBe(0);
    await close();
  });

  /** Protects: the page is there within seconds on a phone far from the next mast. */
  test('its scripts weigh at most 100 kB', async () => {
    const { page, close } = await web.open(phone);
    const bytes = scriptBytes(page);
    await page.goto(`/enroll/${tenant}`);
    await page.getByText('You can join without one').waitFor();
    expect(bytes()).toBeGreaterThan(10_000);
    expect(bytes()).toBeLessThanOrEqual(100_000);
    await close();
  });
});
