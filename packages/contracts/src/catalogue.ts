import type { EventDefinition } from './cloud-events.ts';
import * as attribution from './events/attribution.ts';
import * as inbound from './events/inbound.ts';
import * as referralCode from './events/referral-code.ts';
import * as rewardIssuer from './events/reward-issuer.ts';

/** Every event of the platform. Its type is its topic. */
export const eventDefinitions = [
  inbound.customerSignedUp,
  inbound.purchaseCompleted,
  inbound.purchaseRefunded,
  inbound.promoUpdated,
  referralCode.tenantUpdated,
  referralCode.programUpdated,
  referralCode.referralCodeCreated,
  referralCode.referralLinkShared,
  referralCode.referralLinkClicked,
  referralCode.customerProfile,
  attribution.referralVerdict,
  attribution.referralAttributed,
  attribution.referralConverted,
  attribution.referralRejected,
  attribution.referralExpired,
  attribution.referralReversed,
  attribution.referralRevenueChanged,
  attribution.referralMilestoneReached,
  attribution.referralNudgeDue,
  rewardIssuer.rewardIssued,
  rewardIssuer.rewardReversed,
  rewardIssuer.loyaltyPointsPosted,
  rewardIssuer.promoCreditPosted,
  rewardIssuer.discountGranted,
  rewardIssuer.journalEntryPosted,
] as const;

/** What a definition is to code that handles any of them. */
export type AnyDefinition = Omit<EventDefinition, 'key' | 'subject'>;

const byType: ReadonlyMap<string, AnyDefinition> = new Map(
  eventDefinitions.map((definition): [string, AnyDefinition] => [definition.type, definition]),
);

/** The definition of an event type; `undefined` for a type that is not ours. */
export function definitionOf(type: string): AnyDefinition | undefined {
  return byType.get(type);
}

/** Consumer groups, one per service; each service's dead letters go to `<topic>.<group>.dlq`. */
export const consumerGroups = ['referral-code', 'attribution', 'reward-issuer', 'analytics'] as const;

const dayMs = 86_400_000;

/** The topics, and how long each keeps its messages. How many partitions they have is up to who runs them. */
export const topics = eventDefinitions.map(({ type, retention }) => ({
  name: type,
  retention: retention === 'compact' ? retention : { ms: retention.days * dayMs },
}));
