import type { ApiReward, Interval } from '@referral/contracts';
import { dateWords, type Locale, moneyWords, numberWords } from '../format.ts';
import { rewardWords } from '../offer.ts';

interface Amount {
  readonly currency: string;
  /** In major units. */
  readonly amount: number;
}

interface FormatOptions {
  /** The viewer's. */
  readonly locale: Locale;
  /** The tenant's, in which its days begin. */
  readonly timeZone: string;
  /** The tenant's. */
  readonly currency: string;
}

export type Formats = ReturnType<typeof createFormats>;

/** Numbers, money and times of one tenant, as the viewer writes them. */
export function createFormats({ locale, timeZone, currency }: FormatOptions) {
  const locales = [locale].flat();
  const dateTime = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locales, options);
  const moments = dateTime({ dateStyle: 'medium', timeStyle: 'short', timeZone });
  const times = dateTime({ timeStyle: 'medium', timeZone });
  // A calendar date has no zone of its own.
  const dates = dateTime({ month: 'short', day: 'numeric', timeZone: 'UTC' });
  const months = dateTime({ year: 'numeric', month: 'short', timeZone: 'UTC' });
  const rates = new Intl.NumberFormat(locales, { style: 'percent', maximumFractionDigits: 1 });
  const lists = new Intl.ListFormat(locales, { type: 'unit' });
  const money = (amount: number, code = currency) => moneyWords(amount, code, locale);
  return {
    currency,
    timeZone,
    count: (count: number) => numberWords(count, locale),
    /** 0.125 is 12.5 % */
    rate: (rate: number) => rates.format(rate),
    money,
    /** As events and decisions hold it: cents of USD. */
    minorMoney(amountMinor: number, code: string): string {
      const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', {
        style: 'currency',
        currency: code,
      }).resolvedOptions();
      return money(amountMinor / 10 ** maximumFractionDigits, code);
    },
    /** One amount per currency; nothing at all is nothing of the tenant's own. */
    amounts(amounts: readonly Amount[]): string {
      if (amounts.length === 0) return money(0);
      return lists.format(amounts.map(({ amount, currency: code }) => money(amount, code)));
    },
    reward: (reward: ApiReward) => rewardWords(reward, { locale, currency }) ?? 'nothing',
    /** Date and time of an RFC 3339 instant. */
    moment: (instant: string) => moments.format(new Date(instant)),
    day: (instant: string) => dateWords(instant, locale, timeZone),
    time: (instant: string) => times.format(new Date(instant)),
    /** @param date where a bucket of a chart begins: 2026-01-31, a calendar date of the tenant */
    bucket: (date: string, interval: Interval) =>
      (interval === 'month' ? months : dates).format(new Date(`${date.slice(0, 10)}T00:00:00Z`)),
    /** `3 days`, in whichever unit it is a whole number. */
    seconds(seconds: number): string {
      const { value, unit } = toDuration(seconds);
      return new Intl.NumberFormat(locales, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
    },
  };
}

const unitSeconds = { day: 86_400, hour: 3_600, minute: 60, second: 1 } as const;
export type DurationUnit = keyof typeof unitSeconds;

/** Loses nothing: the largest unit of which it is a whole number. */
export function toDuration(seconds: number): { readonly value: number; readonly unit: DurationUnit } {
  if (seconds === 0) return { value: 0, unit: 'hour' };
  if (seconds % unitSeconds.day === 0) return { value: seconds / unitSeconds.day, unit: 'day' };
  if (seconds % unitSeconds.hour === 0) return { value: seconds / unitSeconds.hour, unit: 'hour' };
  if (seconds % unitSeconds.minute === 0) return { value: seconds / unitSeconds.minute, unit: 'minute' };
  return { value: seconds, unit: 'second' };
}

export function toSeconds(value: number, unit: DurationUnit): number {
  return value * unitSeconds[unit];
}
