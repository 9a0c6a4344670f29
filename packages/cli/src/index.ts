export {
  cdnowChannel,
  cdnowCustomerId,
  cdnowEvents,
  cdnowPurchasedAt,
  cdnowReferrer,
  cdnowReferrerIds,
} from './cdnow.ts';
export { demoTenant, ensureDemoTenant } from './demo-tenant.ts';
