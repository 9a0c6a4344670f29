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

/** @param file in the format of the sample */
export function expectCdnow(file: string): Expectation {
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

  const channels: Record<string, ChannelFigures> = {};
  const referrers: Record<string, { conversions: number; revenueCents: number }> = {};
  const rewardedReferees: string[] = [];
  let attributed = 0;
  let revenueCents = 0;
  for (const [customer, purchases] of purchasesOf) {
    const number = Number(customer);
    if (number % 2 !== 0) continue;
    attributed += 1;
    const referrer = `cdnow_${String(1 + (number % 40)).padStart(4, '0')}`;
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
