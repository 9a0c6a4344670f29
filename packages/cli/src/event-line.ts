import type { DeliveredMessage } from '@referral/bus';
import {
  type CloudEvent,
  customerProfile,
  customerSignedUp,
  decodeEvent,
  definitionOf,
  discountGranted,
  type EventDefinition,
  eventDefinitions,
  journalEntryPosted,
  loyaltyPointsPosted,
  programUpdated,
  promoCreditPosted,
  promoUpdated,
  purchaseCompleted,
  purchaseRefunded,
  type Qualifying,
  type ReferralLifecycle,
  type Reward,
  type RewardData,
  referralAttributed,
  referralCodeCreated,
  referralConverted,
  referralExpired,
  referralLinkClicked,
  referralLinkShared,
  referralMilestoneReached,
  referralNudgeDue,
  referralRejected,
  referralRevenueChanged,
  referralReversed,
  referralVerdict,
  rewardIssued,
  rewardReversed,
  tenantUpdated,
  UndecodableEventError,
} from '@referral/contracts';

/** What a terminal can show; each returns its text as it is where there is none. */
export type LineColors = Readonly<Record<'dim' | 'cyan' | 'green' | 'red', (text: string) => string>>;

const topicWidth = Math.max(...eventDefinitions.map(({ type }) => type.length));

/**
 * One line of a log for people: when the bus took it (UTC), topic, tenant, subject, the members that matter. Amounts stand
 * as events carry them: minor units, basis points, points. Names and contacts are left out. A message that cannot be read
 * is shown as such.
 */
export function eventLine(message: DeliveredMessage, colors: LineColors): string {
  const time = new Date(message.timestampMs).toISOString().slice('YYYY-MM-DDT'.length, -1);
  const topic = message.topic.padEnd(topicWidth);
  const read = readEvent(message);
  const rest =
    'event' in read
      ? `${colorOf(message.topic, colors)(topic)} ${describeEvent(read.event)}`
      : `${colors.red(topic)} cannot be read (partition ${message.partition}, offset ${message.offset}): ${printable(read.fault)}`;
  return `${colors.dim(time)} ${rest}`;
}

/** The event of a message, or what is wrong with it. */
export function readEvent(message: DeliveredMessage): { event: CloudEvent } | { fault: string } {
  try {
    return { event: decodeEvent(message) };
  } catch (error) {
    if (!(error instanceof UndecodableEventError)) throw error;
    return { fault: error.message };
  }
}

/** Tenant, subject and the members that matter, of an event that has been decoded. */
export function describeEvent(event: CloudEvent): string {
  return printable(describers.get(event.type)?.(event) ?? event.id);
}

