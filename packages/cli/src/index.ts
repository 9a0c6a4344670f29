export {
  cdnowChannel,
  cdnowCustomerId,
  cdnowEvents,
  cdnowPurchasedAt,
  cdnowReferrer,
  cdnowReferrerIds,
} from './cdnow.ts';
