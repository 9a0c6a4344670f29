/**
 * Periods are kept in UTC, in grains that stand inside each other: all time by its years, a year by its months, a month by
 * its days, a day by its hours, an hour by its quarters. The offset of every time zone is a multiple of a quarter, so that
 * any zone's days and months are exact sums. A range, however long, is read from at most nine documents: that of all
 * time, and two of each other grain, at its ends.
 */

/** Each by the slots of the next; an hour by its quarters. */
const grains = ['total', 'year', 'month', 'day', 'hour'] as const;
type Grain = (typeof grains)[number];
const finest = grains.length - 1;

const quarterMs = 900_000;
const quarterMinutes = 15;

/** Year, month from 1, day from 1, hour, quarter of the hour; the first of them, for what is longer than a quarter. */
export type Slots = readonly number[];

/** @param at milliseconds since the epoch */
export function slotsOf(at: number): Slots {
  const date = new Date(at);
  const quarter = Math.floor(date.getUTCMinutes() / quarterMinutes);
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), quarter];
}

/** The document of a grain, named by the slots of the coarser ones: all time by none, a day by year, month and day. */
export interface BucketName {
  readonly grain: Grain;
  readonly path: Slots;
}

/** Where a moment counts: in one slot of one document of each grain. */
export function placesOf(at: number): (BucketName & { readonly slot: number })[] {
  const slots = slotsOf(at);
  return slots.flatMap((slot, depth) => {
    const grain = grains[depth];
    return grain ? [{ grain, path: slots.slice(0, depth), slot }] : [];
  });
}

/** In milliseconds, on quarters of an hour; open where null. */
export interface Period {
  readonly from: number | null;
  readonly to: number | null;
}

export const floorToQuarter = (atMs: number) => Math.floor(atMs / quarterMs) * quarterMs;

/** Part of a bucket's document: the slots from `first` up to, not including, `end`. */
export interface Bucket extends BucketName {
  readonly first: number;
  readonly end: number;
}

/** What happened at another time counts, but only where a period is open at both ends: a publisher's clock was wrong. */
export const earliestYear = 1970;
const earliest = Date.UTC(earliestYear, 0);
const latest = Date.UTC(2200, 0);

/** The parts of documents that a period consists of, in the order of time. */
export function bucketsIn({ from, to }: Period): Bucket[] {
  if (from === null && to === null) {
    return [{ grain: 'total', path: [], first: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }];
  }
  return cut(Math.max(from ?? earliest, earliest), Math.min(to ?? latest, latest), finest);
}

/** What is whole in the middle is left to the coarser grain, which is one less deep. */
function cut(from: number, to: number, depth: number): Bucket[] {
  if (from >= to) return [];
  if (depth === 0) return partOf(from, to, depth);
  const firstWhole = ceilTo(from, depth);
  const endWhole = floorTo(to, depth);
  if (firstWhole > endWhole) return partOf(from, to, depth);
  return [...partOf(from, firstWhole, depth), ...cut(firstWhole, endWhole, depth - 1), ...partOf(endWhole, to, depth)];
}

/** Of one document. */
function partOf(from: number, to: number, depth: number): Bucket[] {
  const grain = grains[depth];
  const slots = slotsOf(from);
  const first = slots[depth];
  const last = slotsOf(to - 1)[depth];
  if (from >= to || grain === undefined || first === undefined || last === undefined) return [];
  return [{ grain, path: slots.slice(0, depth), first, end: last + 1 }];
}

function floorTo(at: number, depth: number): number {
  return startOf(slotsOf(at).slice(0, depth));
}

function ceilTo(at: number, depth: number): number {
  const slots = slotsOf(at).slice(0, depth);
  if (startOf(slots) === at) return at;
  return startOf(slots.with(-1, (slots.at(-1) ?? 0) + 1));
}

export function startOf([year = 0, month = 1, day = 1, hour = 0]: Slots): number {
  return Date.UTC(year, month - 1, day, hour);
}

/** A counter of a bucket is named by its slot: `2026_email_clicks` in all time, `3_email_clicks` in an hour. */
export const inSlot = (slot: number, counter: string) => `${slot}_${counter}`;

/** What a bucket's document counts, by slot and by counter. */
export function bySlot(counters: Readonly<Record<string, number>>): Map<number, [counter: string, value: number][]> {
  const slots = new Map<number, [string, number][]>();
  for (const [name, value] of Object.entries(counters)) {
    const separator = name.indexOf('_');
    const slot = Number(name.slice(0, separator));
    const counter: [string, number] = [name.slice(separator + 1), value];
    const others = slots.get(slot);
    if (others) others.push(counter);
    else slots.set(slot, [counter]);
  }
  return slots;
}
