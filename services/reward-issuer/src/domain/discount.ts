import type { DataOf, discountGranted, ReferralLifecycle } from '@referral/contracts';

type Announcement = DataOf<typeof discountGranted>;
export type DiscountTerms = Pick<Announcement, 'type' | 'value' | 'currency'>;
/** For what it is promised, and until when. */
export type Promised = Pick<NonNullable<ReferralLifecycle['promise']>, 'qualifying_event' | 'conversion_ends_at'>;

/**
 * A discount of one customer: promised → held → used, granted → used, or withdrawn. It follows from the newest word about
 * it and from what checkout did with it, so the order in which words arrive does not matter.
 */
export interface Discount {
  readonly tenant_id: string;
  readonly customer_id: string;
  /** What promises or grants it; a milestone's bonus has none. */
  readonly referral_id?: string;
  readonly newest: Omit<Word, 'terms'>;
  /** What it is, by the newest word that says so. */
  readonly terms?: DiscountTerms & { readonly position: number };
  /** The newest word that granted it. */
  readonly granted?: { readonly position: number };
  /** The order that was given the discount on the promise that it will convert. */
  readonly hold?: Taken;
  /** Stays for ever: a discount is given once. */
  readonly use?: Taken;
  /** Present while checkout can give it. */
  readonly offer?: 'granted' | 'promised';
  /** What is announced, absent before it is granted; `revision` counts the changes of it. */
  readonly status?: Announcement['status'];
  readonly occurred_at?: string;
  readonly revision: number;
}

interface Taken {
  readonly order_id: string;
  readonly at: string;
}

/** What one event says of a discount. */
export interface Word {
  /** The highest is the newest. */
  readonly position: number;
  readonly standing: 'promised' | 'granted' | 'gone';
  readonly at: string;
  readonly terms?: DiscountTerms;
  /** The order that brought the conversion. */
  readonly order_id?: string;
  readonly promise?: Promised;
}

/** @returns the very discount when this is no news of it; `undefined` where there is none and nothing to remember */
export function hear(
  known: Discount | undefined,
  owner: Pick<Discount, 'tenant_id' | 'customer_id' | 'referral_id'>,
  word: Word,
): Discount | undefined {
  if (!known && word.standing === 'gone' && isOfFirstRevision(word)) return undefined;
  const { terms, ...newest } = word;
  const { position } = word;
  const isNews = (of: { readonly position: number } | undefined) => !of || position > of.position;
  // Also by an older word: what that conversion gave stays used, whatever became of it since.
  const isHeldOrder = word.standing === 'granted' && known?.hold && known.hold.order_id === word.order_id;
  const news: Partial<Discount> = {
    ...(isNews(known?.newest) ? { newest } : {}),
    ...(terms && isNews(known?.terms) ? { terms: { ...terms, position } } : {}),
    ...(word.standing === 'granted' && isNews(known?.granted) ? { granted: { position } } : {}),
    ...(isHeldOrder && !known.use ? { use: known.hold } : {}),
  };
  if (known && Object.keys(news).length === 0) return known;
  return concluded(known, { ...owner, newest, revision: 0, ...known, ...news });
}

export type Redemption =
  | { readonly outcome: 'used' | 'held'; readonly discount: Discount }
  | { readonly outcome: 'unavailable'; readonly why: string };

interface Redeeming {
  readonly order_id: string;
  readonly at: string;
  /** Whether a hold for another order counts no longer. */
  readonly isHoldOver: boolean;
}

/** Gives the discount to an order: uses what is granted, holds what is promised. The same order again changes nothing. */
export function redeem(discount: Discount, { order_id, at, isHoldOver }: Redeeming): Redemption {
  const { use, hold, offer, newest } = discount;
  if (use?.order_id === order_id) return { outcome: 'used', discount };
  if (use) return unavailable('It was used for another order.');
  if (offer === undefined) return unavailable('It is withdrawn.');
  if (hold && hold.order_id !== order_id && !isHoldOver) return unavailable('It is held for another order.');
  if (offer === 'granted') {
    return { outcome: 'used', discount: concluded(discount, { ...discount, use: { order_id, at } }) };
  }
  if (hold?.order_id === order_id) return { outcome: 'held', discount };
  if (!isPromiseOpen(newest.promise, at)) return unavailable('The time to qualify for it is over.');
  return { outcome: 'held', discount: concluded(discount, { ...discount, hold: { order_id, at } }) };
}

/** The last instant of the conversion window belongs to it. */
export function isPromiseOpen(promise: Promised | undefined, at: string): promise is Promised {
  return promise !== undefined && Date.parse(at) <= Date.parse(promise.conversion_ends_at);
}

/** Nothing older can have given what this one takes away. */
function isOfFirstRevision({ position }: Word): boolean {
  return position < positionOf(2, 'attributed');
}

/** Where a referral's state stands among all of its states: an attribution may share its revision with what it led to. */
export function positionOf(revision: number, status: ReferralLifecycle['status']): number {
  return 2 * revision + (status === 'attributed' ? 0 : 1);
}

function unavailable(why: string): Redemption {
  return { outcome: 'unavailable', why };
}

/** With what follows from the rest. */
function concluded(before: Discount | undefined, changed: Discount): Discount {
  const { status: _, occurred_at: __, offer: ___, ...rest } = changed;
  const next = { ...rest, ...announced(rest), ...offered(rest) };
  return saying(next) === (before && saying(before)) ? next : { ...next, revision: next.revision + 1 };
}

function announced({ terms, use, newest, granted }: Discount): Pick<Discount, 'status' | 'occurred_at'> {
  if (!terms) return {};
  if (use) return { status: 'used', occurred_at: use.at };
  if (newest.standing === 'granted') return { status: 'granted', occurred_at: newest.at };
  return granted ? { status: 'withdrawn', occurred_at: newest.at } : {};
}

function offered({ terms, use, newest: { standing } }: Discount): Pick<Discount, 'offer'> {
  return !terms || use || standing === 'gone' ? {} : { offer: standing };
}

function saying({ status, occurred_at, use, terms }: Discount): string | undefined {
  return status && JSON.stringify([status, occurred_at, use?.order_id, terms?.type, terms?.value, terms?.currency]);
}
