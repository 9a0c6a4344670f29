import { z } from 'zod';
import { enrollmentAnswer, enrollmentRequest, eventAnswer, eventQuery, eventsAnswer } from '../../api/attribution.ts';
import { customerSignedUp, promoUpdated, purchaseCompleted, purchaseRefunded } from '../../events/inbound.ts';
import { identifier } from '../../scalars.ts';
import { exampleCode, exampleReferralId } from '../example-data.ts';
import type { ApiOperation } from '../operation.ts';
import { problem } from '../problems.ts';
import { referralOperations } from './referrals.ts';

const ada = { tenant_slug: 'acme-waste', name: 'Ada Byron', email: 'ada@example.com' };

const enrollment: ApiOperation = {
  method: 'post',
  path: '/api/enrollments',
  id: 'enroll',
  summary: 'A new customer signs up',
  description: [
    'In public, or with a service token by the platform, which may bring the id that it knows the customer by.',
    'A code that does not count does not stop anybody. The same form again is one signup. Emits `customer_signed_up`.',
  ].join('\n\n'),
  callers: ['anybody', 'service'],
  isLimited: true,
  body: { schema: enrollmentRequest },
  answers: { 201: { description: 'The signup is on its way.', schema: enrollmentAnswer } },
  problems: ['not-found'],
  examples: [
    {
      name: 'referred',
      summary: 'With a code',
      body: { ...ada, referral_code: exampleCode },
      status: 201,
      answer: {
        customer_id: 'cus_c47471560d7024c6fe5f1dac183cad23',
        event_id: 'evt_1f7fe46d9326e2fdd71cb6dc2ceac576',
      },
    },
    {
      name: 'own_id',
      summary: 'By the platform, under its own id',
      caller: 'service',
      body: { ...ada, customer_id: 'cus_333' },
      status: 201,
      answer: { customer_id: 'cus_333', event_id: 'evt_b98a8cf21ed5f51b3fac4480590eb57f' },
    },
    {
      name: 'id_without_token',
      summary: 'An id that nobody vouches for',
      body: { ...ada, customer_id: 'cus_333' },
      status: 401,
      answer: problem('unauthorized', { detail: 'A customer_id needs a service token.' }),
    },
    {
      name: 'unknown_tenant',
      summary: 'A tenant that there is not',
      body: { ...ada, tenant_slug: 'nobody' },
      status: 404,
      answer: problem('not-found', { detail: 'There is no such tenant.' }),
    },
    {
      name: 'bad_address',
      summary: 'Something that is no e-mail address',
      body: { ...ada, email: 'ada' },
      status: 400,
      answer: problem('validation-failed', { errors: [{ path: 'email', message: 'Invalid email address' }] }),
    },
  ],
};

const inboundEvent = z.union([
  customerSignedUp.schema,
  purchaseCompleted.schema,
  purchaseRefunded.schema,
  promoUpdated.schema,
]);

const purchase = {
  specversion: '1.0',
  id: 'shop-ord_2',
  source: '/shop',
  type: 'purchase_completed',
  time: '2026-03-22T09:45:00Z',
  data: {
    tenant_id: 'acme-waste',
    customer_id: 'cus_222',
    order_id: 'ord_2',
    amount: 1_250,
    currency: 'USD',
    occurred_at: '2026-03-22T09:45:00Z',
  },
};
const refund = {
  ...purchase,
  id: 'shop-rfd_2',
  type: 'purchase_refunded',
  data: { ...purchase.data, refund_id: 'rfd_2', amount: 250 },
};
const foreign = { ...purchase, id: 'shop-ord_3', data: { ...purchase.data, tenant_id: 'globex' } };
const tenantFault = 'data.tenant_id: must be the tenant of the token';

const publishing: ApiOperation = {
  method: 'post',
  path: '/api/events',
  id: 'publishEvents',
  summary: 'Publishes events to the inbound topics',
  description: [
    'One CloudEvent or a list of at most 1,000, together at most 1 MB. What each topic takes is in the AsyncAPI document.',
    'The answer comes when the accepted ones are durable. An event’s identity is tenant, source and id: a repeat has no effect.',
  ].join('\n\n'),
  callers: ['service'],
  body: {
    schema: z.union([inboundEvent, z.array(inboundEvent).min(1).max(1_000)]),
    mediaTypes: ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'],
  },
  answers: { 202: { description: 'At least one is accepted.', schema: eventsAnswer } },
  examples: [
    {
      name: 'one',
      summary: 'One event',
      body: purchase,
      status: 202,
      answer: { accepted: 1, results: [{ event_id: 'shop-ord_2', status: 'accepted' }] },
    },
    {
      name: 'batch',
      summary: 'A batch in which one is not accepted',
      mediaType: 'application/cloudevents-batch+json',
      body: [purchase, refund, foreign],
      status: 202,
      answer: {
        accepted: 2,
        results: [
          { event_id: 'shop-ord_2', status: 'accepted' },
          { event_id: 'shop-rfd_2', status: 'accepted' },
          { event_id: 'shop-ord_3', status: 'invalid', problem: tenantFault },
        ],
      },
    },
    {
      name: 'list',
      summary: 'A list as plain JSON',
      mediaType: 'application/json',
      body: [refund],
      status: 202,
      answer: { accepted: 1, results: [{ event_id: 'shop-rfd_2', status: 'accepted' }] },
    },
    {
      name: 'none_accepted',
      summary: 'Nothing that could be accepted',
      body: foreign,
      status: 400,
      answer: problem('validation-failed', {
        errors: [{ path: 'events.0', message: `shop-ord_3: ${tenantFault}` }],
      }),
    },
  ],
};

const fate: ApiOperation = {
  method: 'get',
  path: '/api/events/{id}',
  id: 'getEvent',
  summary: 'What became of an inbound event',
  callers: ['service', 'admin'],
  parameters: { path: z.object({ id: identifier }), query: eventQuery },
  answers: { 200: { description: 'Its one terminal record, or that there is none yet.', schema: eventAnswer } },
  examples: [
    {
      name: 'effect',
      summary: 'A purchase that converted a referral',
      parameters: { id: 'shop-purchase_completed' },
      status: 200,
      answer: {
        event_id: 'shop-purchase_completed',
        type: 'purchase_completed',
        source: '/shop',
        effects: [
          { type: 'referral_converted', referral_id: exampleReferralId },
          { type: 'referral_revenue_changed', referral_id: exampleReferralId },
        ],
        status: 'effect',
      },
    },
    {
      name: 'ignored',
      summary: 'A customer who referred himself',
      parameters: { id: 'shop-self', source: '/shop' },
      status: 200,
      answer: {
        event_id: 'shop-self',
        type: 'customer_signed_up',
        source: '/shop',
        effects: [],
        status: 'ignored',
        reason: 'self_referral',
      },
    },
    {
      name: 'unknown',
      summary: 'An event that has never come',
      parameters: { id: 'shop-ord_9' },
      status: 200,
      answer: { event_id: 'shop-ord_9', type: null, status: 'unknown', effects: [] },
    },
    {
      name: 'source_too_long',
      summary: 'A source that none can be',
      parameters: { id: 'shop-ord_9', source: 'x'.repeat(257) },
      status: 400,
      answer: problem('validation-failed', {
        errors: [{ path: 'source', message: 'Too big: expected string to have <=256 characters' }],
      }),
    },
  ],
};

export const attributionOperations: readonly ApiOperation[] = [enrollment, publishing, fate, ...referralOperations];
