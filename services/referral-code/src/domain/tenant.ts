export interface Tenant {
  readonly tenant_id: string;
  readonly slug: string;
  readonly name: string;
  readonly currency: string;
  readonly time_zone: string;
}

export function sameTenant(a: Tenant, b: Tenant): boolean {
  return (
    a.tenant_id === b.tenant_id &&
    a.slug === b.slug &&
    a.name === b.name &&
    a.currency === b.currency &&
    a.time_zone === b.time_zone
  );
}
