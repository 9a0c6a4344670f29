import { limitClients, parseBody, problems, type RateLimits } from '@referral/host';
import { Router } from 'express';
import { z } from 'zod';
import type { Tickets } from './tickets.ts';

const signInRequest = z.strictObject({ ticket: z.string().min(1).max(128) });

/**
 * `POST /api/sign-in {ticket}` → `{token, kind, tenant_slug, page}`, once per ticket. It belongs to our sign-in page, not to
 * the public API: whoever writes a client brings a token.
 */
export function signInRoutes(tickets: Tickets, rateLimits: RateLimits): Router {
  return Router().post('/api/sign-in', limitClients(rateLimits), (req, res) => {
    const { ticket } = parseBody(signInRequest, req);
    const signIn = tickets.redeem(ticket);
    if (!signIn) throw problems.notFound('The ticket is not known here, was used before, or is older than 15 minutes.');
    const { token, kind, tenantSlug, page } = signIn;
    res.set('Cache-Control', 'no-store').json({ token, kind, tenant_slug: tenantSlug, page });
  });
}
