import { join } from 'node:path';
import type { EngineFreeDefinition } from '@referral/host';
import { Router } from 'express';
import { assetRoutes } from './assets.ts';
import { configSchema } from './config.ts';
import { pageRoutes } from './pages.ts';
import { signInRoutes } from './sign-in.ts';
import { createTickets, type Tickets } from './tickets.ts';

export { createTickets, type SignIn, type Tickets } from './tickets.ts';

/** What the build has made of `app/`. Both the sources and what is compiled from them stand beside `dist`. */
const built = join(import.meta.dirname, '..', 'dist', 'public');

export interface WebOptions {
  /** Default: none, and no ticket is ever known. */
  readonly tickets?: Tickets;
  /** Where the built pages are. */
  readonly folder?: string;
}

/** The admin dashboard, the customer portal, the enrolment page and the sign-in. It keeps nothing and needs no engine. */
export function webService({ tickets, folder = built }: WebOptions = {}): EngineFreeDefinition<typeof configSchema> {
  return {
    name: 'web',
    config: configSchema,
    create: ({ clock, rateLimits }) => ({
      router: Router().use(
        pageRoutes(folder),
        assetRoutes(folder),
        signInRoutes(tickets ?? createTickets(clock), rateLimits),
      ),
      async start() {},
      async settle() {},
      async stop() {},
    }),
  };
}
