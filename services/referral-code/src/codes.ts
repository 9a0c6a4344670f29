import { customerKey, isWellFormedCode, normalizeCode } from '@referral/contracts';
import { assert, OperationalError } from '@referral/errors';
import type { Store } from '@referral/store';
import { codeAnnounced, profileAnnounced, shareAnnounced } from './announcements.ts';
import { codes, profiles, referrerFoldId, referrers } from './collections.ts';
import { type Context, isoNow } from './context.ts';
import { decideDocument } from './documents.ts';
import { type Claims, type CodeState, createCode, learnClaims, type Share, share } from './domain/code.ts';
import { referralLink } from './domain/links.ts';
import { toClaims } from './domain/profile.ts';
import type { Tenant } from './domain/tenant.ts';
import { nobody } from './tenants.ts';

export interface Customer {
  readonly tenantId: string;
  readonly customerId: string;
  readonly claims: Claims;
}

/** Of 32^8 codes, a tenant with a hundred million takes one out of eleven thousand. */
const maxCodeAttempts = 20;

/** The customer's code, made now if this is the first time; tells what the token says of the customer when that is news. */
export async function accessCode(context: Context, { tenantId, customerId, claims }: Customer): Promise<CodeState> {
  const id = customerKey(tenantId, customerId);
  const known = (await context.store.get(profiles, id))?.body;
  const isNamed = Object.keys(claims).length > 0 && !known?.erased;
  for (let attempt = 1; attempt <= maxCodeAttempts; attempt += 1) {
    const at = isoNow(context);
    const code = context.generateCode();
    const result = await decideDocument<CodeState, CodeState>(context, codes, id, (body) => {
      const created = { tenant_id: tenantId, customer_id: customerId, code, created_at: at, has_profile: isNamed };
      const before = body ?? createCode(created);
      const state = isNamed ? learnClaims(before, claims) : before;
      // The newest profile replaces the one before as a whole, so it repeats what this token happens not to say.
      const profile = { ...toClaims(known?.erased ? {} : (known ?? {})), ...claims };
      return {
        state,
        events: [
          ...(body ? [] : [codeAnnounced(state)]),
          ...(state === before ? [] : [profileAnnounced(state, profile, at)]),
        ],
        answer: state,
      };
    });
    if ('answer' in result) return result.answer;
  }
  throw new OperationalError('CODES_TAKEN', `${maxCodeAttempts} codes in a row are somebody else's`);
}

/** Whose code it is. Asks the store whatever was typed, so that a malformed code takes as long as an unknown one. */
export async function ownerOf(store: Store, tenantId: string, typed: string): Promise<CodeState | undefined> {
  const code = normalizeCode(typed);
  const prefix = [tenantId, isWellFormedCode(code) ? code : nobody];
  const { items } = await store.page(codes, { index: 'code', prefix, direction: 'ascending', limit: 1 });
  return items[0]?.body;
}

/** How many of the customer's referrals are converted and not reversed. */
export async function successfulReferrals(store: Store, { tenantId, customerId }: Customer): Promise<number> {
  const fold = await store.get(referrers, referrerFoldId(tenantId, customerId));
  return fold?.body.counters.successful ?? 0;
}

interface SharedLink {
  readonly link: string;
  readonly isKeyReused: boolean;
}

/** Records that a customer gives the link away. */
export async function shareCode(
  context: Context,
  { tenant_id, slug }: Tenant,
  { customer_id, code }: CodeState,
  request: Share,
): Promise<SharedLink> {
  const { channel } = request;
  const link = referralLink(context.publicUrl, slug, code, channel);
  const result = await decideDocument<CodeState, SharedLink>(
    context,
    codes,
    customerKey(tenant_id, customer_id),
    (body) => {
      assert(body, 'a code is never taken away');
      const decision = share(body, request);
      if (decision.outcome !== 'shared') {
        return { state: body, events: [], answer: { link, isKeyReused: decision.outcome === 'key_reused' } };
      }
      const event = shareAnnounced(decision.state, { channel, link, shared_at: isoNow(context) });
      return { state: decision.state, events: [event], answer: { link, isKeyReused: false } };
    },
  );
  assert('answer' in result, 'sharing leaves the code as it is');
  return result.answer;
}
