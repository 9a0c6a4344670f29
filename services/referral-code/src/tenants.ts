import { slug as slugSchema } from '@referral/contracts';
import type { Store } from '@referral/store';
import { tenantAnnounced } from './announcements.ts';
import { tenants } from './collections.ts';
import { type Context, isoNow } from './context.ts';
import { decideDocument } from './documents.ts';
import { sameTenant, type Tenant } from './domain/tenant.ts';

type CreateTenantResult = 'created' | 'repeated' | 'different' | 'slug_taken';

/** A tenant is made once; the same again is a repeat. */
export async function createTenant(context: Context, tenant: Tenant): Promise<CreateTenantResult> {
  const result = await decideDocument<Tenant, CreateTenantResult>(context, tenants, tenant.tenant_id, (known) => {
    if (known) return { state: known, events: [], answer: sameTenant(known, tenant) ? 'repeated' : 'different' };
    return { state: tenant, events: [tenantAnnounced(tenant, isoNow(context))], answer: 'created' };
  });
  return 'duplicate' in result ? 'slug_taken' : result.answer;
}

export async function tenantById(store: Store, tenantId: string): Promise<Tenant | undefined> {
  return (await store.get(tenants, tenantId))?.body;
}

/** Nothing has this name: neither a slug, nor a tenant, nor a code. */
export const nobody = '-';

/** Asks the store whatever the text, so that a malformed slug takes as long as an unknown one. */
export async function tenantBySlug(store: Store, slug: string): Promise<Tenant | undefined> {
  const asked = slugSchema.safeParse(slug).success ? slug : nobody;
  const { items } = await store.page(tenants, { index: 'slug', prefix: [asked], direction: 'ascending', limit: 1 });
  return items[0]?.body;
}
