/** How the viewer writes numbers, money and dates; in tests, how the test says. */
export type Locale = string | readonly string[];

export function viewersLocale(): Locale {
  return navigator.languages;
}

export function numberWords(value: number, locale: Locale): string {
  return new Intl.NumberFormat([...[locale].flat()], { maximumFractionDigits: 2 }).format(value);
}

/** @param percent as the API tells it: 10 is a tenth */
export function percentWords(percent: number, locale: Locale): string {
  const options = { style: 'percent', maximumFractionDigits: 2 } as const;
  return new Intl.NumberFormat([...[locale].flat()], options).format(percent / 100);
}

/** @param amount in major units: 20 is $20, which is how it is written; 20.5 is $20.50 */
export function moneyWords(amount: number, currency: string, locale: Locale): string {
  const options = { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' } as const;
  return new Intl.NumberFormat([...[locale].flat()], options).format(amount);
}

/** @param instant RFC 3339; @param timeZone default: the viewer's */
export function dateWords(instant: string, locale: Locale, timeZone?: string): string {
  const options = { dateStyle: 'medium', ...(timeZone && { timeZone }) } as const;
  return new Intl.DateTimeFormat([...[locale].flat()], options).format(new Date(instant));
}
