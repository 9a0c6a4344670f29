import {
  customerKey,
  customerSignedUp,
  describeIssues,
  type EncodedEvent,
  type EventDefinition,
  encodeEvent,
  eventQuery,
  identifier,
  promoUpdated,
  purchaseCompleted,
  purchaseRefunded,
} from '@referral/contracts';
import { parseBody, parseQuery, problems, requireToken, tenantOf } from '@referral/host';
import { Router } from 'express';
import { z } from 'zod';
import { type DeadLetterBody, deadLetters, inputs, programs, referees, referrals } from '../collections.ts';
import { type Fate, fateOf } from '../domain/fate.ts';
import type { Claim } from '../domain/input.ts';
import { termsOf } from '../stages/referees.ts';
import type { HttpDeps } from './deps.ts';

const maxEvents = 1_000;

/** Where the inbound topics can be published over HTTP, and how large a batch may be. */
export const eventsBodyLimit = {
  path: '/api/events',
  limitBytes: 1_024 * 1_024,
  types: ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'],
};

/** Each inbound event with its contract, ready to check and encode what a caller sends. */
const inbound: ReadonlyMap<string, (event: unknown) => EncodedEvent | string> = new Map([
  reader(customerSignedUp),
  reader(purchaseCompleted),
  reader(purchaseRefunded),
  reader(promoUpdated),
]);

/** @returns the type, and a function that gives the encoded event, or what is wrong with it */
function reader<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
): [string, (event: unknown) => EncodedEvent | string] {
  return [
    definition.type,
    (event) => {
      const parsed = definition.check(event);
      return parsed.success ? encodeEvent(definition, parsed.data) : describeIssues(parsed.error);
    },
  ];
}

const envelope = z.looseObject({
  id: identifier,
  type: z.string(),
  data: z.looseObject({ tenant_id: z.string() }),
});

export function eventRoutes(deps: HttpDeps): Router {
  return Router()
    .post('/api/events', requireToken(deps, 'service'), async (req, res) => {
      const body = parseBody(z.unknown(), req);
      const events: unknown[] = Array.isArray(body) ? body : [body];
      if (events.length === 0) throw problems.validation([{ path: '', message: 'must hold at least one event' }]);
      if (events.length > maxEvents) throw problems.payloadTooLarge(`At most ${maxEvents} events at a time.`);
      const tenantId = tenantOf(res);
      const checked = events.map((event) => check(event, tenantId));
      const encoded = checked.flatMap((one) => (one.encoded ? [one.encoded] : []));
      if (encoded.length === 0) throw problems.validation(checked.map(({ result }, index) => faultOf(result, index)));
      await deps.bus.publish(encoded);
      res.status(202).json({ accepted: encoded.length, results: checked.map(({ result }) => result) });
    })
    .get('/api/events/:id', requireToken(deps, 'service', 'admin'), async (req, res) => {
      const { source } = parseQuery(eventQuery, req);
      const eventId = identifier.safeParse(req.params.id);
      if (!eventId.success) throw problems.validation([{ path: 'id', message: describeIssues(eventId.error) }]);
      res.json(await whatBecameOf(deps, tenantOf(res), eventId.data, source));
    });
}

interface Checked {
  readonly encoded?: EncodedEvent;
  readonly result: { event_id: string | null; status: 'accepted' | 'invalid'; problem?: string };
}

function check(event: unknown, tenantId: string): Checked {
  const parsed = envelope.safeParse(event);
  if (!parsed.success) return invalid(eventIdOf(event), describeIssues(parsed.error));
  const { id, type, data } = parsed.data;
  const read = inbound.get(type);
  if (!read) return invalid(id, `type: must be one of ${[...inbound.keys()].join(', ')}`);
  if (data.tenant_id !== tenantId) return invalid(id, 'data.tenant_id: must be the tenant of the token');
  const encoded = read(event);
  if (typeof encoded === 'string') return invalid(id, encoded);
  return { encoded, result: { event_id: id, status: 'accepted' } };
}

