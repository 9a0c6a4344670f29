import type { Interval } from '@referral/contracts';

/** Which days the figures are about: calendar dates of the tenant's time zone, both of them inside. */
export interface Range {
  /** Null: from the beginning. */
  readonly from: string | null;
  /** The last day; null: until now. */
  readonly to: string | null;
}

export const presets = {
  all: 'All time',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  month: 'This month',
  'last-month': 'Last month',
  year: 'This year',
} as const;
export type Preset = keyof typeof presets;

function isPreset(text: string | null): text is Preset {
  return text !== null && Object.hasOwn(presets, text);
}

/** @param now what the clock says; which day that is depends on the zone */
export function presetRange(preset: Preset, now: Date, timeZone: string): Range {
  const today = dateIn(now, timeZone);
  const [year = '', month = ''] = today.split('-');
  switch (preset) {
    case 'all':
      return { from: null, to: null };
    case '7d':
      return { from: addDays(today, -6), to: today };
    case '30d':
      return { from: addDays(today, -29), to: today };
    case '90d':
      return { from: addDays(today, -89), to: today };
    case 'month':
      return { from: `${year}-${month}-01`, to: today };
    case 'last-month': {
      const last = addDays(`${year}-${month}-01`, -1);
      return { from: `${last.slice(0, 8)}01`, to: last };
    }
    case 'year':
      return { from: `${year}-01-01`, to: today };
  }
}

/** A range as the API takes it: `to` is the first day that does not belong to it any more. */
export function rangeQuery({ from, to }: Range): Record<string, string> {
  return { ...(from !== null && { from }), ...(to !== null && { to: addDays(to, 1) }) };
}

/** Fine enough to see something, and few enough points to see it on a phone. */
export function intervalFor({ from, to }: Range, now: Date, timeZone: string): Interval {
  if (from === null) return 'month';
  const days = daysBetween(from, to ?? dateIn(now, timeZone));
  if (days <= 62) return 'day';
  return days <= 366 ? 'week' : 'month';
}

export function dateIn(now: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const part = Object.fromEntries(parts.formatToParts(now).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}`;
}

/** On the calendar, where every day has 24 hours: no zone has a say in it. */
function addDays(date: string, days: number): string {
  return new Date(toDayNumber(date) + days * dayMs).toISOString().slice(0, 10);
}

function daysBetween(from: string, to: string): number {
  return (toDayNumber(to) - toDayNumber(from)) / dayMs + 1;
}

const dayMs = 86_400_000;

function toDayNumber(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}

const calendarDate = /^\d{4}-\d\d-\d\d$/;

/** From an address, which anybody may have typed. */
export function readRange(
  params: URLSearchParams,
  now: Date,
  timeZone: string,
): { readonly preset: Preset | undefined; readonly range: Range } {
  const preset = params.get('period');
  const [from, to] = [params.get('from'), params.get('to')];
  const isCustom = from !== null && to !== null && [from, to].every(isDate) && from <= to;
  if (preset === null && isCustom) return { preset: undefined, range: { from, to } };
  const known = isPreset(preset) ? preset : 'all';
  return { preset: known, range: presetRange(known, now, timeZone) };
}

function isDate(text: string): boolean {
  return calendarDate.test(text) && !Number.isNaN(toDayNumber(text)) && addDays(text, 0) === text;
}
