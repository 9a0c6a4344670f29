import {
  apiProgram,
  configRequest,
  createTenantRequest,
  defaultProgram,
  type InexactAmount,
  idempotencyKey,
  programHistoryQuery,
  promosRequest,
  shareRequest,
  validateRequest,
  visitorIn,
} from '@referral/contracts';
import { assert } from '@referral/errors';
import {
  limitClients,
  type Problem,
  parseBody,
  parseQuery,
  principalOf,
  problems,
  type RateLimits,
  requireToken,
  type TokenVerifier,
  tenantOf,
} from '@referral/host';
import { type Request, type Response, Router } from 'express';
import { recordClick } from './clicks.ts';
import { accessCode, type Customer, shareCode, successfulReferrals } from './codes.ts';
import type { Context } from './context.ts';
import { landingPage, linkChannel, shareUrl } from './domain/links.ts';
import { toClaims } from './domain/profile.ts';
import type { ProgramVersion } from './domain/program.ts';
import { configPath, toConfig, toOffer, withConfig } from './domain/program-views.ts';
import type { Tenant } from './domain/tenant.ts';
import { programHistory } from './program-history.ts';
import { currentProgram, type SaveProgramResult, saveProgram } from './programs.ts';
import { promosOf, savePromos } from './promos.ts';
import { lookUpCode, validateCode } from './public-lookup.ts';
import { toEntityTag, toPrecondition } from './requests.ts';
import { createTenant, tenantById, tenantBySlug } from './tenants.ts';
import { rememberVisitor } from './visitor-cookie.ts';

interface Edge {
  readonly verifier: TokenVerifier;
  readonly rateLimits: RateLimits;
}

const maxSlugLength = 64;

export function createRouter(context: Context, edge: Edge): Router {
  const router = Router();
  addTenantCalls(router, context, edge);
  addAdminCalls(router, context, edge);
  addCustomerCalls(router, context, edge);
  addPublicCalls(router, context, edge);
  return router;
}

function addTenantCalls(router: Router, context: Context, edge: Edge): void {
  const admin = requireToken(edge, 'admin');

  router.post('/api/tenants', admin, async (req, res) => {
    if (!isPlatform(res)) throw problems.forbidden('This needs an admin token with scope platform.');
    const { tenant_id, ...request } = parseBody(createTenantRequest, req);
    const tenant: Tenant = { tenant_id: tenant_id ?? request.slug, ...request };
    const result = await createTenant(context, tenant);
    if (result === 'different') throw problems.conflict('The tenant exists with other content.', 'tenant-exists');
    if (result === 'slug_taken') throw problems.conflict('The slug belongs to another tenant.', 'slug-taken');
    res.status(result === 'created' ? 201 : 200).json(toTenantBody(tenant));
  });

  router.get('/api/tenants/:slug', admin, async (req, res) => {
    const tenant = await tenantBySlug(context.store, param(req, 'slug'));
    const mayRead = isPlatform(res) || principalOf(res).tenantId === tenant?.tenant_id;
    if (!tenant || !mayRead) throw problems.notFound();
    res.json(toTenantBody(tenant));
  });
}

