import { channelRows, conversionRate, sumChannels, summaryOf, toFigures } from './figures.ts';

const sums = new Map([
  ['email_shares', 3],
  ['email_pending', 1],
  ['email_converted', 2],
  ['whatsapp_converted', 1],
  ['whatsapp_rejected', 1],
  ['whatsapp_expired', 1],
  ['x_clicks', 5],
  ['sms_pending', 0],
  ['USD_revenue', 1_999],
  ['JPY_revenue', 500],
  ['EUR_revenue', 0],
  ['rewards_issued', 4],
  ['rewards_reversed', 1],
]);
const none = toFigures(new Map());

test('a summary adds the channels up and tells money in major units', () => {
  expect(summaryOf([toFigures(sums), toFigures(new Map([['x_pending', 2]]))])).toEqual({
    referrals: { total: 6, this_month: 2, pending: 1, converted: 3, rejected: 1, expired: 1, reversed: 0 },
    conversion_rate: 0.5,
    revenue: [
      { currency: 'JPY', amount: 500 },
      { currency: 'USD', amount: 19.99 },
    ],
    funnel: { shares: 3, clicks: 5, signups: 6, conversions: 3 },
    rewards: { issued: 4, reversed: 1 },
  });
});

test('of nothing, the rate is zero and not a division by it', () => {
  expect(summaryOf([none, none])).toMatchObject({ referrals: { total: 0 }, conversion_rate: 0, revenue: [] });
});

test('a rate has four digits', () => {
  const third = toFigures(
    new Map([
      ['x_converted', 1],
      ['x_pending', 2],
    ]),
  );
  expect(conversionRate(sumChannels(third))).toBe(0.3333);
});

test('channels with anything are listed, those with the most referrals first, then by name', () => {
  expect(channelRows(toFigures(sums))).toEqual([
    { channel: 'email', shares: 3, clicks: 0, referrals: 3, converted: 2, conversion_rate: 0.6667 },
    { channel: 'whatsapp', shares: 0, clicks: 0, referrals: 3, converted: 1, conversion_rate: 0.3333 },
    { channel: 'x', shares: 0, clicks: 5, referrals: 0, converted: 0, conversion_rate: 0 },
  ]);
});
