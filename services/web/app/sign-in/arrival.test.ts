import { arrivalOf } from './arrival.ts';

test('a ticket comes in the fragment, the page to open in the query', () => {
  const next = encodeURIComponent('/portal/acme/referrals');
  expect(arrivalOf({ search: `?next=${next}&reason=expired`, hash: '#ticket=abc' })).toEqual({
    ticket: 'abc',
    token: null,
    next: { kind: 'customer', slug: 'acme', path: '/portal/acme/referrals' },
    reason: 'expired',
  });
});

test('a token in the query is not taken, and neither is a foreign address or a made-up reason', () => {
  expect(arrivalOf({ search: '?token=abc&ticket=abc&next=//evil.example&reason=<b>', hash: '' })).toEqual({
    ticket: null,
    token: null,
    next: undefined,
    reason: undefined,
  });
});