function addAdminCalls(router: Router, context: Context, edge: Edge): void {
  const { store } = context;
  const admin = requireToken(edge, 'admin');

  router.get('/api/referrals/program', admin, async (_req, res) => {
    const { tenant_id } = await callersTenant(context, res);
    answerProgram(res, await currentProgram(store, tenant_id));
  });

  router.put('/api/referrals/program', admin, async (req, res) => {
    const tenant = await callersTenant(context, res);
    const program = parseBody(apiProgram, req);
    const precondition = toPrecondition(req.get('if-match'));
    const changedBy = callerName(res);
    const result = await saveProgram(context, tenant, { change: () => program, precondition, changedBy });
    answerProgram(res, savedVersion(result));
  });

  router.get('/api/referrals/program/history', admin, async (req, res) => {
    const { tenant_id } = await callersTenant(context, res);
    const { versions, nextCursor } = await programHistory(store, tenant_id, parseQuery(programHistoryQuery, req));
    res.json({ data: versions, next_cursor: nextCursor });
  });

  router.get('/api/referrals/config', admin, async (_req, res) => {
    const { tenant_id } = await callersTenant(context, res);
    res.json(toConfig((await currentProgram(store, tenant_id))?.program ?? defaultProgram));
  });

  router.put('/api/referrals/config', admin, async (req, res) => {
    const tenant = await callersTenant(context, res);
    const config = parseBody(configRequest, req);
    const result = await saveProgram(context, tenant, {
      change: (program) => withConfig(program, config),
      precondition: 'not_needed',
      changedBy: callerName(res),
    });
    res.json(toConfig(savedVersion(result, configPath).program));
  });

  router.get('/api/referrals/promos', admin, async (_req, res) => {
    const { tenant_id } = await callersTenant(context, res);
    res.json({ data: await promosOf(store, tenant_id) });
  });

  router.put('/api/referrals/promos', admin, async (req, res) => {
    const tenant = await callersTenant(context, res);
    const { data } = parseBody(promosRequest, req);
    const inexact = await savePromos(context, tenant, data);
    if (inexact.length > 0) throw problems.validation(inexact);
    res.json({ data });
  });
}

function addCustomerCalls(router: Router, context: Context, edge: Edge): void {
  const { store } = context;
  const customer = requireToken(edge, 'customer');

  router.get('/api/referrals/my-code', customer, async (_req, res) => {
    const { tenant_id, slug } = await callersTenant(context, res);
    const caller = customerOf(res);
    const [{ code }, referral_count, version] = await Promise.all([
      accessCode(context, caller),
      successfulReferrals(store, caller),
      currentProgram(store, tenant_id),
    ]);
    const offer = toOffer(version?.program ?? defaultProgram);
    res.json({ referral_code: code, referral_count, ...offer, enrollment_slug: slug });
  });

  router.post('/api/referrals/share', customer, async (req, res) => {
    const tenant = await callersTenant(context, res);
    const { channel } = parseBody(shareRequest, req);
    const key = idempotencyKey.safeParse(req.get('idempotency-key'));
    if (!key.success) throw problems.validation([{ path: 'Idempotency-Key', message: 'must be 1 to 128 bytes' }]);
    const code = await accessCode(context, customerOf(res));
    const share = { channel, ...(key.data !== undefined && { idempotencyKey: key.data }) };
    const { link, isKeyReused } = await shareCode(context, tenant, code, share);
    if (isKeyReused) throw problems.unprocessable('The key stands for another body.', 'idempotency-key-reused');
    res.json({ link, share_url: shareUrl(channel, link, tenant.name) });
  });
}

function addPublicCalls(router: Router, context: Context, edge: Edge): void {
  const { store, publicUrl } = context;
  const limited = limitClients(edge.rateLimits);

  router.get('/api/tenants/:slug/public', limited, async (req, res) => {
    const tenant = await tenantBySlug(store, param(req, 'slug'));
    if (!tenant) throw problems.notFound();
    const { slug, name, currency } = tenant;
    res.json({ slug, name, currency });
  });

  router.post('/api/referrals/validate', limited, async (req, res) => {
    const { tenant_slug: slug, referral_code: code } = parseBody(validateRequest, req);
    const validation = await withinMisses(
      edge,
      slug,
      () => validateCode(store, slug, code),
      ({ valid }) => valid,
    );
    res.json(validation);
  });

  router.get('/r/:tenantSlug/:code', limited, async (req, res) => {
    const [slug, typed] = [param(req, 'tenantSlug'), param(req, 'code')];
    const found = await withinMisses(
      edge,
      slug,
      () => lookUpCode(store, slug, typed),
      ({ live }) => live !== undefined,
    );
    const { tenant, live } = found;
    if (!tenant) throw problems.notFound();
    res.set('Cache-Control', 'no-store');
    if (!live) return res.redirect(302, landingPage({ publicUrl, slug: tenant.slug, landingUrl: null }, {}));
    const page = { publicUrl, slug: tenant.slug, landingUrl: live.program.landing_url };
    const { code } = live.owner;
    // What asks for the head alone looks at the link, it does not follow it.
    if (req.method === 'HEAD') return res.redirect(302, landingPage(page, { code }));
    const visitorId = visitorIn(req.get('cookie')) ?? context.generateVisitorId();
    await recordClick(context, live, { visitorId, channel: linkChannel(req.query.c) });
    rememberVisitor(res, visitorId, publicUrl);
    return res.redirect(302, landingPage(page, { code, visitorId }));
  });
}

