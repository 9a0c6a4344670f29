import type { Expectation } from './cdnow-expectation.ts';
import type { Json, Platform } from './platform.ts';

export const cdnowFile = 'e2e/fixtures/cdnow_sample.txt';

/** Holds every figure that the platform gives of a tenant against what the raw file says. */
export async function compareWithFile(platform: Platform, expected: Expectation, tenant: string): Promise<void> {
  const admin = { kind: 'admin', tenantId: tenant } as const;
  const { body: summary } = await platform.get('/api/loyalty/referrals/summary', admin);
  expect(summary.referrals).toMatchObject({ total: expected.attributed, converted: expected.converted, reversed: 0 });
  expect(summary.revenue).toEqual([{ currency: 'USD', amount: expected.revenueCents / 100 }]);
  expect(summary.rewards).toEqual({ issued: expected.converted * 2, reversed: 0 });

  const { body: channels } = await platform.get('/api/loyalty/referrals/channels', admin);
  const byChannel = channels.data.map(({ channel, referrals, converted }: Json) => [channel, { referrals, converted }]);
  expect(Object.fromEntries(byChannel)).toEqual(expected.channels);

  const { body: leaderboard } = await platform.get('/api/loyalty/referrals/leaderboard?limit=200', admin);
  const standings = leaderboard.data.map(({ referrer_customer_id, conversions, revenue }: Json) => [
    referrer_customer_id,
    { conversions, revenueCents: Math.round(revenue[0].amount * 100) },
  ]);
  expect(Object.fromEntries(standings)).toEqual(expected.referrers);
  const conversions = leaderboard.data.map((row: Json) => row.conversions);
  expect(conversions).toEqual([...conversions].sort((a: number, b: number) => b - a));

  const rewards = await allOf(platform, '/api/rewards', tenant);
  const holders = (side: string) =>
    rewards.filter((reward) => reward.side === side).map((reward) => reward.customer_id);
  expect(holders('referee').sort()).toEqual(expected.rewardedReferees);
  for (const [referrer, { conversions: earned }] of Object.entries(expected.referrers)) {
    const { body } = await platform.get(`/api/customers/${referrer}/balance`, admin);
    expect({ referrer, points: body.points }).toEqual({ referrer, points: earned * 100 });
  }
  const referrals = await allOf(platform, '/api/referrals', tenant);
  expect(referrals).toHaveLength(expected.attributed);
}

export async function allOf(platform: Platform, path: string, tenantId: string): Promise<Json[]> {
  const rows: Json[] = [];
  let cursor: string | null = null;
  do {
    const page = `${path}?limit=200${cursor ? `&cursor=${cursor}` : ''}`;
    const { body }: { body: Json } = await platform.get(page, { kind: 'admin', tenantId });
    rows.push(...body.data);
    cursor = body.next_cursor;
  } while (cursor);
  return rows;
}
