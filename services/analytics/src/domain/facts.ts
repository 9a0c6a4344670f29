import {
  type Channel,
  type CloudEvent,
  type DataOf,
  deriveId,
  type ReferralLifecycle,
  type ReferralStatus,
  type RewardData,
  type referralLinkClicked,
  type referralLinkShared,
  type referralRevenueChanged,
} from '@referral/contracts';
import { slotsOf } from './buckets.ts';
import { type Contributions, countAt, countForReferrer, describeFold } from './folds.ts';
import { standingOf } from './standing.ts';

/** What counts: one state at a time, and the newest revision says which. */
export interface CountedFact<Record extends FactRecord = FactRecord> {
  readonly id: string;
  readonly revision: number;
  readonly contributions: Contributions;
  readonly record: Record;
}

/** What is kept of a fact beside what it adds. */
type FactRecord =
  | { readonly kind: 'share' | 'click' | 'reward_issued' | 'reward_reversed' | 'standing' }
  | ReferralRecord
  | { readonly kind: 'order'; readonly order: Order; readonly order_of: string };

export type ReferralRecord = {
  readonly kind: 'referral';
  readonly status: ReferralStatus;
  readonly referral: Referral;
  /** Where it stands among the tenant's referrals; a withdrawn one is not among them. */
  readonly listed?: Listed;
};

/** What is told of a referral: ids, no names. */
export interface Referral {
  readonly referral_id: string;
  readonly referrer_customer_id: string;
  readonly referee_customer_id: string;
  readonly channel: Channel;
  readonly code: string;
  readonly attributed_at: string;
  readonly converted_at?: string;
}

/** When it was attributed, in UTC, to a quarter of an hour. */
export interface Listed {
  readonly tenant_id: string;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly quarter: number;
}

/** The newest word on one order of a referred customer. */
export interface Order {
  readonly id: string;
  readonly tenant_id: string;
  /** The id of the referral's fact. */
  readonly referral: string;
  readonly referrer_customer_id: string;
  readonly shard: number;
  readonly revision: number;
  readonly ordered_at: string;
  readonly currency: string;
  readonly net_amount: number;
}

/** The counter of a status, within a channel; a withdrawn referral counts nowhere. */
const statusCounters: Readonly<Record<ReferralStatus, string | undefined>> = {
  attributed: 'pending',
  converted: 'converted',
  rejected: 'rejected',
  expired: 'expired',
  reversed: 'reversed',
  withdrawn: undefined,
};

/** Whether the orders of a referral in this status are no revenue. */
export function isExcluded(status: ReferralStatus): boolean {
  return status === 'rejected' || status === 'withdrawn';
}

/** The fact of a referral, which its orders name. */
function referralFactId(tenantId: string, referralId: string): string {
  return deriveId('fact', tenantId, 'referral', referralId);
}

/** Counts when it was attributed, whatever became of it since. */
export function referralFact(data: ReferralLifecycle, shard: number): CountedFact<ReferralRecord> {
  const { tenant_id, referral_id, revision, status, attributed_at } = data;
  const referral = toReferral(data);
  return {
    id: referralFactId(tenant_id, referral_id),
    revision,
    contributions: contributionsOf({ tenantId: tenant_id, shard }, status, referral),
    record: {
      kind: 'referral',
      status,
      referral,
      ...(statusCounters[status] && { listed: listedAt(tenant_id, attributed_at) }),
    },
  };
}

interface Home {
  readonly tenantId: string;
  readonly shard: number;
}

function contributionsOf(
  home: Home,
  status: ReferralStatus,
  { channel, referrer_customer_id: customerId, attributed_at: at }: Referral,
): Contributions {
  const counter = statusCounters[status];
  return {
    ...(counter && countAt({ ...home, at }, `${channel}_${counter}`, 1)),
    ...(status === 'converted' && countForReferrer({ ...home, customerId, at }, 'converted', 1)),
  };
}

/** What a stored referral counts by today's rules: they may know folds that it was not counted in. */
export function recounted(fact: CountedFact<ReferralRecord>): CountedFact<ReferralRecord> {
  const [home] = Object.keys(fact.contributions).flatMap((foldId) => homeOf(foldId) ?? []);
  // One that was withdrawn counts nowhere.
  if (!home) return fact;
  return { ...fact, contributions: contributionsOf(home, fact.record.status, fact.record.referral) };
}

function homeOf(foldId: string): Home | undefined {
  const { totals_of: tenantId, shard } = describeFold(foldId);
  return tenantId === undefined || shard === undefined ? undefined : { tenantId, shard };
}

