import {
  type CloudEvent,
  type DataOf,
  type ReferralLifecycle,
  referralAttributed,
  referralConverted,
  referralExpired,
  referralLinkClicked,
  referralLinkShared,
  referralRejected,
  referralRevenueChanged,
  referralReversed,
  rewardIssued,
  rewardReversed,
  tenantUpdated,
} from '@referral/contracts';
import { decideDocuments, type Handler, on, type PartitionOf } from '@referral/processing';
import type { Store } from '@referral/store';
import { type TenantBody, tenants } from './collections.ts';
import type { Counting } from './counting.ts';
import { clickFact, orderOf, referralFact, rewardFact, shareFact } from './domain/facts.ts';
import type { Generations } from './generations.ts';
import { countOrders, countReferrals } from './revenue.ts';
import { countStandings } from './standings.ts';

/** Every batch is folded in a fixed number of round trips per generation; nothing is published. */
export function createConsumers(store: Store, generations: Generations): Handler[] {
  const inEach =
    <Event>(work: (counting: Counting, events: readonly Event[], shardOf: PartitionOf) => Promise<void>) =>
    (events: readonly Event[], partitionOf: PartitionOf) =>
      generations.count((generation) => work(generation, events, partitionOf));
  const toReferrals = inEach(countLifecycle);

  return [
    on(tenantUpdated, (events) => rememberTenants(store, events)),
    on(
      referralLinkShared,
      inEach(({ count }, events, shardOf) => count(events.map((event) => shareFact(event, shardOf(event))))),
    ),
    on(
      referralLinkClicked,
      inEach(({ count }, events, shardOf) => count(events.map((event) => clickFact(event, shardOf(event))))),
    ),
    on(referralAttributed, toReferrals),
    on(referralConverted, toReferrals),
    on(referralRejected, toReferrals),
    on(referralExpired, toReferrals),
    on(referralReversed, toReferrals),
    on(
      referralRevenueChanged,
      inEach((counting, events, shardOf) =>
        countOrders(
          counting,
          events.map((event) => orderOf(event.data, shardOf(event))),
        ),
      ),
    ),
    on(
      rewardIssued,
      inEach(({ count }, events, shardOf) =>
        count(events.map((event) => rewardFact(event.data, 'issued', shardOf(event)))),
      ),
    ),
    on(
      rewardReversed,
      inEach(({ count }, events, shardOf) =>
        count(events.map((event) => rewardFact(event.data, 'reversed', shardOf(event)))),
      ),
    ),
  ];
}

async function countLifecycle(
  counting: Counting,
  events: readonly CloudEvent<string, ReferralLifecycle>[],
  shardOf: PartitionOf,
): Promise<void> {
  await countReferrals(
    counting,
    events.map((event) => referralFact(event.data, shardOf(event))),
  );
  await countStandings(counting, events, shardOf);
}

async function rememberTenants(
  store: Store,
  events: readonly CloudEvent<string, DataOf<typeof tenantUpdated>>[],
): Promise<void> {
  const tasks = events.map((event) => ({ documentId: event.data.tenant_id, command: event }));
  await decideDocuments({
    store,
    collection: tenants,
    tasks,
    decide: (body: TenantBody | undefined, { time, data: { slug, currency, time_zone } }) => ({
      body: body && Date.parse(body.told_at) > Date.parse(time) ? body : { slug, currency, time_zone, told_at: time },
      events: [],
    }),
  });
}
