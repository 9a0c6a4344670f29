import { defaultProgram } from '../api/program.ts';
import type { CloudEvent, EventDefinition } from '../cloud-events.ts';
import { encodeEvent } from '../codec.ts';
import type { Qualifying, Rewards } from '../events/attribution.ts';
import * as attribution from '../events/attribution.ts';
import * as inbound from '../events/inbound.ts';
import * as referralCode from '../events/referral-code.ts';
import * as rewardIssuer from '../events/reward-issuer.ts';
import { acmeWaste, exampleCode, exampleReferralId, jane, john } from '../openapi/example-data.ts';

/** One event of every type, as it is kept among the fixtures: all tell of one customer who brought another. */
export interface EventExample {
  readonly type: string;
  readonly event: CloudEvent;
  readonly key: string;
  /** The key in terms of the data: `{tenant_id}:{customer_id}`. */
  readonly keyTemplate: string;
}

const attributedAt = '2026-03-20T10:00:00.000Z';
const convertedAt = '2026-03-22T09:30:00.000Z';
const tenant_id = acmeWaste.tenant_id;
const visitor_id = 'vis_0123456789abcdef0123456789abcdef';
const entry_id = 'jen_48556394bf4bf3a2d8ae1a417c317708';

const pair = { referrer_customer_id: john.customer_id, referee_customer_id: jane.customer_id };
const rewards: Rewards = {
  referrer: { type: 'points', value: 100 },
  referee: { type: 'discount_percent', value: 1_000 },
};
const qualifying: Qualifying = { type: 'first_purchase', order_id: 'ord_1', amount: 2_933, currency: 'USD' };
/** No amount is in them, so they are in events as they are in the API. */
const { limits, milestones } = defaultProgram;

const attributed = {
  tenant_id,
  referral_id: exampleReferralId,
  revision: 1,
  status: 'attributed' as const,
  ...pair,
  code: exampleCode,
  channel: 'whatsapp' as const,
  program_version: 1,
  attributed_at: attributedAt,
  cause: 'shop-1',
  decision_id: 'dec_fc488460b991491566297dceb8fa8b82',
  referrer_ordinal: null,
};
const converted = {
  ...attributed,
  revision: 2,
  status: 'converted' as const,
  converted_at: convertedAt,
  qualifying,
  decision_id: entry_id.replace('jen', 'dec'),
  referrer_ordinal: 1,
};
const { referrer_ordinal: _, ...convertedVerdict } = converted;

const rewardOfJohn = {
  tenant_id,
  reward_id: 'rwd_81afb40e54694b3a46cf066c8a3ea12d',
  entry_id,
  referral_id: exampleReferralId,
  revision: 2,
  customer_id: john.customer_id,
  side: 'referrer' as const,
  kind: 'referral' as const,
  type: 'points' as const,
  value: 100,
  program_version: 1,
  cause: 'shop-2',
  occurred_at: convertedAt,
};

const purchase = {
  tenant_id,
  customer_id: jane.customer_id,
  order_id: 'ord_1',
  amount: 2_933,
  currency: 'USD',
  occurred_at: convertedAt,
};

