import { type CloudEvent, customerKey, referralId } from '@referral/contracts';
import type { Collection } from '@referral/store';
import type { Installation } from '@referral/testing';
import { referees, referrals, referrers } from '../src/collections.ts';
import { tenant } from './world.ts';

const lifecycle = [
  'referral_attributed',
  'referral_converted',
  'referral_rejected',
  'referral_expired',
  'referral_reversed',
  'referral_nudge_due',
  'referral_milestone_reached',
  'referral_revenue_changed',
];

/** What the service has come to: its documents, and each event that others were told, once. */
export async function finalState(
  { store, published }: Pick<Installation, 'store' | 'published'>,
  people: { readonly referrers: readonly string[]; readonly referees: readonly string[] },
) {
  const bodies = async <Body>(collection: Collection<Body>, ids: readonly string[]) => {
    const documents = await store.getMany(collection, ids);
    return [...documents].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { body }]) => body);
  };
  const customers = (ids: readonly string[]) => ids.map((id) => customerKey(tenant, id));
  const pairs = people.referrers.flatMap((referrer) =>
    people.referees.map((referee) => referralId(tenant, referrer, referee)),
  );
  const settledReferrers = (await bodies(referrers, customers(people.referrers))).map(
    ({ absorbed: _, ...body }) => body,
  );
  return {
    referees: await bodies(referees, customers(people.referees)),
    referrals: await bodies(referrals, pairs),
    referrers: settledReferrers,
    events: distinct((await Promise.all(lifecycle.map((topic) => published(topic)))).flat()),
  };
}

/** By what they say, not by their id: two events of one id that differ are two. */
function distinct(events: readonly CloudEvent[]): CloudEvent[] {
  const known = new Map(events.map((event) => [JSON.stringify(event), event]));
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event);
}
