import { z } from 'zod';
import { identifier } from '../scalars.ts';

/** Request bodies of the attribution service. */

export const enrollmentRequest = z.strictObject({
  tenant_slug: z.string().min(1).max(64),
  name: z.string().trim().min(1).max(256),
  email: z.email().max(320),
  phone: z.string().max(64).optional(),
  referral_code: z.string().max(64).optional(),
  visitor_id: identifier.optional(),
  promo_code: identifier.optional(),
  /** Only with a service token: the platform's own id of this customer. */
  customer_id: identifier.optional(),
});
