import { customerKey } from '@referral/contracts';
import type { Document, Store } from '@referral/store';
import { type ProfileBody, profiles } from '../collections.ts';
import type { ReferralBody } from '../domain/referral.ts';

/** What is known of both sides of referrals, by customer key. */
export type People = ReadonlyMap<string, Document<ProfileBody>>;

export function profilesOf(store: Store, bodies: readonly ReferralBody[]): Promise<People> {
  const keys = bodies.flatMap(({ tenant_id, verdict }) => [
    customerKey(tenant_id, verdict.referrer_customer_id),
    customerKey(tenant_id, verdict.referee_customer_id),
  ]);
  return store.getMany(profiles, new Set(keys));
}
