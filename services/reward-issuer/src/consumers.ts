import type { Bus } from '@referral/bus';
import {
  type CloudEvent,
  customerKey,
  type EncodedEvent,
  journalEntryPosted,
  loyaltyPointsPosted,
  promoCreditPosted,
  type RewardData,
  referralAttributed,
  referralConverted,
  referralExpired,
  referralMilestoneReached,
  referralRejected,
  referralRevenueChanged,
  referralReversed,
  rewardIssued,
  rewardReversed,
  tenantUpdated,
} from '@referral/contracts';
import { decideDocuments, type Handler, on, SettledFacts } from '@referral/processing';
import type { Store } from '@referral/store';
import { addToAccounts, creditCounter, pointsCounter } from './accounts.ts';
import { CompleteHeads, sealEntries } from './book/seal-entries.ts';
import { journals, milestones, type RewardBody, rewards } from './collections.ts';
import { keepDiscounts } from './discounts.ts';
import { type DiscountNews, newsOfReferral, newsOfReward } from './domain/discount-words.ts';
import { milestoneEntryId } from './domain/milestone.ts';
import { keepJournal, keepMilestone, type MilestoneEvent, type ReferralEvent } from './keep-journal.ts';
import { countSpending } from './spending.ts';
import { rememberTenants } from './tenants.ts';

interface ConsumersOptions {
  readonly bus: Bus;
  readonly store: Store;
  /** What accounts may forget. */
  readonly settled: SettledFacts;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * The journal and the discounts work on what became of referrals; the accounts, rewards and the book on what the journal
 * published.
 */
export function createConsumers({ bus, store, settled, now }: ConsumersOptions): Handler[] {
  const settledOrders = new SettledFacts();
  const heads = new CompleteHeads();

  const publish = async (events: readonly EncodedEvent[]) => {
    if (events.length > 0) await bus.publish(events);
  };

  const toJournal = async (events: readonly ReferralEvent[]) => {
    const tasks = events.map((event) => {
      const { tenant_id, referee_customer_id } = event.data;
      return { documentId: customerKey(tenant_id, referee_customer_id), command: event };
    });
    const decided = await decideDocuments({ store, collection: journals, tasks, decide: keepJournal });
    await publish(decided.events);
  };
  const toMilestones = async (events: readonly MilestoneEvent[]) => {
    const tasks = events.map((event) => ({ documentId: milestoneEntryId(event.data), command: event }));
    const decided = await decideDocuments({ store, collection: milestones, tasks, decide: keepMilestone });
    await publish(decided.events);
  };
  const toRewards =
    (part: 'issued_at' | 'reversed_at') => async (events: readonly CloudEvent<string, RewardData>[]) => {
      const tasks = events.map(({ data }) => ({ documentId: data.reward_id, command: { part, data } }));
      await decideDocuments({
        store,
        collection: rewards,
        tasks,
        decide: (body, command) => quietly(learn(body, command)),
      });
    };
  const toDiscounts = async (news: readonly DiscountNews[]) => publish(await keepDiscounts(store, news));
  const toBothDiscounts = (events: readonly ReferralEvent[]) =>
    toDiscounts(events.flatMap(({ data, time }) => newsOfReferral(data, time)));

  return [
    on(referralConverted, toJournal),
    on(referralReversed, toJournal),
    on(referralRejected, toJournal),
    on(referralExpired, toJournal),
    on(referralAttributed, toBothDiscounts),
    on(referralConverted, toBothDiscounts),
    on(referralReversed, toBothDiscounts),
    on(referralRejected, toBothDiscounts),
    on(referralExpired, toBothDiscounts),
    on(referralRevenueChanged, (events) => countSpending({ store, settled: settledOrders }, events)),
    on(tenantUpdated, (events) => rememberTenants(store, events)),
    on(referralMilestoneReached, toMilestones),
    on(journalEntryPosted, (events) =>
      sealEntries(
        { store, heads, now },
        events.map(({ data }) => data),
      ),
    ),
    on(loyaltyPointsPosted, (events) =>
      addToAccounts({ store, settled }, events, ({ points }) => ({ [pointsCounter]: points })),
    ),
    on(promoCreditPosted, (events) =>
      addToAccounts({ store, settled }, events, ({ currency, amount }) => ({ [creditCounter(currency)]: amount })),
    ),
    on(rewardIssued, toRewards('issued_at')),
    on(rewardIssued, (events) => toDiscounts(events.flatMap(({ data }) => newsOfReward(data)))),
    on(rewardReversed, toRewards('reversed_at')),
  ];
}

interface RewardNews {
  readonly part: 'issued_at' | 'reversed_at';
  readonly data: RewardData;
}

function learn(body: RewardBody | undefined, { part, data }: RewardNews): RewardBody {
  if (body?.[part] !== undefined) return body;
  const { tenant_id, customer_id, side, kind, rule, type, value, currency, referral_id, program_version } = data;
  return {
    ...(body ?? { tenant_id, customer_id, side, kind, rule, type, value, currency, referral_id, program_version }),
    [part]: data.occurred_at,
  };
}

/** A document that nobody else has to hear of. */
function quietly<Body>(body: Body): { body: Body; events: [] } {
  return { body, events: [] };
}
