import { firstPageOf, ownPageOf, signInPath } from './paths.ts';

test('a page is known by its path, and so is whom it is for', () => {
  expect(ownPageOf('/portal/acme-waste/referrals')).toMatchObject({ kind: 'customer', slug: 'acme-waste' });
  expect(ownPageOf('/dashboard/acme-waste/settings/referrals')).toMatchObject({ kind: 'admin', slug: 'acme-waste' });
  expect(ownPageOf(firstPageOf('customer', 'acme'))?.kind).toBe('customer');
});

/** Protects: nobody is led from our sign-in to an address that a link has smuggled in. */
test.each([
  undefined,
  null,
  '',
  '/sign-in',
  '//evil.example/portal/acme/referrals',
  'https://evil.example/portal/acme/referrals',
  '/portal/../api/referrals',
  '/portal/acme/referrals?x=//evil.example',
  '/portal/acme/\\evil.example',
  'javascript:alert(1)',
])('%s is none of our pages', (path) => {
  expect(ownPageOf(path)).toBeUndefined();
});

test('the sign-in knows where to come back to, and why somebody is there', () => {
  expect(signInPath('/portal/acme/referrals', 'expired')).toBe(
    '/sign-in?next=%2Fportal%2Facme%2Freferrals&reason=expired',
  );
});
