import { type Channel, customerSignedUp, type EventOf, purchaseCompleted } from '@referral/contracts';
import { assert } from '@referral/errors';
import { inboundEvent } from './inbound-event.ts';

/** The purchases of the music shop CDNOW as events, with referrals laid over them by a fixed rule. */

export type CdnowEvent = EventOf<typeof customerSignedUp> | EventOf<typeof purchaseCompleted>;

export interface CdnowPurchase {
  /** The customer's number in this file. */
  readonly customer: number;
  /** Counts this customer's lines in the file, from 1. */
  readonly n: number;
  /** `1997-01-31`. */
  readonly day: string;
  /** US cents. */
  readonly amountMinor: number;
}

/** What is wrong with a line, counted from 1. */
export interface CdnowFault {
  readonly line: number;
  readonly problem: string;
}

const cdnowSource = '/import/cdnow';
const currency = 'USD';
const referrers = 40;
const channels: readonly Channel[] = ['whatsapp', 'email', 'link'];
const noonMs = 12 * 3_600_000;

/** `cdnow_0001`: four digits, as in the file. */
export function cdnowCustomerId(customer: number): string {
  return `cdnow_${numberOf(customer)}`;
}

/** The customer whose code this one signs up with: every even one is referred. */
export function cdnowReferrer(customer: number): number | undefined {
  return customer % 2 === 0 ? 1 + (customer % referrers) : undefined;
}

/** How a referred customer came by the code. */
export function cdnowChannel(customer: number): Channel {
  const channel = channels[customer % channels.length];
  assert(channel, 'a remainder is within its divisor');
  return channel;
}

/** The n-th line of a customer, from 1, is a purchase at 12:00:00Z plus n seconds of its day. */
export function cdnowPurchasedAt(day: string, n: number): string {
  return new Date(Date.parse(day) + noonMs + n * 1_000).toISOString();
}

/** Every customer, by id, whose code the events of this file need. */
export function cdnowReferrerIds(text: string): string[] {
  return referrerIdsOf(soundPurchases(text));
}

/**
 * The file's signups and purchases, in file order; a customer signs up at 00:00:00Z of the day of its first purchase.
 * The same file gives the same events, so that importing it again is a repeat.
 * @param codeOf the referral code of a customer id that `cdnowReferrerIds` names
 */
export function cdnowEvents(
  text: string,
  options: { readonly tenantId: string; readonly codeOf: (customerId: string) => string },
): Iterable<CdnowEvent> {
  return eventsOf(soundPurchases(text), options);
}

export function referrerIdsOf(purchases: readonly CdnowPurchase[]): string[] {
  const needed = purchases.flatMap(({ customer }) => cdnowReferrer(customer) ?? []);
  return [...new Set(needed)].map(cdnowCustomerId);
}

export function* eventsOf(
  purchases: readonly CdnowPurchase[],
  { tenantId, codeOf }: { readonly tenantId: string; readonly codeOf: (customerId: string) => string },
): Generator<CdnowEvent> {
  const firstDays = firstDayOfEach(purchases);
  for (const { customer, n, day, amountMinor } of purchases) {
    const customer_id = cdnowCustomerId(customer);
    if (n === 1) yield signup(tenantId, customer, firstDays.get(customer) ?? day, codeOf);
    const id = `cdnow-${numberOf(customer)}-${n}`;
    const occurred_at = cdnowPurchasedAt(day, n);
    yield inboundEvent(
      purchaseCompleted,
      { tenant_id: tenantId, customer_id, order_id: id, amount: amountMinor, currency, occurred_at },
      { id, source: cdnowSource, occurredAt: occurred_at },
    );
  }
}

function signup(tenant_id: string, customer: number, day: string, codeOf: (customerId: string) => string) {
  const occurred_at = new Date(day).toISOString();
  const referrer = cdnowReferrer(customer);
  const origin =
    referrer === undefined ? {} : { referral_code: codeOf(cdnowCustomerId(referrer)), channel: cdnowChannel(customer) };
  return inboundEvent(
    customerSignedUp,
    { tenant_id, customer_id: cdnowCustomerId(customer), ...origin, occurred_at },
    { id: `cdnow-signup-${numberOf(customer)}`, source: cdnowSource, occurredAt: occurred_at },
  );
}

function firstDayOfEach(purchases: readonly CdnowPurchase[]): Map<number, string> {
  const firstDays = new Map<number, string>();
  for (const { customer, day } of purchases) {
    const known = firstDays.get(customer);
    if (known === undefined || day < known) firstDays.set(customer, day);
  }
  return firstDays;
}

/** The file's purchases in its order, and everything that is wrong with it. */
export function parseCdnow(text: string): {
  readonly purchases: readonly CdnowPurchase[];
  readonly faults: readonly CdnowFault[];
} {
  const purchases: CdnowPurchase[] = [];
  const faults: CdnowFault[] = [];
  const counts = new Map<number, number>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = parseLine(line.trim().split(/ +/));
    if (typeof parsed === 'string') {
      faults.push({ line: index + 1, problem: parsed });
      continue;
    }
    const n = (counts.get(parsed.customer) ?? 0) + 1;
    counts.set(parsed.customer, n);
    purchases.push({ ...parsed, n });
  }
  if (purchases.length === 0 && faults.length === 0)
    faults.push({ line: 1, problem: 'there is no purchase in the file' });
  return { purchases, faults };
}

function soundPurchases(text: string): readonly CdnowPurchase[] {
  const { purchases, faults } = parseCdnow(text);
  assert(faults.length === 0, `a CDNOW file is checked before it is read: line ${faults[0]?.line}`);
  return purchases;
}

/** @returns what is wrong with the line, for people */
function parseLine(columns: readonly string[]): Omit<CdnowPurchase, 'n'> | string {
  const [inFullSet = '', inFile = '', date = '', cds = '', dollars = ''] = columns;
  if (columns.length !== 5) return `expected 5 columns, found ${columns.length}`;
  if (!isCount(inFullSet)) return `column 1: expected a customer number, found ${quote(inFullSet)}`;
  if (!isCount(inFile)) return `column 2: expected a customer number, found ${quote(inFile)}`;
  const day = toDay(date);
  if (day === undefined) return `column 3: expected a date YYYYMMDD, found ${quote(date)}`;
  if (!isCount(cds)) return `column 4: expected a number of CDs, found ${quote(cds)}`;
  const amountMinor = toCents(dollars);
  if (amountMinor === undefined) return `column 5: expected dollars such as 29.33, found ${quote(dollars)}`;
  return { customer: Number(inFile), day, amountMinor };
}

function isCount(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}

function toDay(date: string): string | undefined {
  const [, year, month, dayOfMonth] = /^(\d{4})(\d\d)(\d\d)$/.exec(date) ?? [];
  const day = `${year}-${month}-${dayOfMonth}`;
  const parsed = new Date(day);
  // The 30th of February is read as the 2nd of March.
  const isThere = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
  return isThere ? day : undefined;
}

function toCents(dollars: string): number | undefined {
  const [, whole, cents = ''] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(dollars) ?? [];
  return whole === undefined ? undefined : Number(`${whole}${cents.padEnd(2, '0')}`);
}

function numberOf(customer: number): string {
  return String(customer).padStart(4, '0');
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
