import {
  type CloudEvent,
  customerKey,
  customerProfile,
  type ReferralLifecycle,
  referralConverted,
  referralExpired,
  referralRejected,
  referralReversed,
} from '@referral/contracts';
import { decideDocuments, type Fact, foldCounters, type Handler, on, SettledFacts } from '@referral/processing';
import type { Store } from '@referral/store';
import { profiles, referrals, referrerFoldId, referrers } from './collections.ts';
import { learnProfile } from './domain/profile.ts';

/** What this service does with the events of others, topic by topic. */
export function createHandlers(store: Store): Handler[] {
  const settled = new SettledFacts();
  const countReferrals = (events: readonly CloudEvent<string, ReferralLifecycle>[]) =>
    foldCounters({
      store,
      folds: referrers,
      facts: referrals,
      incoming: events.map(({ data }) => toFact(data)),
      describe: () => ({}),
      settled,
    });
  return [
    // Not `referral_attributed`: what is attributed counts only once it converts, and what no longer counts is told as reversed.
    on(referralConverted, countReferrals),
    on(referralRejected, countReferrals),
    on(referralExpired, countReferrals),
    on(referralReversed, countReferrals),
    on(customerProfile, async (events) => {
      await decideDocuments({
        store,
        collection: profiles,
        tasks: events.map((event) => ({
          documentId: customerKey(event.data.tenant_id, event.data.customer_id),
          command: event,
        })),
        decide: (profile, event) => ({ body: learnProfile(profile, event), events: [] }),
      });
    }),
  ];
}

function toFact({ tenant_id, referral_id, referrer_customer_id, revision, status }: ReferralLifecycle): Fact {
  const foldId = referrerFoldId(tenant_id, referrer_customer_id);
  return {
    id: referral_id,
    revision,
    contributions: status === 'converted' ? { [foldId]: { successful: 1 } } : {},
    record: {},
  };
}
