import { problems } from '@referral/host';
import { DateTime, IANAZone } from 'luxon';
import { floorToQuarter, type Period } from './domain/buckets.ts';

const firstYear = 1970;
const lastYear = 2199;
const longestYears = 10;

/**
 * A date is its first moment in the tenant's time zone.
 * @throws Problem 400 for a period that is empty, longer than ten years, or nowhere near our time
 */
export function readPeriod(query: { from?: string | undefined; to?: string | undefined }, timeZone: string): Period {
  const from = toQuarter('from', query.from, timeZone);
  const to = toQuarter('to', query.to, timeZone);
  if (from !== null && to !== null) {
    if (from >= to) throw refused('to', 'must be later than from, by a quarter of an hour at least');
    const longest = DateTime.fromMillis(from, { zone: timeZone }).plus({ years: longestYears });
    if (to > longest.toMillis()) throw refused('to', `must be at most ${longestYears} years after from`);
  }
  return { from, to };
}

/** The calendar month in which a moment lies. */
export function monthAround(atMs: number, timeZone: string): Period {
  const start = DateTime.fromMillis(atMs, { zone: timeZone }).startOf('month');
  return { from: floorToQuarter(start.toMillis()), to: floorToQuarter(start.plus({ months: 1 }).toMillis()) };
}

/** UTC for a tenant that is not known yet, or whose zone this process has no rules for. */
export function knownZone(timeZone: string | undefined): string {
  return timeZone !== undefined && IANAZone.isValidZone(timeZone) ? timeZone : 'UTC';
}

function toQuarter(path: 'from' | 'to', text: string | undefined, timeZone: string): number | null {
  if (text === undefined) return null;
  // A zone counts only where the text has no offset of its own, which a date never has.
  const at = DateTime.fromISO(text, { zone: timeZone });
  if (!at.isValid || at.year < firstYear || at.year > lastYear) {
    throw refused(path, `must lie in the years ${firstYear} to ${lastYear}`);
  }
  return floorToQuarter(at.toMillis());
}

function refused(path: string, message: string) {
  return problems.validation([{ path, message }]);
}
