import { z } from 'zod';
import {
  configAnswer,
  configRequest,
  createTenantRequest,
  idempotencyKey,
  myCodeAnswer,
  promosAnswer,
  promosRequest,
  shareAnswer,
  shareRequest,
  tenantAnswer,
} from '../../api/referral-code.ts';
import { acmeWaste, exampleCode, examplePublicUrl } from '../example-data.ts';
import type { ApiOperation } from '../operation.ts';
import { problem } from '../problems.ts';
import { programOperations } from './program.ts';
import { publicCodeOperations } from './public-codes.ts';

const globex = { slug: 'globex', name: 'Globex', currency: 'EUR', time_zone: 'Europe/Berlin' };
const missing = (...paths: string[]) => paths.map((path) => ({ path, message: 'is required' }));

const tenantOperations: readonly ApiOperation[] = [
  {
    method: 'post',
    path: '/api/tenants',
    id: 'createTenant',
    summary: 'Creates a tenant',
    description: 'The same again is a repeat, answered with 200. `tenant_id` defaults to the slug.',
    callers: ['platform'],
    body: { schema: createTenantRequest },
    answers: {
      200: { description: 'It exists already, with this content.', schema: tenantAnswer },
      201: { description: 'It is created.', schema: tenantAnswer },
    },
    problems: ['tenant-exists', 'slug-taken'],
    examples: [
      { name: 'new', summary: 'A new one', body: globex, status: 201, answer: { tenant_id: 'globex', ...globex } },
      { name: 'again', summary: 'The same again', body: acmeWaste, status: 200, answer: acmeWaste },
      {
        name: 'other_content',
        summary: 'It exists with another currency',
        body: { ...acmeWaste, currency: 'EUR' },
        status: 409,
        answer: problem('tenant-exists', { detail: 'The tenant exists with other content.' }),
      },
      {
        name: 'slug_taken',
        summary: 'The slug is another tenant’s',
        body: { ...globex, tenant_id: 'globex', slug: 'acme-waste' },
        status: 409,
        answer: problem('slug-taken', { detail: 'The slug belongs to another tenant.' }),
      },
      {
        name: 'incomplete',
        summary: 'Members are missing',
        body: { slug: 'globex', name: 'Globex' },
        status: 400,
        answer: problem('validation-failed', { errors: missing('currency', 'time_zone') }),
      },
    ],
  },
  {
    method: 'get',
    path: '/api/tenants/{slug}',
    id: 'getTenant',
    summary: 'One tenant',
    callers: ['admin', 'platform'],
    parameters: { path: z.object({ slug: z.string() }) },
    answers: { 200: { description: 'The tenant.', schema: tenantAnswer } },
    problems: ['not-found'],
    examples: [
      { name: 'own', summary: 'One’s own', parameters: { slug: 'acme-waste' }, status: 200, answer: acmeWaste },
      {
        name: 'foreign',
        summary: 'None that this token may see',
        parameters: { slug: 'globex' },
        status: 404,
        answer: problem('not-found'),
      },
    ],
  },
];

const config = {
  referral_enabled: true,
  referral_reward_type: 'points',
  referral_reward_value: 100,
  referral_reward_referee_type: 'discount_percent',
  referral_reward_referee_value: 10,
};
const newConfig = { ...config, referral_reward_type: 'credit', referral_reward_value: 20 };
const promos = {
  data: [{ code: 'SPRING', type: 'discount_percent', value: 15, combinable_with_referral: false }],
};

