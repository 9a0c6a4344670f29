import { createFormats } from '../formats.ts';
import { feedInWords, readFeedEvent } from './feed-words.ts';

const formats = createFormats({ locale: 'en-US', timeZone: 'UTC', currency: 'USD' });
const about = { referrer_customer_id: 'cus_1', referee_customer_id: 'cus_2', channel: 'whatsapp' };

test.each([
  ['referral_link_shared', {}, 'cus_1 shared the link (WhatsApp)'],
  ['referral_link_clicked', {}, 'Somebody opened the link of cus_1 (WhatsApp)'],
  ['referral_attributed', {}, 'cus_1 referred cus_2 (WhatsApp)'],
  ['referral_converted', {}, 'cus_2, referred by cus_1, converted'],
  ['referral_rejected', {}, 'The referral of cus_2 by cus_1 was refused'],
  ['referral_expired', {}, 'The referral of cus_2 by cus_1 expired'],
  ['referral_reversed', {}, 'The conversion of cus_2, referred by cus_1, was reversed'],
  [
    'referral_revenue_changed',
    { order_id: 'o_1', net_amount: 1999, currency: 'USD' },
    'cus_2 has spent $19.99 on order o_1',
  ],
  ['referral_milestone_reached', { threshold: 10 }, 'cus_1 reached 10 conversions'],
  ['referral_of_tomorrow', {}, 'referral_of_tomorrow'],
])('%s', (type, more, words) => {
  const text = JSON.stringify({ id: 'e1', type, time: '2026-03-20T10:00:00Z', data: { ...about, ...more } });
  const event = readFeedEvent(text);
  expect(event && feedInWords(event, formats).replace(/[\u2068\u2069]/g, '')).toBe(words);
});

test.each([
  '',
  '{',
  '[]',
  'null',
  '{"id":"e1","type":"t","time":"soon","data":{}}',
  '{"id":"e1","type":"t","data":{}}',
])('what is no event is passed over: %s', (text) => {
  expect(readFeedEvent(text)).toBeUndefined();
});

test('an id that is written from right to left turns nothing but itself', () => {
  const data = { referrer_customer_id: '\u202Eevil', channel: 'constructor' };
  const words = feedInWords({ id: 'e', type: 'referral_link_shared', time: '2026-03-20T10:00:00Z', data }, formats);
  expect(words).toBe('\u2068\u202Eevil\u2069 shared the link');
});
