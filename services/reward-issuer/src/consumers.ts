import type { Bus } from '@referral/bus';
import {
  type CloudEvent,
  customerKey,
  discountGranted,
  loyaltyPointsPosted,
  promoCreditPosted,
  type RewardData,
  referralConverted,
  referralExpired,
  referralRejected,
  referralReversed,
  rewardIssued,
  rewardReversed,
} from '@referral/contracts';
import { decideDocuments, type Handler, on, SettledFacts, type Task } from '@referral/processing';
import type { Store } from '@referral/store';
import { addToAccounts, creditCounter } from './accounts.ts';
import { type DiscountBody, discounts, journals, type RewardBody, rewards } from './collections.ts';
import { keepJournal, type ReferralEvent } from './keep-journal.ts';

/** The journal works on what became of referrals; the accounts, discounts and rewards on what the journal published. */
export function createConsumers({ bus, store }: { readonly bus: Bus; readonly store: Store }): Handler[] {
  const settled = new SettledFacts();

  const toJournal = async (events: readonly ReferralEvent[]) => {
    const tasks = events.map((event) => {
      const { tenant_id, referee_customer_id } = event.data;
      return { documentId: customerKey(tenant_id, referee_customer_id), command: event };
    });
    const decided = await decideDocuments({ store, collection: journals, tasks, decide: keepJournal });
    if (decided.events.length > 0) await bus.publish(decided.events);
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
  const toDiscounts = async (events: readonly CloudEvent<string, DiscountBody>[]) => {
    const tasks: Task<DiscountBody>[] = events.map(({ data }) => ({ documentId: data.discount_id, command: data }));
    await decideDocuments({ store, collection: discounts, tasks, decide: (body, data) => quietly(newest(body, data)) });
  };

  return [
    on(referralConverted, toJournal),
    on(referralReversed, toJournal),
    on(referralRejected, toJournal),
    on(referralExpired, toJournal),
    on(loyaltyPointsPosted, (events) => addToAccounts({ store, settled }, events, ({ points }) => ({ points }))),
    on(promoCreditPosted, (events) =>
      addToAccounts({ store, settled }, events, ({ currency, amount }) => ({ [creditCounter(currency)]: amount })),
    ),
    on(discountGranted, toDiscounts),
    on(rewardIssued, toRewards('issued_at')),
    on(rewardReversed, toRewards('reversed_at')),
  ];
}

interface RewardNews {
  readonly part: 'issued_at' | 'reversed_at';
  readonly data: RewardData;
}

function learn(body: RewardBody | undefined, { part, data }: RewardNews): RewardBody {
  if (body?.[part] !== undefined) return body;
  const { tenant_id, customer_id, side, kind, type, value, currency, referral_id, program_version, occurred_at } = data;
  return {
    ...(body ?? { tenant_id, customer_id, side, kind, type, value, currency, referral_id, program_version }),
    [part]: occurred_at,
  };
}

function newest(body: DiscountBody | undefined, data: DiscountBody): DiscountBody {
  return body && body.revision >= data.revision ? body : data;
}

/** A document that nobody else has to hear of. */
function quietly<Body>(body: Body): { body: Body; events: [] } {
  return { body, events: [] };
}
