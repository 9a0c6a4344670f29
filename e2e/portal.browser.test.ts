import {
  accessibilityFaults,
  describeInBrowser,
  desktop,
  phone,
  scriptBytes,
  sidewaysPixels,
  signIn,
} from './browser.ts';
import { addTenant, bringFriend, customer, hostileName, tenant } from './web-world.ts';

/** The customer portal and the sign-in, in a real browser, against the platform as `npm start` runs it. */

const portal = `/portal/${tenant}/referrals`;

describeInBrowser('signing in', (web) => {
  const ticketLink = (page: string) => new RegExp(`${page} +(\\S+#ticket=\\S+)`).exec(web.platform.output)?.[1] ?? '';

  test('the printed link opens the portal once, and leaves no ticket and no token in the address', async () => {
    const { page, foreign, faults, close } = await web.open();
    await page.goto(ticketLink('Customer portal'));
    await page.getByRole('heading', { name: 'Your rewards' }).waitFor();
    expect(page.url()).toBe(web.platform.url + portal);
    await page.reload();
    await page.getByRole('heading', { name: 'Your rewards' }).waitFor();
    await close();

    const again = await web.open();
    await again.page.goto(ticketLink('Customer portal'));
    await again.page.getByText('This link was opened before').waitFor();
    expect(again.page.url()).toBe(`${web.platform.url}/sign-in`);
    expect(await accessibilityFaults(again.page)).toEqual([]);
    await again.close();
    expect([...foreign, ...faults, ...again.foreign, ...again.faults]).toEqual([]);
  });

  test('a pasted token leads where it was asked for; a wrong one is told what is wrong with it', async () => {
    await addTenant(web.platform, 'other', { referral_enabled: true });
    const { page, faults, close } = await web.open(phone);
    await page.goto(portal);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    const attempt = async (token: string) => {
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    const refusals: [string, RegExp][] = [
      ['two words', /not a token/],
      ['eyJhbGciOiJIUzI1NiJ9.e30.x', /not accepted/],
      [await web.platform.token({ kind: 'service', tenantId: tenant }), /for services/],
      [await web.platform.token({ kind: 'admin', tenantId: tenant }), /needs a customer’s token/],
      [await web.platform.token({ kind: 'customer', tenantId: 'other', customerId: 'cus_1' }), /another organisation/],
    ];
    for (const [token, words] of refusals) {
      await attempt(token);
      await page.getByText(words).waitFor();
    }
    expect(await accessibilityFaults(page)).toEqual([]);
    await attempt(await web.platform.token(customer('cus_pasted')));
    await page.waitForURL(`**${portal}`);
    await page.getByText('Give 10% off').waitFor();
    expect(faults).toEqual([]);
    await close();
  });

  test('a token that is refused leads to the sign-in with the reason, once', async () => {
    for (const [token, reason] of [
      ['expired.or.forged', 'Your sign-in has expired'],
      [await web.platform.token({ kind: 'admin', tenantId: tenant }), 'for somebody else'],
    ] as const) {
      const { page, close } = await web.open();
      const visited: string[] = [];
      page.on('framenavigated', (frame) => visited.push(new URL(frame.url()).pathname));
      await signIn(page, tenant, 'customer', token);
      await page.goto(portal);
      await page.getByText(reason).waitFor();
      await page.waitForLoadState('networkidle');
      expect(visited).toEqual([portal, '/sign-in']);
      await close();
    }
  });

  test('who signs out is out, also after going back', async () => {
    const { page, close } = await web.open();
    await signIn(page, tenant, 'customer', await web.platform.token(customer('cus_out')));
    await page.goto(portal);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out').waitFor();
    await page.goto(portal);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await close();
  });
});

describeInBrowser('the portal', (web) => {
  const openAs = async (who: ReturnType<typeof customer>, options: Parameters<typeof web.open>[0] = phone) => {
    const opened = await web.open(options);
    await signIn(opened.page, who.tenantId ?? tenant, 'customer', await web.platform.token(who));
    return opened;
  };

  test.each([
    ['phone', 'light', phone],
    ['phone', 'dark', phone],
    ['desktop', 'light', desktop],
    ['desktop', 'dark', desktop],
  ] as const)(
    'on a %s in %s: everybody can use it, nothing comes from elsewhere',
    async (_device, colorScheme, device) => {
      const { page, foreign, faults, close } = await openAs(customer('cus_look', hostileName), {
        ...device,
        colorScheme,
      });
      await page.goto(portal);
      await page.getByText('No rewards yet').waitFor();
      await page.getByRole('button', { name: 'Show QR code' }).click();
      await page.getByRole('img', { name: 'QR code of your link' }).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await sidewaysPixels(page)).toBe(0);
      expect({ foreign, faults }).toEqual({ foreign: [], faults: [] });
      await close();
    },
  );

  test('the code and the link are copied as they are shown', async () => {
    const { page, faults, close } = await openAs(customer('cus_copy'), {
      ...desktop,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.goto(portal);
    const { body } = await web.platform.get('/api/referrals/my-code', customer('cus_copy'));
    await page.getByRole('button', { name: 'Copy code' }).click();
    await page.getByText('The code is on your clipboard').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(body.referral_code);
    const shared = page.waitForRequest('**/api/referrals/share');
    await page.getByRole('button', { name: 'Copy link' }).click();
    expect((await shared).postDataJSON()).toEqual({ channel: 'link' });
    await page.getByText('The link is on your clipboard').waitFor();
    const link = await page.evaluate('navigator.clipboard.readText()');
    expect(link).toBe(`${web.platform.url}/r/${tenant}/${body.referral_code}?c=link`);
    expect(link).toBe(await page.getByLabel('Your link').inputValue());
    expect(faults).toEqual([]);
    await close();
  });

  test.each([
    ['WhatsApp', 'whatsapp', 'https://wa.me/?text='],
    ['Facebook', 'facebook', 'https://www.facebook.com/sharer/sharer.php?u='],
    ['X', 'x', 'https://x.com/intent/post?'],
    ['Telegram', 'telegram', 'https://t.me/share/url?'],
  ])('%s tells the platform, then opens its form with the link', async (name, channel, address) => {
    const { page, foreign, close } = await openAs(customer('cus_share'), desktop);
    await page.goto(portal);
    const [, shared] = await Promise.all([
      page.context().waitForEvent('requestfailed', (request) => request.url().startsWith(address)),
      page.waitForRequest('**/api/referrals/share'),
      page.getByRole('button', { name, exact: true }).click(),
    ]);
    expect(shared.postDataJSON()).toEqual({ channel });
    expect(foreign.map((one) => one.slice(0, address.length))).toEqual([address]);
    expect(decodeURIComponent(foreign[0] ?? '')).toContain(`${web.platform.url}/r/${tenant}/`);
    await close();
  });

  test('a share that the server does not take opens nothing and says so', async () => {
    const { page, foreign, close } = await openAs(customer('cus_share'), desktop);
    await page.goto(portal);
    await page.route('**/api/referrals/share', (route) => route.fulfill({ status: 503, body: '{}' }));
    const opened = page.waitForEvent('popup');
    await page.getByRole('button', { name: 'WhatsApp' }).click();
    await page.getByText('The server is busy at the moment').waitFor();
    const popup = await opened;
    if (!popup.isClosed()) await popup.waitForEvent('close');
    expect(foreign).toEqual([]);
    await close();
  });

  test('what a friend’s purchase has brought is there, in the viewer’s own numbers', async () => {
    await bringFriend(web.platform, customer('cus_rich'), 'friend_1');
    const { page, close } = await openAs(customer('cus_rich'), { ...phone, locale: 'de-DE' });
    await page.goto(portal);
    await page.getByText('Give 10 % off').waitFor();
    const figures = page.locator('dl');
    await figures.waitFor();
    expect(await figures.locator('div').allInnerTexts()).toEqual([
      expect.stringMatching(/1\s+Successful referrals|Successful referrals\s+1/),
      expect.stringMatching(/100/),
    ]);
    expect(await page.getByText('No rewards yet').count()).toBe(0);
    const history = page.getByRole('list');
    await history.getByText('100 points').waitFor();
    await history.getByText('For a referral').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await close();
  });

  test('a promise of money has the tenant’s currency', async () => {
    const slug = 'bakery-portal';
    const reward = { referral_reward_type: 'credit', referral_reward_value: 20 };
    await addTenant(web.platform, slug, { referral_enabled: true, ...reward });
    const { page, close } = await openAs({ ...customer('cus_1'), tenantId: slug });
    await page.goto(`/portal/${slug}/referrals`);
    await page.getByRole('heading', { name: /get €20 credit/i }).waitFor();
    await close();
  });

  test('a programme that is off shows the code, and no way to share it', async () => {
    const slug = 'asleep';
    await addTenant(web.platform, slug, { referral_enabled: false });
    const { page, faults, close } = await openAs({ ...customer('cus_1'), tenantId: slug });
    await page.goto(`/portal/${slug}/referrals`);
    await page.getByText('The referral programme is paused').waitFor();
    expect(await page.getByRole('button', { name: 'Copy link' }).count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });

  test('while it loads it says so; what fails says so too, and comes at the next try', async () => {
    const { page, close } = await openAs(customer('cus_slow'));
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/referrals/my-code', async (route) => {
      await held;
      await route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"request_id":"req-7"}' });
    });
    await page.goto(portal);
    await page.getByText('Loading your code').waitFor({ state: 'attached' });
    expect(await accessibilityFaults(page)).toEqual([]);
    answer();
    await page.getByText('Your code could not be loaded').waitFor();
    await page.getByText('req-7').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.unroute('**/api/referrals/my-code');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Give 10% off').waitFor();
    await close();
  });

  /** Protects: the page is there within seconds on a phone far from the next mast. */
  test('its scripts weigh at most 100 kB', async () => {
    const { page, close } = await openAs(customer('cus_light'));
    const bytes = scriptBytes(page);
    await page.goto(portal);
    await page.getByText('No rewards yet').waitFor();
    expect(bytes()).toBeGreaterThan(10_000);
    expect(bytes()).toBeLessThanOrEqual(100_000);
    await close();
  });
});
