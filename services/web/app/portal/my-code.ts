import type { myCodeAnswer } from '@referral/contracts';
import type { z } from 'zod';
import { type Offer, rewardOf } from '../offer.ts';
import type { Session } from '../session.ts';

export type MyCode = z.infer<typeof myCodeAnswer>;

export async function readMyCode(session: Session, signal: AbortSignal): Promise<MyCode> {
  return (await session.call<MyCode>('/api/referrals/my-code', { signal })).body;
}

export function offerOf(code: MyCode): Offer {
  return {
    referrer: rewardOf(code.referrer_reward_type, code.referrer_reward_value),
    referee: rewardOf(code.referee_reward_type, code.referee_reward_value),
  };
}
