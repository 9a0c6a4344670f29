import { customerKey, type RewardType } from '@referral/contracts';
import type { Store } from '@referral/store';
import { ownerOf } from './codes.ts';
import { profiles } from './collections.ts';
import type { CodeState } from './domain/code.ts';
import type { ProgramVersion } from './domain/program.ts';
import { displayName } from './domain/referrer-name.ts';
import type { Tenant } from './domain/tenant.ts';
import { currentProgram } from './programs.ts';
import { nobody, tenantBySlug } from './tenants.ts';

/** A code that counts at the moment. */
export interface LiveCode {
  readonly tenant: Tenant;
  readonly program: ProgramVersion['program'];
  readonly owner: CodeState;
}

interface CodeLookup {
  readonly tenant: Tenant | undefined;
  readonly live: LiveCode | undefined;
}

/** Takes the same round trips whatever it finds: how long it takes tells nothing. */
export async function lookUpCode(store: Store, slug: string, typed: string): Promise<CodeLookup> {
  const tenant = await tenantBySlug(store, slug);
  const tenantId = tenant?.tenant_id ?? nobody;
  const [version, owner] = await Promise.all([currentProgram(store, tenantId), ownerOf(store, tenantId, typed)]);
  const live = tenant && owner && version?.program.enabled ? { tenant, owner, program: version.program } : undefined;
  return { tenant, live };
}

type Validation =
  | { readonly valid: false }
  | {
      readonly valid: true;
      readonly referrer_name: string | null;
      readonly referee_reward_type: RewardType | null;
      readonly referee_reward_value: number | null;
    };

/** What a new customer learns about a code. The same round trips, whatever it finds. */
export async function validateCode(store: Store, slug: string, typed: string): Promise<Validation> {
  const { live } = await lookUpCode(store, slug, typed);
  const ownerId = live ? customerKey(live.tenant.tenant_id, live.owner.customer_id) : customerKey(nobody, nobody);
  const profile = (await store.get(profiles, ownerId))?.body;
  if (!live) return { valid: false };
  const { referrer_name_display, referee_reward } = live.program;
  return {
    valid: true,
    referrer_name: displayName(profile?.erased ? undefined : profile?.name, referrer_name_display),
    referee_reward_type: referee_reward?.type ?? null,
    referee_reward_value: referee_reward?.value ?? null,
  };
}