/** For a request of which nothing is accepted. */
function faultOf({ event_id, problem }: Checked['result'], index: number): { path: string; message: string } {
  return { path: `events.${index}`, message: `${event_id ?? '(no id)'}: ${problem ?? 'is not accepted'}` };
}

function invalid(event_id: string | null, problem: string): Checked {
  return { result: { event_id, status: 'invalid', problem } };
}

function eventIdOf(event: unknown): string | null {
  const parsed = z.looseObject({ id: identifier }).safeParse(event);
  return parsed.success ? parsed.data.id : null;
}

interface EventStatus {
  readonly event_id: string;
  readonly type: string | null;
  readonly source?: string;
  readonly status: Fate['status'] | 'dead_letter' | 'unknown';
  readonly reason?: string;
  readonly effects: readonly unknown[];
  /** How many other contents came under the same identity; they had no effect. */
  readonly conflicting_contents?: number;
}

/** Two sources may have used the same id: then `source` tells which is meant, or the first is answered. */
async function whatBecameOf(
  deps: HttpDeps,
  tenantId: string,
  eventId: string,
  source: string | undefined,
): Promise<EventStatus> {
  const { store } = deps;
  const [input, dead] = await Promise.all([
    store.get(inputs, customerKey(tenantId, eventId)),
    store.page(deadLetters, { index: 'by_event', prefix: [tenantId, eventId], direction: 'ascending', limit: 20 }),
  ]);
  const claim = input?.body.claims.find((one) => source === undefined || one.source === source);
  const wanted = source ?? claim?.source;
  const deadLetter = dead.items.find(({ body }) => wanted === undefined || body.source === wanted)?.body;
  if (!claim)
    return deadLetter ? setAside(deadLetter) : { event_id: eventId, type: null, status: 'unknown', effects: [] };
  const fate = await fateOfClaim(deps, tenantId, eventId, claim);
  if (!fate && deadLetter) return setAside(deadLetter);
  return {
    event_id: eventId,
    type: claim.type,
    source: claim.source,
    effects: [],
    ...(fate ?? { status: 'waiting', reason: 'being processed' }),
    ...(claim.conflicting_contents ? { conflicting_contents: claim.conflicting_contents.length } : {}),
  };
}

/** `undefined` while the event has not reached its referee yet. */
async function fateOfClaim(
  { store, now, latenessMs }: HttpDeps,
  tenantId: string,
  event_id: string,
  { type, source, customer_id }: Claim,
): Promise<Fate | undefined> {
  if (customer_id === undefined) return { status: 'effect', effects: [{ type }] };
  // One after the other: so every version that the referee has pinned is known.
  const referee = await store.get(referees, customerKey(tenantId, customer_id));
  const program = await store.get(programs, tenantId);
  if (!referee) return undefined;
  const time = { now: now(), latenessMs };
  const fate = fateOf(referee.body, { event_id, source }, (version) => termsOf(program?.body, version), time);
  return fate && afterLimits(store, fate);
}

/** A conversion that the limits of its referrer refused is no conversion to anybody. */
async function afterLimits(store: HttpDeps['store'], fate: Fate): Promise<Fate> {
  if (fate.status !== 'effect') return fate;
  const converted = fate.effects.find(({ type }) => type === 'referral_converted');
  if (converted?.referral_id === undefined) return fate;
  const referral = await store.get(referrals, converted.referral_id);
  if (referral?.body.status !== 'rejected') return fate;
  const rejected = { ...converted, type: 'referral_rejected' };
  return { ...fate, effects: fate.effects.map((effect) => (effect === converted ? rejected : effect)) };
}

function setAside({ event_id, type, source, cause }: DeadLetterBody): EventStatus {
  return { event_id, type, source, status: 'dead_letter', reason: cause, effects: [] };
}
