import { currencyDigits, fromScaledInteger } from '@referral/contracts';

/** What one channel brought. */
export interface ChannelFigures {
  shares: number;
  clicks: number;
  pending: number;
  converted: number;
  rejected: number;
  expired: number;
  reversed: number;
}

export interface Amount {
  readonly currency: string;
  /** In major units. */
  readonly amount: number;
}

/** Sums of counters, by what they are about. */
export interface Figures {
  readonly channels: ReadonlyMap<string, ChannelFigures>;
  readonly revenue: readonly Amount[];
  readonly rewards: { readonly issued: number; readonly reversed: number };
}

const noFigures: Figures = { channels: new Map(), revenue: [], rewards: { issued: 0, reversed: 0 } };

/** Reads counters by their names: `whatsapp_converted`, `USD_revenue`, `rewards_issued`. */
export function toFigures(sums: ReadonlyMap<string, number>): Figures {
  const channels = new Map<string, ChannelFigures>();
  for (const [name, value] of sums) {
    const [channel = '', counter = ''] = name.split('_');
    if (value === 0 || channel === 'rewards' || !isChannelCounter(counter)) continue;
    const figures = channels.get(channel) ?? nothing();
    figures[counter] += value;
    channels.set(channel, figures);
  }
  const rewards = { issued: sums.get('rewards_issued') ?? 0, reversed: sums.get('rewards_reversed') ?? 0 };
  return { channels, revenue: revenueOf(sums), rewards };
}

/** Per currency, in the order of their codes; what has come back to nothing is left out. */
export function revenueOf(sums: Iterable<readonly [name: string, value: number]>): Amount[] {
  const amounts: Amount[] = [];
  for (const [name, value] of sums) {
    const [currency = '', counter] = name.split('_');
    if (counter !== 'revenue' || value === 0) continue;
    amounts.push({ currency, amount: fromScaledInteger(value, currencyDigits(currency)) });
  }
  return amounts.sort((a, b) => compare(a.currency, b.currency));
}

/** All channels in one. */
export function sumChannels({ channels }: Figures): ChannelFigures {
  const sum = nothing();
  for (const figures of channels.values()) {
    for (const [counter, value] of Object.entries(figures)) if (isChannelCounter(counter)) sum[counter] += value;
  }
  return sum;
}

/** Attributed referrals, whatever became of them. */
function totalOf({ pending, converted, rejected, expired, reversed }: ChannelFigures): number {
  return pending + converted + rejected + expired + reversed;
}

/** Those that are converted of all of them, to four digits; 0 when there are none. */
export function conversionRate(figures: ChannelFigures): number {
  const total = totalOf(figures);
  return total === 0 ? 0 : Math.round((figures.converted / total) * 10_000) / 10_000;
}

/** The body of `GET …/summary`, but for what does not follow from the figures of the period and of this month. */
export function summaryOf([figures = noFigures, thisMonth = noFigures]: readonly Figures[]) {
  const all = sumChannels(figures);
  const { shares, clicks, ...statuses } = all;
  const total = totalOf(all);
  return {
    referrals: { total, this_month: totalOf(sumChannels(thisMonth)), ...statuses },
    conversion_rate: conversionRate(all),
    revenue: figures.revenue,
    funnel: { shares, clicks, signups: total, conversions: all.converted },
    rewards: figures.rewards,
  };
}

/** A point of `GET …/timeseries`, but for its date. */
export function pointOf(figures: Figures) {
  const all = sumChannels(figures);
  return {
    shares: all.shares,
    clicks: all.clicks,
    referrals: totalOf(all),
    converted: all.converted,
    revenue: figures.revenue,
  };
}

/** The rows of `GET …/channels`: those with the most referrals first. */
export function channelRows({ channels }: Figures) {
  return [...channels]
    .map(([channel, figures]) => ({
      channel,
      shares: figures.shares,
      clicks: figures.clicks,
      referrals: totalOf(figures),
      converted: figures.converted,
      conversion_rate: conversionRate(figures),
    }))
    .sort((a, b) => b.referrals - a.referrals || compare(a.channel, b.channel));
}

function nothing(): ChannelFigures {
  return { shares: 0, clicks: 0, pending: 0, converted: 0, rejected: 0, expired: 0, reversed: 0 };
}

function isChannelCounter(name: string): name is keyof ChannelFigures {
  return Object.hasOwn(zeros, name);
}

const zeros = nothing();

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
