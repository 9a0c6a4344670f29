import { endOf, type Slots, type Span, slotsOf, startOf } from './buckets.ts';

/**
 * Referrers of a period, found without looking at all of them (the threshold algorithm of Fagin, Lotem and Naor): the lists
 * of its months are read from the top. Of a referrer who is in no list so far, the period holds at most what the lists hold
 * of the last ones that were read, added up; so whoever has more stands fast.
 */

/** Where somebody stands: those with the most conversions first; of as many, the later id of a fold, as the index has it. */
export interface Place {
  readonly conversions: number;
  /** Of the referrer, of all time. */
  readonly foldId: string;
}

export function compareLeaders(a: Place, b: Place): number {
  return b.conversions - a.conversions || Number(a.foldId < b.foldId) - Number(a.foldId > b.foldId);
}

/** Nobody who is in none of the lists so far stands before this place. @param lasts the last one read of each list */
export function bestUnseen(lasts: readonly Place[]): Place {
  // Who has as many as all of them together is behind each of them in its list.
  return {
    conversions: lasts.reduce((sum, { conversions }) => sum + conversions, 0),
    foldId: lasts.map(({ foldId }) => foldId).sort()[0] ?? '',
  };
}

/** One more than there are with more conversions. @param leaders sorted */
export function ranksOf(leaders: readonly Place[]): number[] {
  let rank = 0;
  return leaders.map(({ conversions }, at) => {
    if (conversions !== leaders[at - 1]?.conversions) rank = at + 1;
    return rank;
  });
}

const fewDays = 3;

/**
 * The lists that together hold all that happened in a period: those of its months; of its days, where it has only few days
 * of a month. What else happened in the month would say little there, and a month in most zones ends with a day like that.
 */
export function listsOver({ from, to }: Span, months: readonly Slots[]): Slots[] {
  return months.flatMap((month) => {
    const end = Math.min(to, endOf(month));
    const days: Slots[] = [];
    for (let at = Math.max(from, startOf(month)); at < end; ) {
      const day = slotsOf(at).slice(0, month.length + 1);
      days.push(day);
      at = endOf(day);
    }
    return days.length > fewDays ? [month] : days;
  });
}
