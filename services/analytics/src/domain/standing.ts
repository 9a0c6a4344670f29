import { type Contributions, rankFold } from './folds.ts';

/**
 * How many referrers have how many conversions, so that a rank is found without looking at any of them. A number of
 * conversions has three digits to the base of 100, and each of them has a document: of all numbers by the first digit, of
 * those that begin alike by the second, then by the third. Whatever a tenant's size, three documents tell how many
 * referrers have more than some number.
 */

const base = 100;
/** Whoever has more conversions stands beside those who have just as many. */
const most = base ** 3 - 1;

/** What a referrer counts for with this many conversions; nothing without any. */
export function standingOf(tenantId: string, shard: number, conversions: number): Contributions {
  if (conversions <= 0) return {};
  const contributions: Record<string, Readonly<Record<string, number>>> = {};
  for (const [depth, digit] of digitsOf(conversions).entries()) {
    contributions[rankFold(tenantId, shard, digitsOf(conversions).slice(0, depth))] = { [digit]: 1 };
  }
  return contributions;
}

/** The documents that tell the rank of somebody with this many conversions, each with the digit above which to count. */
export function rankParts(tenantId: string, shard: number, conversions: number) {
  const digits = digitsOf(conversions);
  return digits.map((digit, depth) => ({ foldId: rankFold(tenantId, shard, digits.slice(0, depth)), above: digit }));
}

/** How many referrers a document counts under digits above this one. */
export function countAbove(counters: Readonly<Record<string, number>>, digit: number): number {
  return Object.entries(counters).reduce((sum, [name, value]) => (Number(name) > digit ? sum + value : sum), 0);
}

function digitsOf(conversions: number): readonly number[] {
  const told = Math.min(conversions, most);
  return [Math.floor(told / base ** 2), Math.floor(told / base) % base, told % base];
}
