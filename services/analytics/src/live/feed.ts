import type { Bus, DeliveredMessage, Subscription } from '@referral/bus';
import {
  type CloudEvent,
  decodeEvent,
  referralAttributed,
  referralConverted,
  referralExpired,
  referralLinkClicked,
  referralLinkShared,
  referralMilestoneReached,
  referralRejected,
  referralRevenueChanged,
  referralReversed,
  UndecodableEventError,
} from '@referral/contracts';

const topics = [
  referralLinkShared,
  referralLinkClicked,
  referralAttributed,
  referralConverted,
  referralRejected,
  referralExpired,
  referralReversed,
  referralRevenueChanged,
  referralMilestoneReached,
].map(({ type }) => type);

/** Of one tenant: what somebody who was away for a moment gets again. */
const maxRemembered = 500;
/** Tenants that somebody watches, or has watched of late. */
const maxTenants = 100;

type Listener = (events: readonly CloudEvent[]) => void;

interface Tenant {
  /** By event id, oldest first. */
  readonly remembered: Map<string, CloudEvent>;
  readonly listeners: Set<Listener>;
}

interface Watching {
  /** What came after `lastId`. */
  readonly missed: readonly CloudEvent[];
  /** Whether nothing is known of `lastId`: then there may have been more than is told. */
  readonly isGap: boolean;
  leave(): void;
}

/** Events of tenants as they are published, to whoever watches. One watch of the topics serves all, from the first on. */
export class Feed {
  readonly #bus: Bus;
  readonly #tenants = new Map<string, Tenant>();
  #tail: Promise<Subscription> | undefined;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** @throws OperationalError when the topics cannot be watched */
  async start(): Promise<void> {
    this.#tail ??= this.#bus.tail({ topics, from: 'latest', onMessages: (messages) => this.#take(messages) });
    const tail = this.#tail;
    try {
      await tail;
    } catch (error) {
      if (this.#tail === tail) this.#tail = undefined;
      throw error;
    }
  }

  /** Tells of nothing before it was started. */
  watch(tenantId: string, lastId: string | undefined, listener: Listener): Watching {
    const tenant = this.#tenantOf(tenantId);
    const known = [...tenant.remembered.keys()];
    const at = lastId === undefined ? known.length - 1 : known.indexOf(lastId);
    tenant.listeners.add(listener);
    return {
      missed: [...tenant.remembered.values()].slice(at + 1),
      isGap: lastId !== undefined && at < 0,
      leave: () => tenant.listeners.delete(listener),
    };
  }

  async stop(): Promise<void> {
    const tail = this.#tail;
    this.#tail = undefined;
    await (await tail?.catch(() => undefined))?.stop();
  }

  /** The one that was asked for longest ago makes room, unless somebody watches it. */
  #tenantOf(tenantId: string): Tenant {
    const tenant = this.#tenants.get(tenantId) ?? { remembered: new Map(), listeners: new Set() };
    this.#tenants.delete(tenantId);
    this.#tenants.set(tenantId, tenant);
    for (const [id, { listeners }] of this.#tenants) {
      if (this.#tenants.size <= maxTenants) break;
      if (listeners.size === 0 && id !== tenantId) this.#tenants.delete(id);
    }
    return tenant;
  }

  #take(messages: readonly DeliveredMessage[]): void {
    const fresh = new Map<Tenant, CloudEvent[]>();
    for (const message of messages) {
      // Keys begin with the tenant: what nobody asked for is not even read.
      const [tenantId = ''] = message.key?.split(':', 1) ?? [];
      const tenant = this.#tenants.get(tenantId);
      const event = tenant && readEvent(message);
      if (event?.tenantid !== tenantId || tenant?.remembered.has(event.id) !== false) continue;
      tenant.remembered.set(event.id, event);
      const [oldest] = tenant.remembered.keys();
      if (tenant.remembered.size > maxRemembered && oldest !== undefined) tenant.remembered.delete(oldest);
      const events = fresh.get(tenant);
      if (events) events.push(event);
      else fresh.set(tenant, [event]);
    }
    for (const [tenant, events] of fresh) for (const listener of [...tenant.listeners]) listener(events);
  }
}

/** What is no event is left to those who consume it, and set it aside. */
function readEvent(message: DeliveredMessage): CloudEvent | undefined {
  try {
    return decodeEvent(message);
  } catch (error) {
    if (error instanceof UndecodableEventError) return undefined;
    throw error;
  }
}
