import { hash } from 'node:crypto';
import { customerSignedUp, deriveId, type EventOf, purchaseCompleted, referralId } from '@referral/contracts';
import { inboundEvent } from './inbound-event.ts';

/** Who and what a run of the demo plays with. Everything follows from the run's id, so that the same run is a repeat. */
export interface DemoPlan {
  readonly tenantId: string;
  readonly run: string;
  readonly referrer: Person;
  readonly referee: Person;
  readonly visitorId: string;
  readonly referralId: string;
  readonly idempotencyKey: string;
  /** The identities of the two events. */
  readonly events: { readonly signup: Published; readonly purchase: Published };
  /** The signup of somebody who came through the link: it brings what the landing page was given. */
  signup(landing: { readonly code: string; readonly visitorId: string }): EventOf<typeof customerSignedUp>;
  purchase(): EventOf<typeof purchaseCompleted>;
}

interface Published {
  readonly id: string;
  readonly source: string;
  readonly occurredAt: string;
}

interface Person {
  readonly customerId: string;
  readonly name: string;
  readonly email: string;
}

export const demoChannel = 'whatsapp';
const daySeconds = 86_400;
const otherRunsDay = Date.UTC(2026, 0, 1);

/** The id of a run that begins at this moment: `20260320T101500Z`. */
export function runIdOf(nowMs: number): string {
  return `${new Date(nowMs).toISOString().replace(/[-:]|\..*$/g, '')}Z`;
}

/**
 * When the signup of a run occurred, in milliseconds since the epoch: the time that its id tells, or, for an id that is no
 * time, a second of 1 January 2026 that follows from it.
 */
export function runTimeMs(run: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(run) ?? [];
  const told = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!Number.isNaN(told)) return told;
  return otherRunsDay + (Number.parseInt(hash('sha256', run, 'hex').slice(0, 8), 16) % daySeconds) * 1_000;
}

export function planDemo(tenantId: string, run: string): DemoPlan {
  const referrer = person('referrer', run);
  const referee = person('referee', run);
  const signedUpMs = runTimeMs(run);
  const published = (what: string, atMs: number): Published => ({
    id: `demo-${run}-${what}`,
    source: '/demo',
    occurredAt: new Date(atMs).toISOString(),
  });
  const events = { signup: published('signup', signedUpMs), purchase: published('purchase', signedUpMs + 1_000) };
  return {
    tenantId,
    run,
    referrer,
    referee,
    visitorId: deriveId('vis', 'demo', run),
    referralId: referralId(tenantId, referrer.customerId, referee.customerId),
    idempotencyKey: `demo-${run}`,
    events,
    // The code beside the visitor id: a click counts only when it is not younger than the signup, and that of an old run's repeat is.
    signup({ code, visitorId }) {
      const data = {
        tenant_id: tenantId,
        customer_id: referee.customerId,
        name: referee.name,
        email: referee.email,
        referral_code: code,
        visitor_id: visitorId,
        channel: demoChannel,
        occurred_at: events.signup.occurredAt,
      };
      return inboundEvent(customerSignedUp, data, events.signup);
    },
    purchase() {
      const data = {
        tenant_id: tenantId,
        customer_id: referee.customerId,
        order_id: `demo-order-${run}`,
        amount: 2_933,
        currency: 'USD',
        occurred_at: events.purchase.occurredAt,
      };
      return inboundEvent(purchaseCompleted, data, events.purchase);
    },
  };
}

function person(role: 'referrer' | 'referee', run: string): Person {
  const customerId = `demo_${role}_${run}`;
  return { customerId, name: `Demo ${role}`, email: `${customerId}@example.com` };
}
