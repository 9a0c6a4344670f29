import {
  customerKey,
  type customerProfile,
  type EventOf,
  normalizeCode,
  type programUpdated,
  type promoUpdated,
  type referralCodeCreated,
  type tenantUpdated,
} from '@referral/contracts';
import { decideDocuments } from '@referral/processing';
import type { Collection, PageOptions } from '@referral/store';
import { codes, type ProfileBody, profiles, programs, promos, referees, tenants } from '../collections.ts';
import { addVersion } from '../domain/program.ts';
import type { RefereeBody } from '../domain/referee.ts';
import { searchPrefixes } from '../domain/search-words.ts';
import type { Context } from './context.ts';
import { acceptInputs } from './inputs.ts';
import { type Look, lookAgain } from './referees.ts';

/** What this service keeps of other services' worlds; whoever waited for a piece is woken when it comes. */

export async function keepTenants({ store }: Context, events: readonly EventOf<typeof tenantUpdated>[]): Promise<void> {
  await keepNewest(store, tenants, events, {
    id: ({ data }) => data.tenant_id,
    body: ({ data: { tenant_id, slug, currency }, time }) => ({ tenant_id, slug, currency, updated_at: time }),
  });
}

/** Promos come from outside too, so their events are claimed as every inbound event is. */
export async function keepPromos(context: Context, events: readonly EventOf<typeof promoUpdated>[]): Promise<void> {
  await keepNewest(context.store, promos, await acceptInputs(context, events), {
    id: ({ data }) => promoId(data.tenant_id, data.code),
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

export async function keepPrograms(context: Context, events: readonly EventOf<typeof programUpdated>[]): Promise<void> {
  await decideDocuments({
    store: context.store,
    collection: programs,
    tasks: events.map(({ data }) => ({ documentId: data.tenant_id, command: data })),
    decide: (body, { tenant_id, version, effective_at, program }) => ({
      body: addVersion(body, tenant_id, { version, effective_at: Date.parse(effective_at), terms: program }),
      events: [],
    }),
  });
  await wake(
    context,
    events.map(({ data }) => `program:${data.tenant_id}`),
  );
}

export async function keepCodes(
  context: Context,
  events: readonly EventOf<typeof referralCodeCreated>[],
): Promise<void> {
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
  await wake(
    context,
    owned.map(({ tenant_id, code }) => `code:${tenant_id}:${code}`),
  );
}

export async function keepProfiles(
  context: Context,
  events: readonly EventOf<typeof customerProfile>[],
): Promise<void> {
  await decideDocuments({
    store: context.store,
    collection: profiles,
    tasks: events.map(({ data }) => ({ documentId: customerKey(data.tenant_id, data.customer_id), command: data })),
    decide: (body, data) => ({ body: newerProfile(body, data), events: [] }),
  });
  await wake(
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
    search_prefixes: searchPrefixes({ name, email }),
  };
}

interface Kept<Event, Body> {
  id(event: Event): string;
  body(event: Event): Body;
}

/** Keeps what the newest event says, by its time. */
async function keepNewest<Event extends { readonly time: string }, Body extends { readonly updated_at: string }>(
  store: Context['store'],
  collection: Collection<Body>,
  events: readonly Event[],
  { id, body: bodyOf }: Kept<Event, Body>,
): Promise<void> {
  await decideDocuments<Body, Event>({
    store,
    collection,
    tasks: events.map((event) => ({ documentId: id(event), command: event })),
    decide: (body, event) => ({
      body: body && Date.parse(body.updated_at) >= Date.parse(event.time) ? body : bodyOf(event),
      events: [],
    }),
  });
}

const pageSize = 500;
const tagsAtOnce = 50;

/**
 * Looks again at every referee that waits for one of these. What woke them is written already, so none is missed; a
 * repeat finds those that it woke before and did not settle.
 */
async function wake(context: Context, tags: readonly string[]): Promise<void> {
  const distinct = [...new Set(tags)];
  for (let from = 0; from < distinct.length; from += tagsAtOnce) {
    const some = distinct.slice(from, from + tagsAtOnce);
    const lists = some.flatMap((tag) =>
      ['waiting_for', 'unsettled'].map((index) => ({ index, prefix: [tag], because: tag })),
    );
    await lookThrough(context, lists, () => true);
  }
}

/**
 * Ends the waiting of every referee whose time is over, brings about what the clock alone does, and settles what a crash
 * has left behind.
 * @param abandonedAfterMs how long a referee may be unsettled before whoever left it so counts as gone
 */
export async function sweepReferees(context: Context, abandonedAfterMs: number): Promise<void> {
  const now = context.now();
  const because = 'sweep';
  await lookThrough(
    context,
    [{ index: 'unsettled_at', prefix: [], because }],
    ({ unsettled_at }) => unsettled_at !== undefined && unsettled_at <= now - abandonedAfterMs,
  );
  await lookThrough(
    context,
    [{ index: 'waiting_until', prefix: [], because }],
    ({ waiting_until }) => waiting_until !== undefined && waiting_until <= now,
  );
  await lookThrough(
    context,
    [{ index: 'due_at', prefix: [], because, byClock: true }],
    ({ due_at }) => due_at !== undefined && due_at <= now,
  );
}

type List = Pick<PageOptions, 'index' | 'prefix' | 'cursor'> & Pick<Look, 'because' | 'byClock'>;

/** Looks again at the referees of these lists, a page of each at a time, up to the first that is not due. */
async function lookThrough(
  context: Context,
  lists: readonly List[],
  isDue: (body: RefereeBody) => boolean,
): Promise<void> {
  let open = lists;
  while (open.length > 0) {
    const pages = await Promise.all(
      open.map(({ because: _, byClock: __, ...list }) =>
        context.store.page(referees, { ...list, direction: 'ascending', limit: pageSize }),
      ),
    );
    const due = pages.map(({ items }) => items.map(({ body }) => body).filter(isDue));
    await lookAgain(
      context,
      open.flatMap(({ because, byClock = false }, at) =>
        (due[at] ?? []).map((body) => ({ ...customerOf(body), because, byClock })),
      ),
    );
    open = open.flatMap((list, at) => {
      const { items, nextCursor } = pages[at] ?? { items: [] };
      const isAtEnd = nextCursor === undefined || due[at]?.length !== items.length;
      return isAtEnd ? [] : [{ ...list, cursor: nextCursor }];
    });
  }
}

function customerOf({ tenant_id, customer_id }: RefereeBody): Pick<Look, 'tenant_id' | 'customer_id'> {
  return { tenant_id, customer_id };
}
