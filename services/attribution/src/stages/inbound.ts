import {
  createEvent,
  customerKey,
  customerProfile,
  type customerSignedUp,
  type EncodedEvent,
  type EventOf,
  encodeEvent,
  type referralLinkClicked,
} from '@referral/contracts';
import { decideDocuments } from '@referral/processing';
import { visitors } from '../collections.ts';
import type { Fact } from '../domain/facts.ts';
import { addClick, newVisitor } from '../domain/visitor.ts';
import type { Context } from './context.ts';
import { clickFact, signupFact } from './facts-of-events.ts';
import { acceptInputs } from './inputs.ts';
import { decideReferees, type RefereeTask } from './referees.ts';

interface InboundEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly data: { readonly tenant_id: string; readonly customer_id: string };
}

/** Signups: tell what they say of a person, and are brought to their referees. */
export async function takeSignups(
  context: Context,
  events: readonly EventOf<typeof customerSignedUp>[],
): Promise<EncodedEvent[]> {
  const accepted = await acceptInputs(context, events);
  return [...profileEvents(accepted), ...(await bringFacts(context, accepted, signupFact))];
}

/** Purchases and refunds: are brought to their referees. */
export async function takeFacts<Event extends InboundEvent>(
  context: Context,
  events: readonly Event[],
  toFact: ToFact<Event>,
): Promise<EncodedEvent[]> {
  return bringFacts(context, await acceptInputs(context, events), toFact);
}

type ToFact<Event> = (event: Event, arrivedAt: number) => Fact;

async function bringFacts<Event extends InboundEvent>(
  context: Context,
  events: readonly Event[],
  toFact: ToFact<Event>,
): Promise<EncodedEvent[]> {
  const arrivedAt = context.now();
  const tasks = events.map((event): RefereeTask => {
    const { tenant_id, customer_id } = event.data;
    return { tenant_id, customer_id, command: { kind: 'fact', fact: toFact(event, arrivedAt) } };
  });
  return decideReferees(context, tasks);
}

/** What a signup says of a person, for those that must show or compare it. */
function profileEvents(events: readonly EventOf<typeof customerSignedUp>[]): EncodedEvent[] {
  return events.flatMap(({ id, source, data }) => {
    const { tenant_id, customer_id, name, email, phone, occurred_at } = data;
    if (name === undefined && email === undefined && phone === undefined) return [];
    const profile = {
      tenant_id,
      customer_id,
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email }),
      ...(phone === undefined ? {} : { phone }),
      learnt_at: occurred_at,
    };
    const event = createEvent(customerProfile, profile, { identity: [source, id], occurredAt: occurred_at });
    return [encodeEvent(customerProfile, { ...event, source: '/attribution' })];
  });
}

/** Clicks: kept with their visitor, and brought to every referee that has asked for this visitor. */
export async function takeClicks(
  context: Context,
  events: readonly EventOf<typeof referralLinkClicked>[],
): Promise<EncodedEvent[]> {
  const arrivedAt = context.now();
  const clicks = events.map((event) => ({
    tenant_id: event.data.tenant_id,
    documentId: customerKey(event.data.tenant_id, event.data.visitor_id),
    click: clickFact(event, arrivedAt),
  }));
  const { bodies } = await decideDocuments({
    store: context.store,
    collection: visitors,
    tasks: clicks.map(({ documentId, ...command }) => ({ documentId, command })),
    decide: (body, { tenant_id, click }) => ({
      body: addClick(body ?? newVisitor(tenant_id, click.visitor_id), click),
      events: [],
    }),
  });
  const tasks = clicks.flatMap(({ tenant_id, documentId, click }) =>
    (bodies.get(documentId)?.askers ?? []).map((customer_id): RefereeTask => {
      return { tenant_id, customer_id, command: { kind: 'fact', fact: click } };
    }),
  );
  return decideReferees(context, tasks);
}
