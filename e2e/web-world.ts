import type { TokenContent } from '@referral/host';
import type { Standalone } from './standalone-platform.ts';

export const tenant = 'acme-waste';

/** A name that tries everything a name can: markup, marks that turn the writing round, no place to break. */
export const hostileName = `<script>alert(1)</script>\u202e${'W'.repeat(200)}\u202c "><img src=x>`;

export function customer(customerId: string, name = 'Alex Example'): TokenContent {
  return { kind: 'customer', tenantId: tenant, customerId, name, email: `${customerId}@example.com` };
}

/** Another tenant, with a programme of these rewards. */
export async function addTenant(
  platform: Standalone,
  slug: string,
  program: object,
  name = slug,
): Promise<TokenContent> {
  const admin = { kind: 'admin', tenantId: slug } as const;
  await platform.post(
    '/api/tenants',
    { slug, name, currency: 'EUR', time_zone: 'Europe/Berlin' },
    { kind: 'admin', scopes: ['platform'] },
  );
  const { body } = await platform.get('/api/referrals/config', admin);
  await platform.put('/api/referrals/config', { ...body, ...program }, admin);
  return admin;
}

/** Brings a customer a friend who buys. Resolves when the reward is there. */
export async function bringFriend(platform: Standalone, referrer: TokenContent, friend: string): Promise<void> {
  const { body } = await platform.get('/api/referrals/my-code', referrer);
  const event = (type: string, data: object) => ({
    specversion: '1.0',
    id: `${type}-${friend}`,
    source: '/shop',
    type,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: { tenant_id: tenant, customer_id: friend, occurred_at: new Date().toISOString(), ...data },
  });
  const service = { kind: 'service', tenantId: tenant } as const;
  const bought = { order_id: `order-${friend}`, amount: 5_000, currency: 'USD' };
  const signedUp = event('customer_signed_up', { referral_code: body.referral_code });
  const { body: taken } = await platform.post('/api/events', [signedUp, event('purchase_completed', bought)], service);
  if (taken.accepted !== 2) throw new Error(`not taken: ${JSON.stringify(taken)}`);
  while ((await platform.get('/api/rewards/my-balance', referrer)).body.points === 0);
}
