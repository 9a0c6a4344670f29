import type { ServiceDefinition } from '@referral/host';
import { analyticsService } from '@referral/service-analytics';
import { attributionService } from '@referral/service-attribution';
import { referralCodeService } from '@referral/service-referral-code';
import { rewardIssuerService } from '@referral/service-reward-issuer';
import { type WebOptions, webService } from '@referral/service-web';

/** Every service of the platform. */
export function allServices(web: WebOptions = {}): readonly ServiceDefinition[] {
  return [referralCodeService, attributionService, rewardIssuerService, analyticsService, webService(web)];
}

export const services = allServices();
