import type { Formats } from '../formats.ts';
import { isolate } from '../isolate.ts';
import { channelWords } from '../words.ts';

/** An event of the live feed, as the stream brings it. */
export interface FeedEvent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** @returns undefined for what is no event */
export function readFeedEvent(text: string): FeedEvent | undefined {
  const event: unknown = parseJson(text);
  if (!isRecord(event)) return undefined;
  const { id, type, time, data } = event;
  if (typeof id !== 'string' || typeof type !== 'string' || typeof time !== 'string' || !isRecord(data))
    return undefined;
  return Number.isNaN(Date.parse(time)) ? undefined : { id, type, time, data };
}

/** What happened, in a line. */
export function feedInWords({ type, data }: FeedEvent, formats: Formats): string {
  const text = (name: string) => isolate(String(data[name] ?? '?'));
  const referrer = text('referrer_customer_id');
  const referee = text('referee_customer_id');
  switch (type) {
    case 'referral_link_shared':
      return `${referrer} shared the link${channelOf(data)}`;
    case 'referral_link_clicked':
      return `Somebody opened the link of ${referrer}${channelOf(data)}`;
    case 'referral_attributed':
      return `${referrer} referred ${referee}${channelOf(data)}`;
    case 'referral_converted':
      return `${referee}, referred by ${referrer}, converted`;
    case 'referral_rejected':
      return `The referral of ${referee} by ${referrer} was refused`;
    case 'referral_expired':
      return `The referral of ${referee} by ${referrer} expired`;
    case 'referral_reversed':
      return `The conversion of ${referee}, referred by ${referrer}, was reversed`;
    case 'referral_revenue_changed':
      return `${referee} has spent ${moneyOf(data, formats)} on order ${text('order_id')}`;
    case 'referral_milestone_reached':
      return `${referrer} reached ${text('threshold')} conversions`;
    default:
      return type;
  }
}

function channelOf({ channel }: FeedEvent['data']): string {
  if (typeof channel !== 'string' || channel === 'other' || !Object.hasOwn(channelWords, channel)) return '';
  const words: Readonly<Record<string, string>> = channelWords;
  return ` (${words[channel]})`;
}

function moneyOf({ net_amount, currency }: FeedEvent['data'], formats: Formats): string {
  return typeof net_amount === 'number' && typeof currency === 'string'
    ? formats.minorMoney(net_amount, currency)
    : 'something';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
