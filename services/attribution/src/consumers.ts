import {
  customerProfile,
  customerSignedUp,
  type EncodedEvent,
  programUpdated,
  promoUpdated,
  purchaseCompleted,
  purchaseRefunded,
  referralCodeCreated,
  referralLinkClicked,
  referralVerdict,
  tenantUpdated,
} from '@referral/contracts';
import { type Handler, on } from '@referral/processing';
import type { Context } from './stages/context.ts';
import { purchaseFact, refundFact } from './stages/facts-of-events.ts';
import { takeClicks, takeFacts, takeSignups } from './stages/inbound.ts';
import { keepCodes, keepProfiles, keepPrograms, keepPromos, keepTenants } from './stages/projections.ts';
import { applyVerdicts } from './stages/referrers.ts';

/** Which events this service takes, and what it does with a batch of each. What a stage returns is published before the batch is acknowledged. */
export function createHandlers(context: Context): Handler[] {
  const publish = (events: readonly EncodedEvent[]) => context.bus.publish(events);
  return [
    on(customerSignedUp, async (events) => publish(await takeSignups(context, events))),
    on(purchaseCompleted, async (events) => publish(await takeFacts(context, events, purchaseFact))),
    on(purchaseRefunded, async (events) => publish(await takeFacts(context, events, refundFact))),
    on(referralLinkClicked, async (events) => publish(await takeClicks(context, events))),
    on(referralVerdict, async (events) => publish(await applyVerdicts(context, events))),
    on(referralCodeCreated, (events) => keepCodes(context, events)),
    on(customerProfile, (events) => keepProfiles(context, events)),
    on(programUpdated, (events) => keepPrograms(context, events)),
    on(tenantUpdated, (events) => keepTenants(context, events)),
    on(promoUpdated, (events) => keepPromos(context, events)),
  ];
}