/**
 * Looks a code up for somebody who may be guessing. A hit and a miss take the same round trips.
 * @throws Problem 429 when too many codes of this tenant were tried in vain
 */
async function withinMisses<Found>(
  { rateLimits }: Edge,
  slug: string,
  lookUp: () => Promise<Found>,
  isHit: (found: Found) => boolean,
): Promise<Found> {
  const key = slug.slice(0, maxSlugLength);
  const before = await rateLimits.peek('tenant_misses', key);
  if (!before.allowed) throw problems.tooManyRequests(before.resetSeconds);
  const found = await lookUp();
  const after = await (isHit(found) ? rateLimits.peek('tenant_misses', key) : rateLimits.consume('tenant_misses', key));
  if (!after.allowed) throw problems.tooManyRequests(after.resetSeconds);
  return found;
}

async function callersTenant({ store }: Context, res: Response): Promise<Tenant> {
  const tenant = await tenantById(store, tenantOf(res));
  if (!tenant) throw problems.notFound('The tenant of this token does not exist.');
  return tenant;
}

function customerOf(res: Response): Customer {
  const { customerId, ...principal } = principalOf(res);
  assert(customerId, 'a customer token names its customer');
  return { tenantId: tenantOf(res), customerId, claims: toClaims(principal) };
}

function isPlatform(res: Response): boolean {
  return principalOf(res).scopes.includes('platform');
}

function callerName(res: Response): string {
  const { email, name, kind } = principalOf(res);
  return email ?? name ?? kind;
}

function toTenantBody({ tenant_id, slug, name, currency, time_zone }: Tenant): Tenant {
  return { tenant_id, slug, name, currency, time_zone };
}

function answerProgram(res: Response, current: ProgramVersion | undefined): void {
  res.set('ETag', toEntityTag(current?.version ?? 0)).json(current?.program ?? defaultProgram);
}

function savedVersion(result: SaveProgramResult, toPath = (path: string) => path): ProgramVersion {
  switch (result.outcome) {
    case 'saved':
    case 'unchanged':
      return result.version;
    case 'inexact':
      throw problems.validation(
        result.amounts.map(({ path, message }: InexactAmount) => ({ path: toPath(path), message })),
      );
    case 'precondition_missing':
      throw problems.preconditionRequired('Send the ETag of the programme that this replaces.');
    case 'precondition_failed':
      throw changedMeanwhile(result.current);
    case 'too_many_versions':
      throw problems.conflict('The programme has been changed too often.', 'too-many-versions');
  }
}

/** Who has to merge two changes of a programme wants to know whose the other one is. */
function changedMeanwhile(current: ProgramVersion | undefined): Problem {
  if (!current) return problems.preconditionFailed('No programme was ever saved. Read it again.', { version: 0 });
  const { version, changed_at, changed_by } = current;
  return problems.preconditionFailed(
    `${changed_by} saved version ${version} at ${changed_at}. Read the programme again.`,
    {
      version,
      changed_at,
      changed_by,
    },
  );
}

function param(req: Request, name: string): string {
  const value = req.params[name];
  assert(typeof value === 'string', `the route has a parameter ${name}`);
  return value;
}
