import { randomBytes } from 'node:crypto';
import type { Clock } from '@referral/host';

/** What a ticket is exchanged for: a token, and the page that it opens. */
export interface SignIn {
  readonly token: string;
  readonly kind: 'admin' | 'customer';
  readonly tenantSlug: string;
  /** A path of this installation. */
  readonly page: string;
}

/** One-time tickets, in the memory of this process. They open the first look at a demo; an identity provider they are not. */
export interface Tickets {
  /** @returns a ticket that is good once, within 15 minutes */
  issue(signIn: SignIn): string;
  /** @returns undefined for a ticket that is unknown, used, or too old */
  redeem(ticket: string): SignIn | undefined;
}

const goodForMs = 15 * 60_000;
const ticketBytes = 24;
/** Whoever prints links prints a handful; beyond this the oldest goes. */
const maxTickets = 1_000;

export function createTickets(clock: Clock): Tickets {
  const issued = new Map<string, { readonly signIn: SignIn; readonly untilMs: number }>();
  return {
    issue(signIn) {
      const ticket = randomBytes(ticketBytes).toString('base64url');
      issued.set(ticket, { signIn, untilMs: clock.now() + goodForMs });
      for (const oldest of issued.keys()) {
        if (issued.size <= maxTickets) break;
        issued.delete(oldest);
      }
      return ticket;
    },
    redeem(ticket) {
      const found = issued.get(ticket);
      issued.delete(ticket);
      return found && clock.now() < found.untilMs ? found.signIn : undefined;
    },
  };
}
