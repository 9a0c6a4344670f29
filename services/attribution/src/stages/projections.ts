import {
  customerKey,
  type customerProfile,
  type EncodedEvent,
  type EventOf,
  normalizeCode,
  type programUpdated,
  type promoUpdated,
  type referralCodeCreated,
  type tenantUpdated,
} from '@referral/contracts';
import { decideDocuments } from '@referral/processing';
import type { Collection } from '@referral/store';
import { codes, type ProfileBody, profiles, programs, promos, referees, tenants } from '../collections.ts';
import { addVersion } from '../domain/program.ts';
import type { Context } from './context.ts';
import { decideReferees, type RefereeTask } from './referees.ts';

/** What this service keeps of other services' worlds; whoever waited for a piece is woken when it comes. */

export async function keepTenants({ store }: Context, events: readonly EventOf<typeof tenantUpdated>[]): Promise<void> {
  await keepNewest(store, tenants, events, {
    id: ({ data }) => data.tenant_id,
    at: ({ time }) => time,
    atOf: ({ updated_at }) => updated_at,
    body: ({ data: { tenant_id, slug, currency }, time }) => ({ tenant_id, slug, currency, updated_at: time }),
  });
}

export async function keepPromos({ store }: Context, events: readonly EventOf<typeof promoUpdated>[]): Promise<void> {
  await keepNewest(store, promos, events, {
    id: ({ data }) => promoId(data.tenant_id, data.code),
    at: ({ time }) => time,
    atOf: ({ updated_at }) => updated_at,
    body: ({ data: { combinable_with_referral, removed }, time }) => ({
      combinable_with_referral,
      ...(removed ? { removed } : {}),
      updated_at: time,
    }),
  });
}

/** Promo codes are compared without regard to case. */
export function promoId(tenantId: string, code: string): string {
  return customerKey(tenantId, code.trim().toUpperCase());
}

export async function keepPrograms(
  context: Context,
  events: readonly EventOf<typeof programUpdated>[],
): Promise<EncodedEvent[]> {
  await decideDocuments({
    store: context.store,
    collection: programs,
    tasks: events.map(({ data }) => ({ documentId: data.tenant_id, command: data })),
    decide: (body, { tenant_id, version, effective_at, program }) => ({
      body: addVersion(body, tenant_id, { version, effective_at: Date.parse(effective_at), terms: program }),
      events: [],
    }),
  });
  return wake(
    context,
    events.map(({ data }) => `program:${data.tenant_id}`),
  );
}

export async function keepCodes(
  context: Context,
  events: readonly EventOf<typeof referralCodeCreated>[],
): Promise<EncodedEvent[]> {
  const owned = events.map(({ data }) => ({ ...data, code: normalizeCode(data.code) }));
  await decideDocuments({
    store: context.store,
    collection: codes,
    tasks: owned.map((data) => ({ documentId: customerKey(data.tenant_id, data.code), command: data })),
    // A code is never reassigned, so the first event about it says it all.
    decide: (body, { tenant_id, customer_id, has_profile }) => ({
      body: body ?? { tenant_id, customer_id, has_profile },
      events: [],
    }),
  });
  return wake(
    context,
    owned.map(({ tenant_id, code }) => `code:${tenant_id}:${code}`),
  );
}

export async function keepProfiles(
  context: Context,
  events: readonly EventOf<typeof customerProfile>[],
): Promise<EncodedEvent[]> {
  await decideDocuments({
    store: context.store,
    collection: profiles,
    tasks: events.map(({ data }) => ({ documentId: customerKey(data.tenant_id, data.customer_id), command: data })),
    decide: (body, data) => ({ body: newerProfile(body, data), events: [] }),
  });
  return wake(
    context,
    events.map(({ data }) => `profile:${customerKey(data.tenant_id, data.customer_id)}`),
  );
}

function newerProfile(body: ProfileBody | undefined, data: EventOf<typeof customerProfile>['data']): ProfileBody {
  const { tenant_id, customer_id, name, email, phone, learnt_at, erased } = data;
  if (body?.erased) return body;
  if (erased) return { tenant_id, customer_id, learnt_at, erased };
  if (body && Date.parse(body.learnt_at) >= Date.parse(learnt_at)) return body;
  return {
    tenant_id,
    customer_id,
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(phone === undefined ? {} : { phone }),
    learnt_at,
  };
}

interface NewestWins<Event, Body> {
  id(event: Event): string;
  /** RFC 3339. */
  at(event: Event): string;
  atOf(body: Body): string;
  body(event: Event): Body;
}

async function keepNewest<Event, Body>(
  store: Context['store'],
  collection: Collection<Body>,
  events: readonly Event[],
  { id, at, atOf, body: bodyOf }: NewestWins<Event, Body>,
): Promise<void> {
  await decideDocuments<Body, Event>({
    store,
    collection,
    tasks: events.map((event) => ({ documentId: id(event), command: event })),
    decide: (body, event) => ({
      body: body && Date.parse(atOf(body)) >= Date.parse(at(event)) ? body : bodyOf(event),
      events: [],
    }),
  });
}

const pageSize = 500;
const tagsAtOnce = 50;

/** Looks again at every referee that waits for one of these. What woke them is written already, so none is missed. */
async function wake(context: Context, tags: readonly string[]): Promise<EncodedEvent[]> {
  const distinct = [...new Set(tags)];
  const events: EncodedEvent[] = [];
  for (let from = 0; from < distinct.length; from += tagsAtOnce) {
    const waiting = await Promise.all(distinct.slice(from, from + tagsAtOnce).map((tag) => waitersOf(context, tag)));
    events.push(...(await decideReferees(context, waiting.flat())));
  }
  return events;
}

async function waitersOf({ store }: Context, tag: string): Promise<RefereeTask[]> {
  const tasks: RefereeTask[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.page(referees, {
      index: 'waiting_for',
      prefix: [tag],
      direction: 'ascending',
      limit: pageSize,
      ...(cursor === undefined ? {} : { cursor }),
    });
    tasks.push(...page.items.map(({ body }) => lookAgain(body)));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return tasks;
}

function lookAgain({ tenant_id, customer_id }: { tenant_id: string; customer_id: string }): RefereeTask {
  return { tenant_id, customer_id, command: { kind: 'look_again' } };
}

/** Ends the waiting of every referee whose time is over; resolves with what is to be published. */
export async function endOverdueWaiting(context: Context): Promise<EncodedEvent[]> {
  const { items } = await context.store.page(referees, {
    index: 'waiting_until',
    prefix: [],
    direction: 'ascending',
    limit: pageSize,
  });
  const now = context.now();
  return decideReferees(
    context,
    items.flatMap(({ body }) =>
      body.waiting_until !== undefined && body.waiting_until <= now ? [lookAgain(body)] : [],
    ),
  );
}
