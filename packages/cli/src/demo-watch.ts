import type { Bus, DeliveredMessage } from '@referral/bus';
import {
  type CloudEvent,
  customerProfile,
  customerSignedUp,
  discountGranted,
  loyaltyPointsPosted,
  promoCreditPosted,
  purchaseCompleted,
  referralAttributed,
  referralCodeCreated,
  referralConverted,
  referralExpired,
  referralLinkClicked,
  referralLinkShared,
  referralMilestoneReached,
  referralRejected,
  referralRevenueChanged,
  referralReversed,
  rewardIssued,
  rewardReversed,
} from '@referral/contracts';
import { z } from 'zod';
import type { DemoPlan } from './demo-plan.ts';
import { describeEvent, readEvent } from './event-line.ts';
import { inTimeOrder } from './time-order.ts';

/** What the demo does, in order, and the events that each step brings about, causes before effects. */
const steps = [
  { name: 'code', brings: [referralCodeCreated, customerProfile] },
  { name: 'share', brings: [referralLinkShared] },
  { name: 'click', brings: [referralLinkClicked] },
  { name: 'signup', brings: [customerSignedUp, referralAttributed] },
  {
    name: 'purchase',
    brings: [
      purchaseCompleted,
      referralConverted,
      referralRejected,
      referralExpired,
      referralReversed,
      referralRevenueChanged,
      referralMilestoneReached,
      rewardIssued,
      rewardReversed,
      loyaltyPointsPosted,
      promoCreditPosted,
      discountGranted,
    ],
  },
] as const;
type DemoStep = (typeof steps)[number]['name'];

const stepOf: ReadonlyMap<string, DemoStep> = new Map(
  steps.flatMap(({ name, brings }) => brings.map(({ type }): [string, DemoStep] => [type, name])),
);
const topics = [...stepOf.keys()];
const topicWidth = Math.max(...topics.map((topic) => topic.length));

export interface DemoWatch {
  /** The time of a step's events is told from here on. */
  begin(step: DemoStep): void;
  /** The ids of the rewards that were told. */
  rewardsIssued(): ReadonlySet<string>;
  /** When the last event of this run was seen, by `performance.now()`. */
  lastSeenAt(): number;
}

/** Tells every event of this run from now on, one line each, and none twice: delivery is at least once. */
export async function watchDemo(bus: Bus, plan: DemoPlan, tell: (line: string) => void): Promise<DemoWatch> {
  const beganAt = new Map<DemoStep, number>();
  const seen = new Set<string>();
  const issued = new Set<string>();
  let seenAt = performance.now();

  function see(message: DeliveredMessage): void {
    const read = readEvent(message);
    if (!('event' in read) || !isOf(plan, read.event)) return;
    const { id, source, type, subject } = read.event;
    const identity = `${source} ${id}`;
    seenAt = performance.now();
    if (seen.has(identity)) return;
    seen.add(identity);
    if (type === rewardIssued.type && subject !== undefined) issued.add(subject);
    const step = stepOf.get(type);
    const began = step && beganAt.get(step);
    const after = began === undefined ? '' : ` +${Math.max(0, message.timestampMs - began)} ms`;
    tell(`${type.padEnd(topicWidth)} ${describeEvent(read.event)}${after}`);
  }

  const order = inTimeOrder((messages) => messages.forEach(see));
  await bus.tail({ topics, from: 'latest', onMessages: order.take });
  return {
    begin: (step) => void beganAt.set(step, Date.now()),
    rewardsIssued: () => issued,
    lastSeenAt: () => seenAt,
  };
}

const people = z.object({
  tenant_id: z.string(),
  customer_id: z.string().optional(),
  referrer_customer_id: z.string().optional(),
  referee_customer_id: z.string().optional(),
});

function isOf({ tenantId, referrer, referee }: DemoPlan, { data }: CloudEvent): boolean {
  const parsed = people.safeParse(data);
  if (!parsed.success || parsed.data.tenant_id !== tenantId) return false;
  const { customer_id, referrer_customer_id, referee_customer_id } = parsed.data;
  return [referrer, referee].some(({ customerId }) =>
    [customer_id, referrer_customer_id, referee_customer_id].includes(customerId),
  );
}
