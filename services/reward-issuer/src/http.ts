import { identifier, myRewardsQuery, rewardsQuery } from '@referral/contracts';
import { assert } from '@referral/errors';
import { parseQuery, principalOf, problems, requireToken, type TokenVerifier, tenantOf } from '@referral/host';
import { type Response, Router } from 'express';
import { readBalance, toApiIssuedReward } from './balance.ts';
import { rewards } from './collections.ts';
import type { Context } from './context.ts';
import { addCheckoutCalls } from './http/checkout.ts';
import { readTotals } from './totals.ts';

/** The tenant comes from the token alone, here as everywhere. */
export function createRouter(context: Context, edge: { readonly verifier: TokenVerifier }): Router {
  const { store } = context;
  const router = Router();
  const admin = requireToken(edge, 'admin');
  const customer = requireToken(edge, 'customer');
  addCheckoutCalls(router, context, edge);

  router.get('/api/rewards', admin, async (req, res) => {
    const { limit, cursor, customer_id } = parseQuery(rewardsQuery, req);
    const { items, nextCursor } = await store.page(rewards, {
      ...(customer_id === undefined
        ? { index: 'tenant', prefix: [tenantOf(res)] }
        : { index: 'customer', prefix: [tenantOf(res), customer_id] }),
      direction: 'descending',
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    res.json({ data: items.map(toApiIssuedReward), next_cursor: nextCursor ?? null });
  });

  router.get('/api/rewards/totals', admin, async (_req, res) => {
    res.json(await readTotals(store, tenantOf(res)));
  });

  router.get('/api/rewards/my-rewards', customer, async (req, res) => {
    const { limit, cursor } = parseQuery(myRewardsQuery, req);
    const { items, nextCursor } = await store.page(rewards, {
      index: 'customer',
      prefix: [tenantOf(res), customerOf(res)],
      direction: 'descending',
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    res.json({ data: items.map(toApiIssuedReward), next_cursor: nextCursor ?? null });
  });

  router.get('/api/rewards/my-balance', customer, async (_req, res) => {
    res.json(await readBalance(store, tenantOf(res), customerOf(res)));
  });

  router.get('/api/customers/:id/balance', admin, async (req, res) => {
    res.json(await readBalance(store, tenantOf(res), customerIn(req.params.id)));
  });

  return router;
}

function customerOf(res: Response): string {
  const { customerId } = principalOf(res);
  assert(customerId !== undefined, 'a customer’s token names the customer');
  return customerId;
}

function customerIn(id: unknown): string {
  const parsed = identifier.safeParse(id);
  if (parsed.success) return parsed.data;
  throw problems.validation(parsed.error.issues.map(({ message }) => ({ path: 'id', message })));
}
