import { customerKey, identifier, normalizeCode } from '@referral/contracts';
import type { Collection, Document, Page, PageOptions, Store } from '@referral/store';
import { codes, type ProfileBody, profiles, referrals } from '../collections.ts';
import type { ReferralBody } from '../domain/referral.ts';
import { isCalled, toWordQuery, type WordQuery } from '../domain/search-words.ts';
import { type People, profilesOf } from './people.ts';
import {
  type Place,
  type ReferralsOfOne,
  readSearchCursor,
  searchFingerprint,
  sides,
  writeSearchCursor,
} from './search-cursor.ts';

interface Question {
  readonly tenantId: string;
  /** Trimmed. */
  readonly q: string;
  readonly status?: string | undefined;
}

interface Answer {
  readonly referrals: readonly Document<ReferralBody>[];
  readonly people: People;
  readonly nextCursor: string | null;
}

/** Pages of the store that one call may read. */
const maxPages = 40;
const peoplePerPage = 50;
/** Where much of what is read may be passed over. */
const filteredPageSize = 200;

/**
 * The referrals of the people whom `q` finds: those who are called so (each of its words begins a word of one person's
 * name or e-mail), the customer whose id it is, and the owner of the code that it is. Person by person: where one is the
 * referrer, then where one is the referee, each the newest first. What both of its people are found by stands under its
 * referrer alone.
 *
 * The work of a call is bounded. Where many people are found whose referrals are few, or of another status, a page may
 * be short or empty although there is more: only `nextCursor` says where the end is.
 * @throws InvalidCursorError for a cursor that was not given for this question
 */
export async function searchReferrals(
  store: Store,
  question: Question,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer> {
  const { tenantId, q, status } = question;
  const fingerprint = searchFingerprint([tenantId, q, status]);
  let place: Place | undefined = cursor === undefined ? {} : readSearchCursor(fingerprint, cursor);
  const search: Search = {
    ...question,
    store,
    limit,
    words: toWordQuery(q),
    named: await namedBy(store, question),
    found: [],
    people: new Map(),
    pagesRead: 0,
  };
  while (place && !isOver(search)) {
    const { customerIds, next } = await readPeople(search, place);
    const list = await readReferralsOf(search, customerIds, place.list);
    place = list ? { ...place, list } : next;
  }
  const nextCursor = place ? writeSearchCursor(fingerprint, place) : null;
  return { referrals: search.found, people: search.people, nextCursor };
}

interface Search extends Question {
  readonly store: Store;
  readonly limit: number;
  /** Not given: nobody is called so. */
  readonly words: WordQuery | undefined;
  /** Who is found by id or code. */
  readonly named: ReadonlySet<string>;
  readonly found: Document<ReferralBody>[];
  /** Both sides of every referral that was read, by customer key. */
  readonly people: Map<string, Document<ProfileBody>>;
  pagesRead: number;
}

function isOver({ found, limit, pagesRead }: Search): boolean {
  return found.length >= limit || pagesRead >= maxPages;
}

/** What cannot be an id is not for the store to look up. */
async function namedBy(store: Store, { tenantId, q }: Question): Promise<ReadonlySet<string>> {
  const id = identifier.safeParse(q);
  const code = identifier.safeParse(normalizeCode(q));
  const owned = code.success ? await store.get(codes, customerKey(tenantId, code.data)) : undefined;
  return new Set([...(id.success ? [id.data] : []), ...(owned ? [owned.body.customer_id] : [])]);
}

/** Who is found on a page of people, from where the search goes on. Those who are named stand before the first page. */
async function readPeople(search: Search, { people, list }: Place) {
  const { words, tenantId } = search;
  const page: Page<ProfileBody> = words
    ? await countedPage(search, profiles, {
        index: 'searched',
        prefix: [tenantId, words.lookup],
        direction: 'ascending',
        limit: peoplePerPage,
        ...(people !== undefined && { cursor: people }),
      })
    : { items: [] };
  const named = people === undefined ? [...search.named] : [];
  const called = page.items
    .filter(({ body }) => isCalledSo(search, body) && !search.named.has(body.customer_id))
    .map(({ body }) => body.customer_id);
  return {
    customerIds: list ? goingOn(named, called, list.customerId) : [...named, ...called],
    next: page.nextCursor === undefined ? undefined : { people: page.nextCursor },
  };
}

/** From this customer on, who may have been erased or renamed since, or stand behind somebody new. */
function goingOn(named: readonly string[], called: readonly string[], customerId: string): readonly string[] {
  const all = [...named, ...called];
  const at = all.indexOf(customerId);
  return at < 0 ? called.filter((one) => Buffer.compare(Buffer.from(one), Buffer.from(customerId)) > 0) : all.slice(at);
}

/** @returns what is to be read next when the call was over before everything was read */
async function readReferralsOf(
  search: Search,
  customerIds: readonly string[],
  from: ReferralsOfOne | undefined,
): Promise<ReferralsOfOne | undefined> {
  const lists = customerIds.flatMap((customerId) => sides.map((side): ReferralsOfOne => ({ customerId, side })));
  const at = lists.findIndex(({ customerId, side }) => customerId === from?.customerId && side === from.side);
  for (const list of from && at >= 0 ? [from, ...lists.slice(at + 1)] : lists) {
    let next: ReferralsOfOne | undefined = list;
    while (next) {
      if (isOver(search)) return next;
      next = await readReferrals(search, next);
    }
  }
  return undefined;
}

/** Adds a page of referrals to what is found, and returns where its next page is. */
async function readReferrals(search: Search, list: ReferralsOfOne, size?: number): Promise<ReferralsOfOne | undefined> {
  const { store, tenantId, status, found, limit } = search;
  const wanted = limit - found.length;
  const page = await countedPage(search, referrals, {
    index: list.side === 'referrer' ? 'by_referrer' : 'by_referee',
    prefix: [tenantId, list.customerId],
    direction: 'descending',
    limit: size ?? (status === undefined ? wanted : filteredPageSize),
    ...(list.referrals !== undefined && { cursor: list.referrals }),
  });
  const people = await profilesOf(
    store,
    page.items.map(({ body }) => body),
  );
  for (const [key, profile] of people) search.people.set(key, profile);
  const listed = page.items.filter(({ body }) => isListed(search, list, body));
  const surplus = listed[wanted];
  // A cursor goes on behind the last one of a page: read again, as a page that ends before the one that is too many.
  if (surplus) return readReferrals(search, list, page.items.indexOf(surplus));
  found.push(...listed);
  return page.nextCursor === undefined ? undefined : { ...list, referrals: page.nextCursor };
}

function isListed(search: Search, { side }: ReferralsOfOne, { status, verdict }: ReferralBody): boolean {
  if (search.status !== undefined && status !== search.status) return false;
  if (side === 'referrer') return true;
  const { referrer_customer_id } = verdict;
  const referrer = search.people.get(customerKey(search.tenantId, referrer_customer_id))?.body;
  return !search.named.has(referrer_customer_id) && !(referrer && isCalledSo(search, referrer));
}

/** Whether the pages of people have this one. */
function isCalledSo({ words }: Search, profile: ProfileBody): boolean {
  if (!words || !profile.search_prefixes?.includes(words.lookup)) return false;
  return isCalled(profile, words);
}

function countedPage<Body>(search: Search, collection: Collection<Body>, options: PageOptions): Promise<Page<Body>> {
  search.pagesRead += 1;
  return search.store.page(collection, options);
}
