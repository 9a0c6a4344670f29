import type { Formats } from './formats.ts';
import { isolate } from './isolate.ts';
import { channelWords } from './words.ts';

/** A recorded decision of the API, in words for whoever has to answer a customer's “why?”. */
export interface RecordedDecision {
  readonly outcome: string;
  readonly rule: string;
  readonly reason: string;
  readonly because: Readonly<Record<string, unknown>>;
}

export interface DecisionWords {
  /** What was decided. */
  readonly verdict: string;
  /** Why, in a sentence or two. */
  readonly why: string;
}

/** Why a signup or purchase that named a referrer did not count: every reason that there is. */
export const refusalWords: Readonly<Record<string, string>> = {
  program_disabled: 'The programme was switched off at that time.',
  promo_not_combinable: 'A promo code was used that cannot be combined with a referral.',
  not_a_new_customer: 'The customer had bought before, and the programme is for new customers only.',
  no_touch_in_window: 'No click on a referral link lay within the attribution window.',
  unknown_code: 'Nobody owns the code that was given.',
  self_referral: 'Customers cannot refer themselves.',
  same_email: 'Referrer and new customer have the same e-mail address.',
  same_phone: 'Referrer and new customer have the same phone number.',
  reciprocal_referral: 'The new customer had referred this referrer before; a pair counts in one direction only.',
};

export function refusalInWords(reason: string): string {
  return own(refusalWords, reason) ?? `The recorded reason is “${reason}”.`;
}

export function decisionInWords(decision: RecordedDecision, formats: Formats): DecisionWords {
  const tell = own(tellers, decision.rule);
  // What a newer server decides is told by its code rather than not at all.
  if (!tell) return { verdict: decision.outcome, why: `The recorded reason is “${decision.reason}”.` };
  return tell(decision, valuesOf(decision.because, formats));
}

type Teller = (decision: RecordedDecision, values: Values) => DecisionWords;

const tellers: Readonly<Record<string, Teller>> = {
  typed_code: ({ because }, { text, lost }) => ({
    verdict: 'Referred by a typed code',
    why: `The ${because.attributed_by === 'purchase' ? 'purchase' : 'signup'} carried the code ${text('code')}. A typed code counts before any click.${lost()}`,
  }),
  click: (_, { text, channel, lost }) => ({
    verdict: 'Referred by a link',
    why: `The new customer had opened the link of the code ${text('code')} (${channel()}) within the attribution window.${lost()}`,
  }),
  signup: () => ({
    verdict: 'Converted',
    why: 'The new customer signed up, which is all that the programme asks for.',
  }),
  first_purchase: (_, { text, money }) => ({
    verdict: 'Converted',
    why: `Order ${text('order_id')} of ${money('amount')} is the first purchase above zero since the referral began.`,
  }),
  minimum_spend: (_, { text, money }) => ({
    verdict: 'Converted',
    why: `With order ${text('order_id')} the net spend reached ${money('net_spend')}; the programme asks for ${money('minimum_amount')}.`,
  }),
  refunded: ({ because }, { text, money, moment }) => ({
    verdict: 'Reversed',
    why: `A refund of ${money('refunded')} on order ${text('order_id')} ${leftOver(because, money)}. It came before the refund period ended (${moment('reversal_ends_at')}), so the rewards were taken back.`,
  }),
  no_longer_qualifies: () => ({
    verdict: 'Pending again',
    why: 'A fact that arrived late shows that the referral had not qualified after all.',
  }),
  conversion_window_passed: (_, { moment }) => ({
    verdict: 'Expired',
    why: `Nothing qualified before the conversion window ended (${moment('conversion_ends_at')}).`,
  }),
  first_valid_wins: ({ reason }, { text }) => ({
    verdict: 'Withdrawn',
    why:
      reason === 'attributed_to_another_referrer'
        ? `A fact that arrived late shows that an earlier referral was valid: the one by ${text('referrer_customer_id')} with the code ${text('code')}. The first valid one counts.`
        : `A fact that arrived late shows that this referral never should have been. ${withdrawalReason(reason)}`,
  }),
  limits: (_, { text }) => ({
    verdict: 'Within the limits',
    why: `It counts as conversion number ${text('referrer_ordinal')} of this referrer.`,
  }),
  max_referrals_per_referrer: ({ outcome, because }, { count }) => ({
    verdict: 'Over the limit of referrals',
    why: `The referrer already had ${count('conversions_counted')} conversions that count; the programme allows ${count('max_referrals_per_referrer', limitsOf(because))}. ${overLimit(outcome)}`,
  }),
  cooldown_seconds: ({ outcome, because }, { duration }) => ({
    verdict: 'Within the cool-down',
    why: `The referrer's conversion before was ${duration('seconds_since_last')} away; the programme asks for ${duration('cooldown_seconds', limitsOf(because))} between two. ${overLimit(outcome)}`,
  }),
};

/** The rules that have words. */
export const knownRules: readonly string[] = Object.keys(tellers);

function withdrawalReason(reason: string): string {
  return reason === 'no_longer_attributed' ? 'Nothing refers this customer any more.' : refusalInWords(reason);
}

function overLimit(outcome: string): string {
  return outcome === 'over_limit_neither'
    ? 'Neither side gets a reward.'
    : 'The new customer keeps the promised reward; the referrer gets none.';
}

function leftOver(because: RecordedDecision['because'], money: Values['money']): string {
  return because.net_spend === undefined
    ? 'left nothing of what had qualified'
    : `left a net spend of ${money('net_spend')}, below the ${money('minimum_amount')} that the programme asks for`;
}

function limitsOf({ limits }: RecordedDecision['because']): RecordedDecision['because'] {
  return typeof limits === 'object' && limits !== null ? { ...limits } : {};
}

/** Codes come from records: one that is called like something every object has is not known either. */
function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

type Values = ReturnType<typeof valuesOf>;

/** Reads the values that were compared; one that is missing is told as missing, so that old records can be shown too. */
function valuesOf(because: RecordedDecision['because'], formats: Formats) {
  const missing = 'an unrecorded value';
  const numberOr = (value: unknown, words: (number: number) => string) =>
    typeof value === 'number' && Number.isFinite(value) ? words(value) : missing;
  return {
    text(name: string): string {
      const value = because[name];
      return typeof value === 'string' || typeof value === 'number' ? isolate(String(value)) : missing;
    },
    count: (name: string, from = because) => numberOr(from[name], formats.count),
    duration: (name: string, from = because) => numberOr(from[name], (value) => formats.seconds(Math.round(value))),
    money(name: string): string {
      const { currency } = because;
      if (typeof currency !== 'string') return missing;
      return numberOr(because[name], (value) => formats.minorMoney(value, currency));
    },
    moment(name: string): string {
      const value = because[name];
      return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? formats.moment(value) : missing;
    },
    channel(): string {
      const { channel } = because;
      const words: Readonly<Record<string, string>> = channelWords;
      return typeof channel === 'string' ? (own(words, channel) ?? channel) : missing;
    },
    /** Who else was named, and why that did not count. */
    lost(): string {
      const { candidates_lost: lost } = because;
      if (!Array.isArray(lost) || lost.length === 0) return '';
      return ` Tried before, without success: ${lost.map(lostInWords).join(' ')}`;
    },
  };
}

function lostInWords(lost: unknown): string {
  if (typeof lost !== 'object' || lost === null) return '';
  const { code, reason }: { code?: unknown; reason?: unknown } = lost;
  return `${isolate(String(code))} – ${refusalInWords(String(reason))}`;
}
