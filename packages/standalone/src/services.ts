import type { ServiceDefinition } from '@referral/host';
import { analyticsService } from '@referral/service-analytics';
import { attributionService } from '@referral/service-attribution';
import { referralCodeService } from '@referral/service-referral-code';
import { rewardIssuerService } from '@referral/service-reward-issuer';

/** Every service of the platform. */
export const services: readonly ServiceDefinition[] = [
  referralCodeService,
  attributionService,
  rewardIssuerService,
  analyticsService,
];
