import {
  createEvent,
  customerSignedUp,
  encodeEvent,
  enrolledCustomerId,
  enrollmentRequest,
  normalizeCode,
  normalizeEmail,
  visitorIn,
} from '@referral/contracts';
import { limitClients, parseBody, principalOf, problems, requireToken } from '@referral/host';
import { type RequestHandler, type Response, Router } from 'express';
import { promos, tenants } from '../collections.ts';
import { promoId } from '../stages/projections.ts';
import type { HttpDeps } from './deps.ts';

/** `POST /api/enrollments`: a new customer signs up, in public, or through the platform with a service token. */
export function enrollmentRoutes(deps: HttpDeps): Router {
  const { store, bus, now } = deps;
  const authenticateIfGiven = onlyWithToken(requireToken(deps, 'service'));
  return Router().post('/api/enrollments', limitClients(deps.rateLimits), authenticateIfGiven, async (req, res) => {
    const body = parseBody(enrollmentRequest, req);
    const tenant = await tenantBySlug(deps, body.tenant_slug);
    if (!tenant) throw problems.notFound('There is no such tenant.');
    refuseForeignToken(req.headers.authorization !== undefined, res, tenant.tenant_id, body.customer_id !== undefined);

    const { tenant_id } = tenant;
    const customer_id = body.customer_id ?? enrolledCustomerId(tenant_id, body.email);
    // Whoever opened a referral link before is known by it, also when the form says nothing of that.
    const visitor_id = body.visitor_id ?? visitorIn(req.get('cookie'));
    const promo = body.promo_code === undefined ? undefined : await knownPromo(store, tenant_id, body.promo_code);
    const occurred_at = new Date(now()).toISOString();
    const data = {
      tenant_id,
      customer_id,
      name: body.name,
      email: body.email,
      ...(body.phone === undefined ? {} : { phone: body.phone }),
      ...(body.referral_code === undefined ? {} : { referral_code: body.referral_code }),
      ...(visitor_id === undefined ? {} : { visitor_id }),
      ...(promo ? { promo } : {}),
      occurred_at,
    };
    // The same form sent twice is one event; with another code it is another attempt, so that a mistyped one can be mended.
    const identity = [
      'enrollment',
      customer_id,
      normalizeEmail(body.email),
      normalizeCode(body.referral_code ?? ''),
      visitor_id ?? '',
      promo?.code ?? '',
    ];
    const event = {
      ...createEvent(customerSignedUp, data, { identity, occurredAt: occurred_at }),
      source: '/attribution/enrollments',
    };
    await bus.publish([encodeEvent(customerSignedUp, event)]);
    res.status(201).json({ customer_id, event_id: event.id });
  });
}

function onlyWithToken(authenticate: RequestHandler): RequestHandler {
  return (req, res, next) => (req.headers.authorization === undefined ? next() : authenticate(req, res, next));
}

function refuseForeignToken(hasToken: boolean, res: Response, tenantId: string, bringsCustomerId: boolean): void {
  if (!hasToken && bringsCustomerId) throw problems.unauthorized('A customer_id needs a service token.');
  if (hasToken && principalOf(res).tenantId !== tenantId) throw problems.notFound('There is no such tenant.');
}

async function tenantBySlug({ store }: HttpDeps, slug: string) {
  const { items } = await store.page(tenants, { index: 'slug', prefix: [slug], direction: 'ascending', limit: 1 });
  return items[0]?.body;
}

/** An unknown promo code is no promo. */
async function knownPromo(store: HttpDeps['store'], tenantId: string, code: string) {
  const promo = (await store.get(promos, promoId(tenantId, code)))?.body;
  if (!promo || promo.removed) return undefined;
  return { code, combinable_with_referral: promo.combinable_with_referral };
}
