import { type Interval, maxPoints } from '@referral/contracts';
import { problems } from '@referral/host';
import type { Store } from '@referral/store';
import { DateTime } from 'luxon';
import { floorToQuarter, type Period } from './domain/buckets.ts';
import { pointOf } from './domain/figures.ts';
import { firstMonth, readFigures } from './readings.ts';

interface SeriesRequest {
  readonly tenantId: string;
  readonly interval: Interval;
  readonly period: Period;
  readonly timeZone: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * A point per day, ISO week or month of the tenant's time zone, named by the date on which that begins; those without
 * anything are zero. The first and the last reach as far as the period does, so that all of them add up to its figures.
 * An open period begins with the first month in which there is anything and ends with the interval of `now`.
 * @throws Problem 400 for more points than one answer holds
 */
export async function readTimeseries(store: Store, { tenantId, interval, period, timeZone, now }: SeriesRequest) {
  const from = period.from ?? (await firstMonth(store, tenantId)) ?? now;
  const to = period.to ?? endOf(DateTime.fromMillis(now, { zone: timeZone }), interval).toMillis();
  const spans = spansIn({ from, to }, interval, timeZone);
  const figures = await readFigures(store, tenantId, spans);
  return figures.map((each, at) => ({ date: spans[at]?.date, ...pointOf(each) }));
}

interface Span {
  /** In the time zone: `2026-03-01`. */
  readonly date: string | null;
  readonly from: number;
  readonly to: number;
}

/** @throws Problem 400 for too many */
export function spansIn(
  { from, to }: { readonly from: number; readonly to: number },
  interval: Interval,
  timeZone: string,
): Span[] {
  const spans: Span[] = [];
  let start: DateTime = DateTime.fromMillis(from, { zone: timeZone }).startOf(interval);
  while (start.toMillis() < to) {
    if (spans.length === maxPoints) throw tooManyPoints();
    const end = endOf(start, interval);
    const span = {
      date: start.toISODate(),
      from: Math.max(from, floorToQuarter(start.toMillis())),
      to: Math.min(to, floorToQuarter(end.toMillis())),
    };
    if (span.from < span.to) spans.push(span);
    start = end;
  }
  return spans;
}

/** Floored again: where the clocks change at midnight, a day later is not the beginning of the next day. */
function endOf(at: DateTime, interval: Interval): DateTime {
  return at.plus({ [interval]: 1 }).startOf(interval);
}

function tooManyPoints() {
  const message = `makes more than ${maxPoints} points for this period: take a longer interval or a shorter period`;
  return problems.validation([{ path: 'interval', message }]);
}
