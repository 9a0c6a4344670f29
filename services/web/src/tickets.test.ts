import { createTickets, type SignIn } from './tickets.ts';

const signIn: SignIn = { token: 't', kind: 'customer', tenantSlug: 'acme', page: '/portal/acme/referrals' };

function ticketsAt(start: number) {
  const clock = { nowMs: start, now: () => clock.nowMs };
  return { clock, tickets: createTickets(clock) };
}

/** Protects: a link that somebody finds in a history or a log of the terminal opens nothing. */
test('a ticket is good once', () => {
  const { tickets } = ticketsAt(0);
  const ticket = tickets.issue(signIn);
  expect([tickets.redeem(ticket), tickets.redeem(ticket)]).toEqual([signIn, undefined]);
});

test('a ticket is good for a quarter of an hour', () => {
  const { clock, tickets } = ticketsAt(1_000);
  const [early, late] = [tickets.issue(signIn), tickets.issue(signIn)];
  clock.nowMs += 15 * 60_000 - 1;
  expect(tickets.redeem(early)).toEqual(signIn);
  clock.nowMs += 1;
  expect(tickets.redeem(late)).toBeUndefined();
});

test('no ticket is like another, and the oldest goes when there are too many', () => {
  const { tickets } = ticketsAt(0);
  const all = Array.from({ length: 1_001 }, () => tickets.issue(signIn));
  expect(new Set(all).size).toBe(1_001);
  expect(all.map((ticket) => tickets.redeem(ticket) !== undefined)).toEqual([false, ...Array(1_000).fill(true)]);
});