export const eventExamples: readonly EventExample[] = [
  foreign(inbound.customerSignedUp, {
    tenant_id,
    ...jane,
    phone: '+1 202 555 0101',
    referral_code: exampleCode,
    channel: 'whatsapp',
    promo: { code: 'SPRING', combinable_with_referral: true },
    occurred_at: attributedAt,
  }),
  foreign(inbound.purchaseCompleted, purchase),
  foreign(inbound.purchaseRefunded, { ...purchase, refund_id: 'rfd_1' }),
  foreign(inbound.promoUpdated, {
    tenant_id,
    code: 'SPRING',
    combinable_with_referral: false,
    type: 'discount_percent',
    value: 1_500,
  }),
  own(referralCode.tenantUpdated, 'evt_373e4841541ec6dce995d9e1ee684c4a', acmeWaste),
  own(referralCode.programUpdated, 'evt_9821ee2f4afe19986e85306e5546ddde', {
    tenant_id,
    version: 1,
    effective_at: attributedAt,
    program: {
      ...defaultProgram,
      enabled: true,
      referrer_reward: rewards.referrer,
      referee_reward: rewards.referee,
      qualifying_event: { type: 'first_purchase' },
    },
  }),
  own(referralCode.referralCodeCreated, 'evt_462c4cf2bd4ba91c622eeab6cd570009', {
    tenant_id,
    customer_id: john.customer_id,
    code: exampleCode,
    has_profile: true,
    created_at: attributedAt,
  }),
  own(referralCode.referralLinkShared, 'evt_0b7b1b3b14b00e35715967184b9a7ae2', {
    tenant_id,
    referrer_customer_id: john.customer_id,
    code: exampleCode,
    channel: 'whatsapp',
    link: `https://refer.example.com/r/acme-waste/${exampleCode}?c=whatsapp`,
    shared_at: attributedAt,
  }),
  own(referralCode.referralLinkClicked, 'evt_c6ab5afcba3a582fb03e52758b37c348', {
    tenant_id,
    referrer_customer_id: john.customer_id,
    code: exampleCode,
    channel: 'whatsapp',
    visitor_id,
    clicked_at: attributedAt,
  }),
  own(referralCode.customerProfile, 'evt_b5a52423e3e567c2be16170d127811ad', {
    tenant_id,
    ...john,
    learnt_at: attributedAt,
  }),
  own(
    attribution.referralVerdict,
    'evt_595499679edeaedd6caf5d2de5ca4b55',
    {
      ...convertedVerdict,
      cause: 'shop-2',
      attributed_revision: 1,
      attributed_cause: 'shop-1',
      attributed_decision_id: attributed.decision_id,
      terms: { rewards, limits, milestones },
    },
    convertedAt,
  ),
  own(attribution.referralAttributed, 'evt_247ed7c02ddecb602248eb2cc86983b4', attributed),
  own(attribution.referralConverted, 'evt_f6b12fd3dac4a447320b4173978031d3', { ...converted, rewards }, convertedAt),
  own(
    attribution.referralRejected,
    'evt_3de4f74365bc531e9916b80be4011529',
    { ...converted, status: 'rejected', reason: 'max_referrals_per_referrer', referrer_ordinal: null },
    convertedAt,
  ),
  own(attribution.referralExpired, 'evt_ca30b256a8aec3af71ab2f977ee59e98', {
    ...attributed,
    revision: 2,
    status: 'expired',
    reason: 'conversion_window_passed',
    decision_id: converted.decision_id,
  }),
  own(
    attribution.referralReversed,
    'evt_79068fa1647c2e15505c68a5d2364e73',
    {
      ...converted,
      revision: 3,
      status: 'reversed',
      reason: 'refunded',
      decision_id: 'dec_16bcf74c627d82f25810261f9660f338',
    },
    convertedAt,
  ),
  own(attribution.referralRevenueChanged, 'evt_07b8c78ddb3fdc366377397b863c6319', {
    tenant_id,
    referral_id: exampleReferralId,
    revision: 1,
    ...pair,
    channel: 'whatsapp',
    order_id: 'ord_1',
    ordered_at: convertedAt,
    currency: 'USD',
    net_amount: 2_933,
  }),
  own(attribution.referralMilestoneReached, 'evt_efe117b239131065c98df5dc1ebd4e85', {
    tenant_id,
    referrer_customer_id: john.customer_id,
    threshold: 10,
    referrer_ordinal: 10,
    referral_id: exampleReferralId,
    bonus: { type: 'points', value: 500 },
  }),
  own(attribution.referralNudgeDue, 'evt_4a0c1fd5a0ab2f1f1f7a1a6e6f6f3f0b', {
    tenant_id,
    referral_id: exampleReferralId,
    ...pair,
    after_hours: 48,
    conversion_ends_at: '2026-06-18T10:00:00.000Z',
  }),
  own(rewardIssuer.rewardIssued, 'evt_1bda6c7cee77763da19d8939e3dcbd4a', rewardOfJohn),
  own(rewardIssuer.rewardReversed, 'evt_6ba47de074a4c95cae3fa279cf7003d8', { ...rewardOfJohn, revision: 3 }),
  own(rewardIssuer.loyaltyPointsPosted, 'evt_55fa830004c4441e7c95c10d5809c56f', {
    tenant_id,
    posting_id: 'pst_2257506a9a6fab2b70cf872878337135',
    entry_id,
    customer_id: john.customer_id,
    points: 100,
    occurred_at: convertedAt,
  }),
  own(rewardIssuer.promoCreditPosted, 'evt_70f659a564ec14b0601fa22cbe890110', {
    tenant_id,
    posting_id: 'pst_98657af1c8f914ff8a1da66b6744cd46',
    entry_id,
    customer_id: john.customer_id,
    amount: 2_000,
    currency: 'USD',
    occurred_at: convertedAt,
  }),
  own(rewardIssuer.discountGranted, 'evt_f24d7e3e18a8f53e5fb11b30123a1787', {
    tenant_id,
    discount_id: 'dsc_301244bc7ab240512b64c5a7d928ffde',
    customer_id: jane.customer_id,
    type: 'discount_percent',
    value: 1_000,
    status: 'granted',
    revision: 1,
    occurred_at: convertedAt,
  }),
  own(rewardIssuer.journalEntryPosted, 'evt_9d5c2b4f8e174c07b6a7f3f0c1d2e3a4', {
    tenant_id,
    entry_id,
    kind: 'referral',
    about: exampleReferralId,
    cause: 'shop-2',
    postings: [
      { posting_id: 'pst_7c1d0b8a5e2f4b6c9d3e1f0a2b4c6d8e', account: 'program', unit: 'points', amount: -100 },
      {
        posting_id: 'pst_2257506a9a6fab2b70cf872878337135',
        account: `customer:${john.customer_id}`,
        unit: 'points',
        amount: 100,
      },
    ],
    occurred_at: convertedAt,
  }),
];

/** As we publish it. */
function own<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  id: string,
  data: Data,
  time = attributedAt,
): EventExample {
  return exampleOf(definition, {
    specversion: '1.0',
    id,
    source: definition.source,
    type: definition.type,
    time,
    subject: definition.subject(data),
    tenantid: data.tenant_id,
    datacontenttype: 'application/json',
    dataschema: definition.dataschema,
    data,
  });
}

/** As another service publishes it, with no more than it has to say. */
function foreign<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  data: Data,
): EventExample {
  const { type } = definition;
  return exampleOf(definition, {
    specversion: '1.0',
    id: `shop-${type}`,
    source: '/shop',
    type,
    time: attributedAt,
    data,
  });
}

function exampleOf<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  event: CloudEvent<Type, Data>,
): EventExample {
  const members = new Proxy(event.data, { get: (_data, name) => `{${String(name)}}` });
  return {
    type: definition.type,
    event,
    key: encodeEvent(definition, event).key,
    keyTemplate: definition.key(members),
  };
}
