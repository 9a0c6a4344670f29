import { demoTenant } from '@referral/cli';
import { issueToken } from '@referral/host';
import type { Tickets } from '@referral/service-web';

/** Where the demo's pages open, for whoever stands at this terminal. */
export interface DemoLinks {
  readonly dashboard: string;
  readonly portal: string;
  readonly enrollment: string;
}

export const demoCustomerId = 'cus_1';

/** Links that sign in by a one-time ticket in their fragment, which no server and no log ever sees. */
export async function demoLinks(url: string, secret: string, tickets: Tickets): Promise<DemoLinks> {
  const { tenant_id: tenantId, slug: tenantSlug } = demoTenant;
  const customer = { customerId: demoCustomerId, name: 'Alex Example', email: 'alex@example.com' };
  const admin = tickets.issue({
    token: await issueToken(secret, { kind: 'admin', tenantId, name: 'Demo admin' }),
    kind: 'admin',
    tenantSlug,
    page: `/dashboard/${tenantSlug}/referrals`,
  });
  const portal = tickets.issue({
    token: await issueToken(secret, { kind: 'customer', tenantId, ...customer }),
    kind: 'customer',
    tenantSlug,
    page: `/portal/${tenantSlug}/referrals`,
  });
  return {
    dashboard: `${url}/sign-in#ticket=${admin}`,
    portal: `${url}/sign-in#ticket=${portal}`,
    enrollment: `${url}/enroll/${tenantSlug}`,
  };
}
