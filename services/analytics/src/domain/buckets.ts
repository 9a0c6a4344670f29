/**
 * Periods are kept in UTC, in two grains: a month by its days, a day by its quarters of an hour. The offset of every time
 * zone is a multiple of a quarter, so that any zone's days and months are exact sums. A range of years reads the months
 * in it, and the quarters of the two days at its ends.
 */

const dayMs = 86_400_000;
const quarterMs = 900_000;
const quartersPerDay = 96;

/** A counter of a bucket is named by its slot: `31_…` in a month, `53_…` in a day. */
const slotDigits = 2;

/** Where a moment counts. */
export interface Place {
  /** `2026-01` */
  readonly month: string;
  /** `2026-01-31` */
  readonly day: string;
  /** `01` to `31` */
  readonly dayOfMonth: string;
  /** `00` to `95` */
  readonly quarter: string;
}

/** @param at RFC 3339 */
export function placeOf(at: string): Place {
  const atMs = Date.parse(at);
  const day = dayName(atMs);
  const quarter = Math.floor(atMs / quarterMs) - Math.floor(atMs / dayMs) * quartersPerDay;
  return {
    month: day.slice(0, -3),
    day,
    dayOfMonth: day.slice(-slotDigits),
    quarter: String(quarter).padStart(slotDigits, '0'),
  };
}

/** In milliseconds, both on a quarter of an hour. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export const floorToQuarter = (atMs: number) => Math.floor(atMs / quarterMs) * quarterMs;

/** Part of a bucket's document: the slots from `first` up to, not including, `end`. */
export interface Bucket {
  readonly grain: 'month' | 'day';
  /** Of the month or day. */
  readonly name: string;
  readonly first: number;
  readonly end: number;
}

/** The parts of buckets that a range consists of. */
export function bucketsIn({ from, to }: Range): Bucket[] {
  if (from >= to) return [];
  const firstWhole = Math.ceil(from / dayMs);
  const endWhole = Math.floor(to / dayMs);
  if (firstWhole > endWhole) return [quarters(endWhole, from, to)];
  const buckets: Bucket[] = [];
  if (from < firstWhole * dayMs) buckets.push(quarters(firstWhole - 1, from, firstWhole * dayMs));
  for (let day = firstWhole; day < endWhole; ) {
    const date = new Date(day * dayMs);
    const nextMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / dayMs;
    const end = Math.min(nextMonth, endWhole);
    const first = date.getUTCDate();
    buckets.push({ grain: 'month', name: monthName(day * dayMs), first, end: first + end - day });
    day = end;
  }
  if (to > endWhole * dayMs) buckets.push(quarters(endWhole, endWhole * dayMs, to));
  return buckets;
}

/** Adds what a bucket's document counts in these slots, under the names without the slot. */
export function addSlots(sums: Map<string, number>, counters: Readonly<Record<string, number>>, bucket: Bucket): void {
  for (const [name, value] of Object.entries(counters)) {
    const slot = Number(name.slice(0, slotDigits));
    if (slot < bucket.first || slot >= bucket.end) continue;
    const counter = name.slice(slotDigits + 1);
    sums.set(counter, (sums.get(counter) ?? 0) + value);
  }
}

/** What happened at another time counts, but no range reaches it: a publisher's wrong clock makes no range long. */
const earliest = Date.UTC(1970);
const latest = Date.UTC(2200);

/** The part of a range, open where null, that lies within these months and within our time. */
export function withinMonths(
  { from, to }: { readonly from: number | null; readonly to: number | null },
  firstMonth: string,
  lastMonth: string,
): Range {
  const [year = 0, month = 0] = lastMonth.split('-').map(Number);
  return {
    from: Math.max(from ?? earliest, earliest, Date.parse(firstMonth)),
    to: Math.min(to ?? latest, latest, Date.UTC(year, month)),
  };
}

function quarters(day: number, from: number, to: number): Bucket {
  const midnight = day * dayMs;
  return {
    grain: 'day',
    name: dayName(midnight),
    first: (from - midnight) / quarterMs,
    end: (to - midnight) / quarterMs,
  };
}

function dayName(atMs: number): string {
  return new Date(atMs).toISOString().split('T', 1).join();
}

function monthName(atMs: number): string {
  return dayName(atMs).slice(0, -3);
}
