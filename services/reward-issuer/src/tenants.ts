import type { DataOf, EventOf, tenantUpdated } from '@referral/contracts';
import { decideDocuments } from '@referral/processing';
import type { Store } from '@referral/store';
import { type TenantBody, tenants } from './collections.ts';

/** Keeps the currency of each tenant, as it was told last. */
export async function rememberTenants(store: Store, events: readonly EventOf<typeof tenantUpdated>[]): Promise<void> {
  const tasks = events.map(({ time, data }) => ({ documentId: data.tenant_id, command: { time, data } }));
  await decideDocuments({
    store,
    collection: tenants,
    tasks,
    decide: (body, command) => ({ body: newest(body, command), events: [] }),
  });
}

/** `undefined` for a tenant that is not known here, or not yet. */
export async function currencyOf(store: Store, tenantId: string): Promise<string | undefined> {
  return (await store.get(tenants, tenantId))?.body.currency;
}

interface TenantNews {
  readonly time: string;
  readonly data: DataOf<typeof tenantUpdated>;
}

function newest(body: TenantBody | undefined, { time, data: { currency } }: TenantNews): TenantBody {
  if (body && Date.parse(body.told_at) >= Date.parse(time)) return body;
  return { currency, told_at: time };
}
