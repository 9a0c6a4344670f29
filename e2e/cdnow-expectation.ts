import { readFileSync } from 'node:fs';

/**
 * What the import of the CDNOW sample must come to under "first purchase: 100 points to the referrer, 10 % to the
 * referee", worked out from the raw file alone. Shares no code with the product.
 */

const conversionWindowDays = 90;
const dayMs = 86_400_000;

interface Purchase {
  readonly day: number;
  readonly cents: number;
}

interface ChannelFigures {
  referrals: number;
  converted: number;
}

export interface Expectation {
  readonly customers: number;
  readonly purchases: number;
  readonly attributed: number;
  readonly converted: number;
  readonly revenueCents: number;
  readonly channels: Readonly<Record<string, ChannelFigures>>;
  /** Conversions and revenue in cents by referrer. */
  readonly referrers: Readonly<Record<string, { conversions: number; revenueCents: number }>>;
  /** Referees whose purchase converted them, each of whom holds one discount. */
  readonly rewardedReferees: readonly string[];
}

/** By customer, in file order. */
function readPurchases(file: string): Map<string, Purchase[]> {
  const purchasesOf = new Map<string, Purchase[]>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const columns = line.trim().split(/ +/);
    if (columns.length < 5) continue;
    const [, customer = '', date = '', , dollars = ''] = columns;
    const day = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6, 8)));
    const [whole = '0', cents = '0'] = dollars.split('.');
    const purchases = purchasesOf.get(customer) ?? [];
    purchases.push({ day, cents: Number(whole) * 100 + Number(cents.padEnd(2, '0')) });
    purchasesOf.set(customer, purchases);
  }
  return purchasesOf;
}

/** @param file in the format of the sample */
export function expectCdnow(file: string): Expectation {
  const purchasesOf = readPurchases(file);
  const channels: Record<string, ChannelFigures> = {};
  const referrers: Record<string, { conversions: number; revenueCents: number }> = {};
  const rewardedReferees: string[] = [];
  let attributed = 0;
  let revenueCents = 0;
  for (const [customer, purchases] of purchasesOf) {
    const number = Number(customer);
    if (number % 2 !== 0) continue;
    attributed += 1;
    const referrer = referrerOf(number);
    const channel = ['whatsapp', 'email', 'link'][number % 3] ?? '';
    const signedUp = Math.min(...purchases.map(({ day }) => day));
    // Purchases are at noon and signups at midnight, so the 90th day still counts and its noon does not.
    const converts = purchases.some(({ day, cents }) => cents > 0 && day - signedUp < conversionWindowDays * dayMs);
    const spent = purchases.reduce((sum, { cents }) => sum + cents, 0);
    channels[channel] ??= { referrals: 0, converted: 0 };
    const figures = channels[channel];
    referrers[referrer] ??= { conversions: 0, revenueCents: 0 };
    const standing = referrers[referrer];
    figures.referrals += 1;
    standing.revenueCents += spent;
    revenueCents += spent;
    if (!converts) continue;
    figures.converted += 1;
    standing.conversions += 1;
    rewardedReferees.push(`cdnow_${customer}`);
  }
  return {
    customers: purchasesOf.size,
    purchases: [...purchasesOf.values()].reduce((sum, purchases) => sum + purchases.length, 0),
    attributed,
    converted: rewardedReferees.length,
    revenueCents,
    channels,
    referrers,
    rewardedReferees: rewardedReferees.sort(),
  };
}

function referrerOf(number: number): string {
  return `cdnow_${String(1 + (number % 40)).padStart(4, '0')}`;
}

export interface Spender {
  readonly referee: string;
  readonly referrer: string;
  /** When the purchase that reached the amount was made, in milliseconds. */
  readonly convertedAt: number;
}

/** Who of the referred customers spends so much within the conversion window, and when that is reached. */
export function expectSpenders(file: string, minimumCents: number): Spender[] {
  const spenders: Spender[] = [];
  for (const [customer, purchases] of readPurchases(file)) {
    const number = Number(customer);
    if (number % 2 !== 0) continue;
    const signedUp = Math.min(...purchases.map(({ day }) => day));
    // The n-th line of a customer is a purchase at noon and n seconds, whatever its place among the days.
    const inTime = purchases
      .map(({ day, cents }, index) => ({ at: day + dayMs / 2 + (index + 1) * 1_000, cents }))
      .filter(({ at }) => at <= signedUp + conversionWindowDays * dayMs)
      .sort((a, b) => a.at - b.at);
    let spent = 0;
    for (const { at, cents } of inTime) {
      spent += cents;
      if (spent < minimumCents) continue;
      spenders.push({ referee: `cdnow_${customer}`, referrer: referrerOf(number), convertedAt: at });
      break;
    }
  }
  return spenders;
}
