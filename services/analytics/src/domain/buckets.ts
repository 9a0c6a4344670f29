/**
 * Periods are kept in UTC, in grains that stand inside each other: all time by its years, a year by its months, a month by
 * its days, a day by its hours, an hour by its quarters. The offset of every time zone is a multiple of a quarter, so that
 * any zone's days and months are exact sums. A range, however long, is read from at most nine documents: that of all
 * time, and two of each other grain, at its ends. A referrer has fewer grains, and five documents at most.
 */

type GrainName = 'total' | 'year' | 'month' | 'day' | 'hour';

/** `depth`: how many of a moment's slots name its document; those up to the next grain's depth name the slot in it. */
interface Grain {
  readonly name: GrainName;
  readonly depth: number;
}

/** From the coarsest; the finest is kept by quarters. */
type Grains = readonly Grain[];

/** All time by years, a year by months, a month by days, a day by hours, an hour by its quarters. */
export const tenantGrains: Grains = [
  { name: 'total', depth: 0 },
  { name: 'year', depth: 1 },
  { name: 'month', depth: 2 },
  { name: 'day', depth: 3 },
  { name: 'hour', depth: 4 },
];

/** All time by months, a month by days, a day by quarters of an hour: few documents, since there are many referrers. */
export const referrerGrains: Grains = [
  { name: 'total', depth: 0 },
  { name: 'month', depth: 2 },
  { name: 'day', depth: 3 },
];

const quarterDepth = 5;

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
  readonly grain: GrainName;
  readonly path: Slots;
}

/** Where a moment counts: in one slot of one document of each grain. */
export function placesOf(at: number, grains: Grains): (BucketName & { readonly slot: number })[] {
  const slots = slotsOf(at);
  return grains.map(({ name, depth }, rung) => ({
    grain: name,
    path: slots.slice(0, depth),
    slot: slotWithin(slots, depth, grains[rung + 1]?.depth),
  }));
}

/** Numbers that stand in the order of time: 202603 for a month in all time, 1803 for the last quarter before 19 h. */
function slotWithin(slots: Slots, depth: number, nextDepth: number = quarterDepth): number {
  return slots.slice(depth, nextDepth).reduce((slot, each) => slot * 100 + each, 0);
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

/** A period with both its ends. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What is open reaches as far as our time. */
export function closed({ from, to }: Period): Span {
  return { from: Math.max(from ?? earliest, earliest), to: Math.min(to ?? latest, latest) };
}

/** The parts of documents that a period consists of, in the order of time. */
export function bucketsIn(period: Period, grains: Grains): Bucket[] {
  if (period.from === null && period.to === null) {
    return [{ grain: 'total', path: [], first: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }];
  }
  const { from, to } = closed(period);
  return cut(from, to, grains);
}

/** What is whole in the middle is left to the coarser grains. */
function cut(from: number, to: number, grains: Grains, nextDepth?: number): Bucket[] {
  const grain = grains.at(-1);
  if (from >= to || !grain) return [];
  const { depth } = grain;
  const part = (start: number, end: number) => partOf(start, end, grain, nextDepth);
  if (depth === 0) return part(from, to);
  const firstWhole = ceilTo(from, depth);
  const endWhole = floorTo(to, depth);
  if (firstWhole > endWhole) return part(from, to);
  const whole = cut(firstWhole, endWhole, grains.slice(0, -1), depth);
  return [...part(from, firstWhole), ...whole, ...part(endWhole, to)];
}

/** Of one document. */
function partOf(from: number, to: number, { name, depth }: Grain, nextDepth: number | undefined): Bucket[] {
  if (from >= to) return [];
  const slots = slotsOf(from);
  const first = slotWithin(slots, depth, nextDepth);
  const end = slotWithin(slotsOf(to - 1), depth, nextDepth) + 1;
  return [{ grain: name, path: slots.slice(0, depth), first, end }];
}

function floorTo(at: number, depth: number): number {
  return startOf(slotsOf(at).slice(0, depth));
}

function ceilTo(at: number, depth: number): number {
  const slots = slotsOf(at).slice(0, depth);
  return startOf(slots) === at ? at : endOf(slots);
}

export function startOf([year = 0, month = 1, day = 1, hour = 0]: Slots): number {
  return Date.UTC(year, month - 1, day, hour);
}

export function endOf(slots: Slots): number {
  return startOf(slots.with(-1, (slots.at(-1) ?? 0) + 1));
}

/** A counter in a slot of a bucket: `email_clicks/2026` in all time, `email_clicks/3` in an hour. */
export const inSlot = (slot: number, counter: string) => `${counter}/${slot}`;

export type Sums = Map<string, number>;

/** What of a document is wanted, and where it is added. */
export interface Part extends Pick<Bucket, 'first' | 'end'> {
  readonly into: Sums;
}

/** What a document counts, by counter and slot. */
interface Slotted {
  readonly slots?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Adds what a document counts in some of its parts. */
export function addParts({ slots = {} }: Slotted, parts: readonly Part[]): void {
  for (const [counter, sums] of Object.entries(slots)) {
    for (const slot in sums) {
      const at = Number(slot);
      for (const { first, end, into } of parts) {
        if (at >= first && at < end) into.set(counter, (into.get(counter) ?? 0) + (sums[slot] ?? 0));
      }
    }
  }
}