function toReferral(data: ReferralLifecycle): Referral {
  const { referral_id, referrer_customer_id, referee_customer_id, channel, code, attributed_at, converted_at } = data;
  return {
    referral_id,
    referrer_customer_id,
    referee_customer_id,
    channel,
    code,
    attributed_at,
    ...(converted_at === undefined ? {} : { converted_at }),
  };
}

function listedAt(tenant_id: string, at: string): Listed {
  const [year = 0, month = 0, day = 0, hour = 0, quarter = 0] = slotsOf(Date.parse(at));
  return { tenant_id, year, month, day, hour, quarter };
}

/**
 * How a referrer stands among the others, by the number of conversions that the referrer's fold has at a version. It is the
 * version that makes a word newer than another.
 */
export function standingFact(
  { tenantId, customerId, shard }: { readonly tenantId: string; readonly customerId: string; readonly shard: number },
  fold: { readonly version: number; readonly conversions: number },
): CountedFact {
  return {
    id: deriveId('fact', tenantId, 'standing', customerId),
    revision: fold.version,
    contributions: standingOf(tenantId, shard, fold.conversions),
    record: { kind: 'standing' },
  };
}

export function orderOf(data: DataOf<typeof referralRevenueChanged>, shard: number): Order {
  const { tenant_id, referral_id, referrer_customer_id, referee_customer_id, order_id } = data;
  const { revision, ordered_at, currency, net_amount } = data;
  return {
    id: deriveId('fact', tenant_id, 'order', referee_customer_id, order_id),
    tenant_id,
    referral: referralFactId(tenant_id, referral_id),
    referrer_customer_id,
    shard,
    revision,
    ordered_at,
    currency,
    net_amount,
  };
}

/** The highest revision of a referral that is told apart within one revision of an order. */
const maxReferralRevision = 2 ** 20 - 1;

/**
 * Revenue of its referral, by the time of the purchase. An order says itself what it is worth, and its referral whether
 * that counts: so a newer word of either is a newer revision of the fact, the order's own first.
 */
export function orderFact(order: Order, referral: ReferralState | undefined): CountedFact {
  const { id, tenant_id, referrer_customer_id, shard, ordered_at, currency, net_amount } = order;
  const counts = net_amount !== 0 && !(referral && isExcluded(referral.status));
  const counter = `${currency}_revenue`;
  const moment = { tenantId: tenant_id, shard, at: ordered_at, customerId: referrer_customer_id };
  return {
    id,
    revision: order.revision * (maxReferralRevision + 1) + Math.min(referral?.revision ?? 0, maxReferralRevision),
    contributions: counts
      ? { ...countAt(moment, counter, net_amount), ...countForReferrer(moment, counter, net_amount) }
      : {},
    record: { kind: 'order', order, order_of: order.referral },
  };
}

export interface ReferralState {
  readonly revision: number;
  readonly status: ReferralStatus;
}

export function shareFact(event: CloudEvent<string, DataOf<typeof referralLinkShared>>, shard: number): CountedFact {
  const { tenant_id, channel, shared_at } = event.data;
  return {
    id: eventFactId(event),
    revision: 1,
    contributions: countAt({ tenantId: tenant_id, shard, at: shared_at }, `${channel}_shares`, 1),
    record: { kind: 'share' },
  };
}

export function clickFact(event: CloudEvent<string, DataOf<typeof referralLinkClicked>>, shard: number): CountedFact {
  const { tenant_id, channel, clicked_at } = event.data;
  return {
    id: eventFactId(event),
    revision: 1,
    contributions: countAt({ tenantId: tenant_id, shard, at: clicked_at }, `${channel}_clicks`, 1),
    record: { kind: 'click' },
  };
}

/** A reward is issued once and reversed at most once; each of the two counts when it happened. */
export function rewardFact(data: RewardData, change: 'issued' | 'reversed', shard: number): CountedFact {
  const { tenant_id, reward_id, revision, occurred_at } = data;
  const kind = change === 'issued' ? 'reward_issued' : 'reward_reversed';
  return {
    id: deriveId('fact', tenant_id, kind, reward_id),
    revision,
    contributions: countAt({ tenantId: tenant_id, shard, at: occurred_at }, `rewards_${change}`, 1),
    record: { kind },
  };
}

/** An event is told apart by its tenant, source and id. */
function eventFactId({ id, source, data }: CloudEvent<string, { tenant_id: string }>): string {
  return deriveId('fact', data.tenant_id, 'event', source, id);
}
