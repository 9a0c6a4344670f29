import { joinLists } from '@referral/bus';
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
import {
  type CountedFact,
  clickFact,
  type Order,
  orderOf,
  type ReferralRecord,
  referralFact,
  rewardFact,
  shareFact,
} from './domain/facts.ts';
import type { Generations } from './generations.ts';
import { countTold } from './revenue.ts';
import { countStandings, type Referrer } from './standings.ts';

/** What an event has to say to the figures. */
type News =
  | { readonly kind: 'referral'; readonly fact: CountedFact<ReferralRecord>; readonly referrer: Referrer }
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'other'; readonly fact: CountedFact };

const maxJoinedNews = 2_000;

/** What waits, of all topics, is folded in a fixed number of round trips per generation; nothing is published. */
export function createConsumers(store: Store, generations: Generations): Handler[] {
  const count = joinLists(
    (news: readonly News[]) => generations.count((counting) => countNews(counting, news)),
    maxJoinedNews,
  );
  const counted =
    <Event extends CloudEvent<string, unknown>>(toNews: (event: Event, shard: number) => News) =>
    (events: readonly Event[], shardOf: PartitionOf) =>
      count(events.map((event) => toNews(event, shardOf(event))));
  const other = (fact: CountedFact): News => ({ kind: 'other', fact });
  const referral = counted(referralNews);

  return [
    on(tenantUpdated, (events) => rememberTenants(store, events)),
    on(
      referralLinkShared,
      counted((event, shard) => other(shareFact(event, shard))),
    ),
    on(
      referralLinkClicked,
      counted((event, shard) => other(clickFact(event, shard))),
    ),
    on(referralAttributed, referral),
    on(referralConverted, referral),
    on(referralRejected, referral),
    on(referralExpired, referral),
    on(referralReversed, referral),
    on(
      referralRevenueChanged,
      counted(({ data }, shard) => ({ kind: 'order', order: orderOf(data, shard) })),
    ),
    on(
      rewardIssued,
      counted(({ data }, shard) => other(rewardFact(data, 'issued', shard))),
    ),
    on(
      rewardReversed,
      counted(({ data }, shard) => other(rewardFact(data, 'reversed', shard))),
    ),
  ];
}

function referralNews({ data }: CloudEvent<string, ReferralLifecycle>, shard: number): News {
  const referrer = { tenantId: data.tenant_id, customerId: data.referrer_customer_id, shard };
  return { kind: 'referral', fact: referralFact(data, shard), referrer };
}

async function countNews(counting: Counting, news: readonly News[]): Promise<void> {
  await countTold(counting, {
    referrals: news.flatMap((each) => (each.kind === 'referral' ? each.fact : [])),
    orders: news.flatMap((each) => (each.kind === 'order' ? each.order : [])),
    others: news.flatMap((each) => (each.kind === 'other' ? each.fact : [])),
  });
  await countStandings(
    counting,
    news.flatMap((each) => (each.kind === 'referral' ? each.referrer : [])),
  );
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