/** Texts come from outside, and a terminal obeys control characters. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, '\uFFFD');
}

function colorOf(topic: string, colors: LineColors): (text: string) => string {
  const direction = definitionOf(topic)?.direction;
  if (direction === 'inbound') return colors.cyan;
  return direction === 'outbound' ? colors.green : colors.dim;
}

type Member = string | number | false | undefined;
type Describer = readonly [type: string, describe: (event: CloudEvent) => string];

function line<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  members: (data: Data) => readonly Member[],
): Describer {
  return [
    definition.type,
    (event) => {
      // Decoding has checked it against this definition.
      const data = event.data as Data;
      return [data.tenant_id, definition.subject(data), ...members(data)].filter(isTold).join(' ');
    },
  ];
}

function isTold(member: Member): boolean {
  return member !== undefined && member !== false && member !== '';
}

const describers: ReadonlyMap<string, (event: CloudEvent) => string> = new Map([
  line(customerSignedUp, (data) => origin(data)),
  line(purchaseCompleted, (data) => [data.customer_id, data.amount, data.currency, ...origin(data)]),
  line(purchaseRefunded, (data) => [data.customer_id, 'of', data.order_id, data.amount, data.currency]),
  line(promoUpdated, (data) => [
    data.removed ? 'removed' : data.combinable_with_referral ? 'combinable' : 'not combinable',
    data.type,
    data.value,
    data.currency,
  ]),
  line(tenantUpdated, (data) => [data.slug, data.currency, data.time_zone]),
  line(programUpdated, ({ version, program }) => [
    `version ${version}`,
    program.enabled ? 'enabled' : 'disabled',
    program.qualifying_event.type,
    `referrer: ${reward(program.referrer_reward)}, referee: ${reward(program.referee_reward)}`,
  ]),
  line(referralCodeCreated, (data) => [data.customer_id]),
  line(referralLinkShared, (data) => [data.referrer_customer_id, data.channel]),
  line(referralLinkClicked, (data) => [data.referrer_customer_id, data.channel, data.visitor_id]),
  line(customerProfile, (data) => [
    data.erased
      ? 'erased'
      : (['name', 'email', 'phone'] as const).filter((name) => data[name] !== undefined).join(', '),
  ]),
  line(referralVerdict, (data) => [pair(data), data.channel, data.status, `revision ${data.revision}`, data.reason]),
  line(referralAttributed, lifecycle),
  line(referralConverted, lifecycle),
  line(referralRejected, lifecycle),
  line(referralExpired, lifecycle),
  line(referralReversed, lifecycle),
  line(referralRevenueChanged, (data) => [pair(data), data.channel, data.net_amount, data.currency]),
  line(referralMilestoneReached, (data) => [
    `${ordinal(data.threshold)} conversion`,
    data.referral_id,
    data.bonus && `bonus: ${reward(data.bonus)}`,
  ]),
  line(referralNudgeDue, (data) => [pair(data), `after ${data.after_hours} hours`]),
  line(rewardIssued, rewardMembers),
  line(rewardReversed, rewardMembers),
  line(loyaltyPointsPosted, (data) => [data.customer_id, signed(data.points), 'points']),
  line(promoCreditPosted, (data) => [data.customer_id, signed(data.amount), data.currency]),
  line(discountGranted, (data) => [data.customer_id, data.type, data.value, data.currency, data.status, data.order_id]),
  line(journalEntryPosted, (data) => [data.kind, data.about, `${data.postings.length} postings`]),
]);

/** The events that have a line of their own. */
export const describedTypes: readonly string[] = [...describers.keys()];

interface Origin {
  readonly referral_code?: string | undefined;
  readonly visitor_id?: string | undefined;
  readonly channel?: string | undefined;
  readonly promo?: { readonly code: string } | undefined;
}

function origin({ referral_code, visitor_id, channel, promo }: Origin): Member[] {
  return [referral_code && `code ${referral_code}`, visitor_id, channel, promo && `promo ${promo.code}`];
}

function lifecycle(data: ReferralLifecycle): Member[] {
  const { channel, qualifying, referrer_ordinal, reason } = data;
  return [
    pair(data),
    channel,
    ...qualified(qualifying),
    referrer_ordinal !== null && `(${ordinal(referrer_ordinal)})`,
    reason,
  ];
}

function pair(data: { readonly referrer_customer_id: string; readonly referee_customer_id: string }): string {
  return `${data.referrer_customer_id} ← ${data.referee_customer_id}`;
}

function qualified(qualifying: Qualifying | undefined): Member[] {
  return [qualifying?.type, qualifying?.amount, qualifying?.currency];
}

function rewardMembers(data: RewardData): Member[] {
  return [data.customer_id, data.side, data.kind, reward(data), data.referral_id];
}

function reward(granted: Reward | RewardData | null): string {
  if (!granted) return 'nothing';
  return [granted.type, granted.value, granted.currency].filter(isTold).join(' ');
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value);
}

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });
const suffixes = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' } as const;

function ordinal(n: number): string {
  return `${n}${suffixes[ordinals.select(n)]}`;
}