const settingsOperations: readonly ApiOperation[] = [
  {
    method: 'get',
    path: '/api/referrals/config',
    id: 'getConfig',
    summary: 'The programme in five fields',
    callers: ['admin'],
    answers: { 200: { description: 'Exactly these fields.', schema: configAnswer } },
    problems: ['not-found'],
    examples: [{ name: 'saved', summary: 'A saved one', status: 200, answer: config }],
  },
  {
    method: 'put',
    path: '/api/referrals/config',
    id: 'putConfig',
    summary: 'Changes these five fields of the programme',
    description: 'All other settings stay as they are. The last writer wins: no `If-Match` is asked for.',
    callers: ['admin'],
    body: { schema: configRequest },
    answers: { 200: { description: 'What is in force now.', schema: configAnswer } },
    problems: ['not-found', 'too-many-versions'],
    examples: [
      { name: 'change', summary: '$20 of credit instead of points', body: newConfig, status: 200, answer: newConfig },
      {
        name: 'half',
        summary: 'A type without its value',
        body: { ...config, referral_reward_value: null },
        status: 400,
        answer: problem('validation-failed', {
          errors: [
            {
              path: 'referral_reward_value',
              message: 'goes with referral_reward_type: both are set, or both are null',
            },
          ],
        }),
      },
    ],
  },
  {
    method: 'get',
    path: '/api/referrals/promos',
    id: 'getPromos',
    summary: 'The tenant’s promotions',
    callers: ['admin'],
    answers: { 200: { description: 'All of them.', schema: promosAnswer } },
    problems: ['not-found'],
    examples: [{ name: 'one', summary: 'One promotion', status: 200, answer: promos }],
  },
  {
    method: 'put',
    path: '/api/referrals/promos',
    id: 'putPromos',
    summary: 'Replaces the tenant’s promotions',
    description: 'Who may be referred and also use a promo code is decided by `combinable_with_referral`.',
    callers: ['admin'],
    body: { schema: promosRequest },
    answers: { 200: { description: 'The list as it was given.', schema: promosAnswer } },
    problems: ['not-found'],
    examples: [
      { name: 'none', summary: 'No promotion any more', body: { data: [] }, status: 200, answer: { data: [] } },
      {
        name: 'twice',
        summary: 'One code twice: case does not matter',
        body: { data: [...promos.data, { ...promos.data[0], code: 'spring' }] },
        status: 400,
        answer: problem('validation-failed', { errors: [{ path: 'data.1.code', message: 'stands there twice' }] }),
      },
    ],
  },
];

const link = `${examplePublicUrl}/r/acme-waste/${exampleCode}?c=whatsapp`;
const recommendation = `I recommend Acme Waste. Join with my referral link: ${link}`;

const customerOperations: readonly ApiOperation[] = [
  {
    method: 'get',
    path: '/api/referrals/my-code',
    id: 'getMyCode',
    summary: 'The customer’s own code, made at the first call',
    callers: ['customer'],
    answers: { 200: { description: 'Exactly these fields.', schema: myCodeAnswer } },
    problems: ['not-found'],
    examples: [
      {
        name: 'one_referral',
        summary: 'A customer who has brought one other',
        status: 200,
        answer: {
          referral_code: exampleCode,
          referral_count: 1,
          referral_enabled: true,
          referrer_reward_type: 'points',
          referrer_reward_value: 100,
          referee_reward_type: 'discount_percent',
          referee_reward_value: 10,
          enrollment_slug: 'acme-waste',
        },
      },
    ],
  },
  {
    method: 'post',
    path: '/api/referrals/share',
    id: 'shareCode',
    summary: 'Records that the customer gives the link away',
    description: 'With an `Idempotency-Key`, the same again is one share. Emits `referral_link_shared`.',
    callers: ['customer'],
    parameters: { header: z.object({ 'Idempotency-Key': idempotencyKey }) },
    body: { schema: shareRequest },
    answers: { 200: { description: 'The link of this channel.', schema: shareAnswer } },
    problems: ['not-found', 'idempotency-key-reused'],
    examples: [
      {
        name: 'whatsapp',
        summary: 'Through WhatsApp',
        parameters: { 'Idempotency-Key': 'share-2' },
        body: { channel: 'whatsapp' },
        status: 200,
        answer: { link, share_url: `https://wa.me/?text=${encodeURIComponent(recommendation)}` },
      },
      {
        name: 'other_body',
        summary: 'The key stands for another channel already',
        parameters: { 'Idempotency-Key': 'share-1' },
        body: { channel: 'email' },
        status: 422,
        answer: problem('idempotency-key-reused', { detail: 'The key stands for another body.' }),
      },
      {
        name: 'unknown_channel',
        summary: 'A channel that there is not',
        body: { channel: 'pigeon' },
        status: 400,
        answer: problem('validation-failed', {
          errors: [
            {
              path: 'channel',
              message:
                'Invalid option: expected one of "whatsapp"|"email"|"sms"|"facebook"|"x"|"telegram"|"link"|"qr"|"code"|"other"',
            },
          ],
        }),
      },
    ],
  },
];

export const referralCodeOperations: readonly ApiOperation[] = [
  ...tenantOperations,
  ...programOperations,
  ...settingsOperations,
  ...customerOperations,
  ...publicCodeOperations,
];
