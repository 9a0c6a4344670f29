import type { Check } from '../check.ts';
import { referees, referrals } from '../records/attribution.ts';

export const oneReferrerPerReferee: Check = {
  name: 'one-referrer-per-referee',
  promise: 'A referee has at most one referral that is not withdrawn.',
  async *find(records) {
    const holders = new Map<string, string>();
    for await (const { body } of records.read(referrals)) {
      const { tenant_id, verdict, status } = body;
      const { referral_id, referee_customer_id } = verdict;
      if (status === 'withdrawn') continue;
      const key = `${tenant_id}:${referee_customer_id}`;
      const other = holders.get(key);
      if (other !== undefined) {
        yield { id: referral_id, tenant_id, message: `referee ${referee_customer_id} has referral ${other} as well` };
      }
      holders.set(key, referral_id);
    }
    for await (const { id, body } of records.read(referees)) {
      const standing = body.verdicts.filter(({ status }) => status !== 'withdrawn');
      if (standing.length <= 1) continue;
      const ids = standing.map(({ referral_id }) => referral_id).join(', ');
      yield { id, tenant_id: body.tenant_id, message: `its verdicts name several referrals: ${ids}` };
    }
  },
};
