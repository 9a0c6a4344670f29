import type { myCodeAnswer } from '@referral/contracts';
import type { z } from 'zod';
import { type Offer, rewardOf } from '../offer.ts';
import { readPublicTenant } from '../public-tenant.ts';
import type { Session } from '../session.ts';

export interface MyCode extends z.infer<typeof myCodeAnswer> {
  /** Of rewards that are money. */
  readonly currency: string | undefined;
}

export async function readMyCode(session: Session, signal: AbortSignal): Promise<MyCode> {
  const [{ body }, tenant] = await Promise.all([
    session.call<z.infer<typeof myCodeAnswer>>('/api/referrals/my-code', { signal }),
    readPublicTenant(session.slug, signal),
  ]);
  return { ...body, currency: tenant?.currency };
}

export function offerOf(code: MyCode): Offer {
  return {
    referrer: rewardOf(code.referrer_reward_type, code.referrer_reward_value),
    referee: rewardOf(code.referee_reward_type, code.referee_reward_value),
  };
}
