import type { ApiReward } from '@referral/contracts';
import { type Locale, moneyWords, numberWords, percentWords } from './format.ts';

/** What a programme promises, in the API's units: money in major units, percent as percent. */
export interface Offer {
  readonly referrer: ApiReward | null;
  readonly referee: ApiReward | null;
}

export interface OfferOptions {
  readonly locale: Locale;
  /** The tenant's, where it is known. */
  readonly currency?: string | undefined;
}

/** A side of an answer that tells type and value apart, as `my-code`, `validate` and `config` do. */
export function rewardOf(type: ApiReward['type'] | null, value: number | null): ApiReward | null {
  return type === null || value === null ? null : { type, value };
}

/** `100 points`, `$20 credit`, `10% off`. A reward of nothing is `undefined`. */
export function rewardWords(reward: ApiReward | null, { locale, currency }: OfferOptions): string | undefined {
  if (!reward || reward.value === 0) return undefined;
  const { type, value } = reward;
  const number = numberWords(value, locale);
  const money = currency === undefined ? number : moneyWords(value, currency, locale);
  switch (type) {
    case 'points':
      return value === 1 ? `${number} point` : `${number} points`;
    case 'credit':
      return `${money} credit`;
    case 'discount_percent':
      return `${percentWords(value, locale)} off`;
    case 'discount_fixed':
      return `${money} off`;
  }
}

/** What a programme promises in one line: `Give 10% off, get 100 points`. `undefined` when it promises nothing. */
export function offerWords({ referrer, referee }: Offer, options: OfferOptions): string | undefined {
  const give = rewardWords(referee, options);
  const get = rewardWords(referrer, options);
  if (give && get) return `Give ${give}, get ${get}`;
  if (give) return `Give ${give}`;
  return get && `Get ${get}`;
}
