import { idempotencyKey, quoteRequest, redemptionRequest } from '@referral/contracts';
import { type Problem, parseBody, problems, requireToken, type TokenVerifier, tenantOf } from '@referral/host';
import type { Request, Router } from 'express';
import { quoteCart } from '../checkout/quotes.ts';
import { type RedemptionRefusal, redeemForOrder } from '../checkout/redemptions.ts';
import type { Context } from '../context.ts';

/** What a shop asks for while a customer pays. */
export function addCheckoutCalls(router: Router, context: Context, edge: { readonly verifier: TokenVerifier }): void {
  const service = requireToken(edge, 'service');

  router.post('/api/checkout/quote', service, async (req, res) => {
    res.json(await quoteCart(context, tenantOf(res), parseBody(quoteRequest, req)));
  });

  router.post('/api/checkout/redemptions', service, async (req, res) => {
    const tenantId = tenantOf(res);
    const request = parseBody(redemptionRequest, req);
    const result = await redeemForOrder(context, { tenantId, request, key: keyOf(req) });
    if ('refused' in result) throw toProblem(result);
    res.status(201).json(result.answer);
  });
}

function keyOf(req: Request): string | undefined {
  const key = idempotencyKey.safeParse(req.get('idempotency-key'));
  if (key.success) return key.data;
  throw problems.validation([{ path: 'Idempotency-Key', message: 'must be 1 to 128 bytes' }]);
}

function toProblem(refusal: RedemptionRefusal): Problem {
  switch (refusal.refused) {
    case 'unknown_tenant':
      return problems.notFound('The tenant of this token is not known here, or not yet.');
    case 'unknown_discount':
      return problems.notFound('The customer has no such discount.');
    case 'inexact_credit':
      return problems.validation([{ path: 'credit', message: `must have at most ${refusal.digits} decimals` }]);
    case 'key_reused':
      return problems.unprocessable('The key stands for another body.', 'idempotency-key-reused');
    case 'not_enough':
      return problems.conflict(refusal.why, 'insufficient-balance');
    case 'discount_not_available':
      return problems.conflict(refusal.why, 'discount-not-available');
    case 'redeemed_otherwise':
      return problems.conflict(refusal.why, 'order-already-redeemed');
  }
}
