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
import { decideDocuments, foldCounters, type Handler, on, SettledFacts } from '@referral/processing';
import type { Store } from '@referral/store';
import { facts, folds, type TenantBody, tenants } from './collections.ts';
import { type CountedFact, clickFact, orderOf, referralFact, rewardFact, shareFact } from './domain/facts.ts';
import { describeFold } from './domain/folds.ts';
import { countOrders, countReferrals } from './revenue.ts';
import { countStandings } from './standings.ts';

/** Every batch is folded in a fixed number of round trips; nothing is published. */
export function createConsumers(store: Store): Handler[] {
  const settled = new SettledFacts();
  const count = (incoming: readonly CountedFact[]) =>
    foldCounters({ store, folds, facts, incoming, describe: describeFold, settled });

  const toReferrals = async (events: readonly CloudEvent<string, ReferralLifecycle>[], partition: number) => {
    await countReferrals(
      { store, count },
      events.map(({ data }) => referralFact(data, partition)),
    );
    await countStandings({ store, count }, events, partition);
  };

  return [
    on(tenantUpdated, (events) => rememberTenants(store, events)),
    on(referralLinkShared, (events, partition) => count(events.map((event) => shareFact(event, partition)))),
    on(referralLinkClicked, (events, partition) => count(events.map((event) => clickFact(event, partition)))),
    on(referralAttributed, toReferrals),
    on(referralConverted, toReferrals),
    on(referralRejected, toReferrals),
    on(referralExpired, toReferrals),
    on(referralReversed, toReferrals),
    on(referralRevenueChanged, (events, partition) =>
      countOrders(
        { store, count },
        events.map(({ data }) => orderOf(data, partition)),
      ),
    ),
    on(rewardIssued, (events, partition) => count(events.map(({ data }) => rewardFact(data, 'issued', partition)))),
    on(rewardReversed, (events, partition) => count(events.map(({ data }) => rewardFact(data, 'reversed', partition)))),
  ];
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
