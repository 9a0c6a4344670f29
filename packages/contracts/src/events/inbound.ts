import { z } from 'zod';
import { defineEvent } from '../cloud-events.ts';
import { customerKey } from '../ids.ts';
import { amountMinor, currency, identifier, instant, tenantId } from '../scalars.ts';

/** What other services of the platform publish. Unknown members are ignored; keys may be whatever the publisher likes. */

const promo = z.object({ code: identifier, combinable_with_referral: z.boolean() });

/** How a signup or a purchase says who brought this customer. */
const origin = {
  /** As typed: case, spaces and hyphens do not matter. */
  referral_code: z.string().max(64).optional(),
  /** From the cookie or the link of the click. */
  visitor_id: identifier.optional(),
  /** Anything that is not one of our channels counts as `other`. */
  channel: z.string().max(64).optional(),
  promo: promo.optional(),
};

const customer = { tenant_id: tenantId, customer_id: identifier };
const byCustomer = (data: { tenant_id: string; customer_id: string }) => customerKey(data.tenant_id, data.customer_id);
const inbound = { version: 1, direction: 'inbound', source: '/platform', retention: { days: 30 } } as const;

export const customerSignedUp = defineEvent({
  ...inbound,
  type: 'customer_signed_up',
  summary: 'A customer signed up, perhaps with a referral code or after clicking a referral link.',
  data: z.object({
    ...customer,
    name: z.string().max(256).optional(),
    email: z.string().max(320).optional(),
    phone: z.string().max(64).optional(),
    ...origin,
    occurred_at: instant,
  }),
  key: byCustomer,
  subject: (data) => data.customer_id,
});

export const purchaseCompleted = defineEvent({
  ...inbound,
  type: 'purchase_completed',
  summary: 'A customer bought something. `amount` is in minor units of `currency`.',
  data: z.object({
    ...customer,
    order_id: identifier,
    amount: amountMinor,
    currency,
    ...origin,
    occurred_at: instant,
  }),
  key: byCustomer,
  subject: (data) => data.order_id,
});

export const purchaseRefunded = defineEvent({
  ...inbound,
  type: 'purchase_refunded',
  summary: 'An order was refunded, in part or whole. `amount` is in minor units of `currency`.',
  data: z.object({
    ...customer,
    order_id: identifier,
    refund_id: identifier,
    amount: amountMinor,
    currency,
    occurred_at: instant,
  }),
  key: byCustomer,
  subject: (data) => data.refund_id,
});

export const promoUpdated = defineEvent({
  ...inbound,
  type: 'promo_updated',
  retention: 'compact',
  summary: 'A promotion and whether it may be combined with a referral. `removed`: it no longer exists.',
  data: z.object({
    tenant_id: tenantId,
    code: identifier,
    combinable_with_referral: z.boolean(),
    type: z.enum(['discount_percent', 'discount_fixed']).optional(),
    value: z.int().nonnegative().optional(),
    currency: currency.optional(),
    removed: z.boolean().optional(),
  }),
  key: (data) => customerKey(data.tenant_id, data.code),
  subject: (data) => data.code,
});
