import { z } from 'zod';
import { idempotencyKey } from '../../api/referral-code.ts';
import {
  balanceAnswer,
  myRewardsQuery,
  quoteAnswer,
  quoteRequest,
  redemptionAnswer,
  redemptionRequest,
  rewardsAnswer,
  rewardsQuery,
  totalsAnswer,
} from '../../api/reward-issuer.ts';
import { identifier } from '../../scalars.ts';
import { badCursor, exampleReferralId } from '../example-data.ts';
import type { ApiOperation } from '../operation.ts';
import { problem } from '../problems.ts';

const tooLong = 'x'.repeat(129);
const janesDiscount = { id: 'dsc_b20a46e9470e7347083939c791cfdf86', type: 'discount_percent', value: 10 };
const janesBalance = { customer_id: 'cus_222', points: 0, credit: [] };
/** A bonus of another customer, used for the order `ord_8`. */
const usedDiscountId = 'dsc_c0130f74f21aae5612e081031de3c6e9';

const johnsReward = {
  id: 'rwd_81afb40e54694b3a46cf066c8a3ea12d',
  customer_id: 'cus_111',
  side: 'referrer',
  kind: 'referral',
  type: 'points',
  value: 100,
  referral_id: exampleReferralId,
  status: 'issued',
  issued_at: '2026-03-22T09:30:00.000Z',
};

const balanceOperations: readonly ApiOperation[] = [
  {
    method: 'get',
    path: '/api/rewards',
    id: 'listRewards',
    summary: 'Rewards, the latest issued first',
    callers: ['admin'],
    parameters: { query: rewardsQuery },
    answers: { 200: { description: 'One page.', schema: rewardsAnswer } },
    examples: [
      {
        name: 'of_customer',
        summary: 'Those of one customer',
        parameters: { customer_id: 'cus_111' },
        status: 200,
        answer: {
          data: [johnsReward],
          next_cursor: null,
        },
      },
      badCursor,
    ],
  },
  {
    method: 'get',
    path: '/api/rewards/totals',
    id: 'getRewardTotals',
    summary: 'Points and credit issued, taken back, redeemed and outstanding, since the beginning',
    callers: ['admin'],
    answers: { 200: { description: 'As far as the ledger is sealed.', schema: totalsAnswer } },
    examples: [
      {
        name: 'points',
        summary: 'One referral, of whose points some were spent',
        status: 200,
        answer: {
          as_of: '2026-03-22T10:00:00.000Z',
          points: { issued: 100, reversed: 0, redeemed: 30, outstanding: 70 },
          credit: [],
        },
      },
    ],
  },
  {
    method: 'get',
    path: '/api/rewards/my-rewards',
    id: 'listMyRewards',
    summary: 'The customer’s own rewards, the latest issued first',
    callers: ['customer'],
    parameters: { query: myRewardsQuery },
    answers: { 200: { description: 'One page.', schema: rewardsAnswer } },
    examples: [
      {
        name: 'one',
        summary: 'A customer who has brought one other',
        status: 200,
        answer: { data: [johnsReward], next_cursor: null },
      },
      badCursor,
    ],
  },
  {
    method: 'get',
    path: '/api/rewards/my-balance',
    id: 'getMyBalance',
    summary: 'What the customer has',
    callers: ['customer'],
    answers: { 200: { description: 'Zeros and empty lists for one who has nothing.', schema: balanceAnswer } },
    examples: [
      {
        name: 'points',
        summary: 'A customer who has brought one other, and spent 30 of the 100 points',
        status: 200,
        answer: { customer_id: 'cus_111', points: 70, credit: [], discounts: [] },
      },
    ],
  },
  {
    method: 'get',
    path: '/api/customers/{id}/balance',
    id: 'getBalance',
    summary: 'What a customer has',
    callers: ['admin'],
    parameters: { path: z.object({ id: identifier }) },
    answers: { 200: { description: 'Zeros and empty lists for one who is not known here.', schema: balanceAnswer } },
    problems: ['validation-failed'],
    examples: [
      {
        name: 'discount',
        summary: 'One who holds a discount',
        parameters: { id: 'cus_222' },
        status: 200,
        answer: { ...janesBalance, discounts: [{ ...janesDiscount, status: 'granted' }] },
      },
      {
        name: 'too_long',
        summary: 'An id that none can be',
        parameters: { id: tooLong },
        status: 400,
        answer: problem('validation-failed', {
          errors: [
            { path: 'id', message: 'Too big: expected string to have <=128 characters' },
            { path: 'id', message: 'must be at most 128 bytes' },
          ],
        }),
      },
    ],
  },
];

const checkoutOperations: readonly ApiOperation[] = [
  {
    method: 'post',
    path: '/api/checkout/quote',
    id: 'quoteCart',
    summary: 'What a customer would pay for a cart',
    description:
      'Each discount is applied or dropped, with the reason. Percentages are of the subtotal, rounded down; the referral’s discount comes first, then promos by code, whatever the order they were typed in. At most one discount from referrals goes into a cart: the one that is worth most. A `promised` one is for a customer whose referral this cart would convert. Changes nothing.',
    callers: ['service'],
    body: { schema: quoteRequest },
    answers: { 200: { description: 'Money in major units of the cart’s currency.', schema: quoteAnswer } },
    examples: [
      {
        name: 'combined',
        summary: 'A referral’s discount and a promo that goes with it',
        body: {
          customer_id: 'cus_222',
          amount: 80,
          currency: 'USD',
          promos: [{ code: 'FIVE', type: 'discount_fixed', value: 5, combinable_with_referral: true }],
        },
        status: 200,
        answer: {
          subtotal: 80,
          total: 67,
          applied: [
            {
              source: 'referral',
              discount_id: janesDiscount.id,
              status: 'granted',
              type: 'discount_percent',
              value: 10,
              amount: 8,
            },
            { source: 'promo', code: 'FIVE', type: 'discount_fixed', value: 5, amount: 5 },
          ],
          dropped: [],
        },
      },
      {
        name: 'promo_alone',
        summary: 'A promo that goes with no discount from referrals',
        body: {
          customer_id: 'cus_222',
          amount: 80,
          currency: 'USD',
          promos: [{ code: 'SPRING', type: 'discount_percent', value: 15, combinable_with_referral: false }],
        },
        status: 200,
        answer: {
          subtotal: 80,
          total: 68,
          applied: [{ source: 'promo', code: 'SPRING', type: 'discount_percent', value: 15, amount: 12 }],
          dropped: [{ source: 'referral', discount_id: janesDiscount.id, reason: 'promo_not_combinable' }],
        },
      },
      {
        name: 'too_many_decimals',
        summary: 'An amount that the currency cannot hold',
        body: { customer_id: 'cus_222', amount: 79.999, currency: 'USD' },
        status: 400,
        answer: problem('validation-failed', { errors: [{ path: 'amount', message: 'must have at most 2 decimals' }] }),
      },
    ],
  },
  {
    method: 'post',
    path: '/api/checkout/redemptions',
    id: 'redeem',
    summary: 'Takes points, credit or a discount for an order',
    description:
      'Exactly one of `points`, `credit` and `discount_id`. With an `Idempotency-Key`, the same again is answered alike. Without one, an order takes points once, credit once, and each discount once. A discount that is only promised is `held` for the order, and used once that order converts the referral; a hold that no order followed lapses. A balance below zero, after a refund, cannot be redeemed until it is back.',
    callers: ['service'],
    parameters: { header: z.object({ 'Idempotency-Key': idempotencyKey }) },
    body: { schema: redemptionRequest },
    answers: {
      201: { description: 'It is taken, now or by the same request before.', schema: redemptionAnswer },
    },
    problems: [
      'not-found',
      'insufficient-balance',
      'discount-not-available',
      'order-already-redeemed',
      'idempotency-key-reused',
    ],
    examples: [
      {
        name: 'discount',
        summary: 'A discount',
        parameters: { 'Idempotency-Key': 'redeem-2' },
        body: { customer_id: 'cus_222', order_id: 'ord_2', discount_id: janesDiscount.id },
        status: 201,
        answer: {
          redemption_id: 'rdm_8227a507a063edf22c8c06cb22dd4bfe',
          status: 'used',
          discount_id: janesDiscount.id,
          balance: { ...janesBalance, discounts: [{ ...janesDiscount, status: 'used' }] },
        },
      },
      {
        name: 'points',
        summary: 'Points, under the order’s own identity',
        body: { customer_id: 'cus_111', order_id: 'ord_3', points: 20 },
        status: 201,
        answer: {
          redemption_id: 'rdm_7a2ae9f3dca30dd045d1d128ca413577',
          status: 'used',
          points: 20,
          balance: { customer_id: 'cus_111', points: 50, credit: [], discounts: [] },
        },
      },
      {
        name: 'not_enough',
        summary: 'More than the customer has',
        body: { customer_id: 'cus_111', order_id: 'ord_3', points: 500 },
        status: 409,
        answer: problem('insufficient-balance', { detail: 'The customer has 70 points.' }),
      },
      {
        name: 'not_available',
        summary: 'A discount that another order has',
        body: { customer_id: 'cus_333', order_id: 'ord_9', discount_id: usedDiscountId },
        status: 409,
        answer: problem('discount-not-available', { detail: 'It was used for another order.' }),
      },
      {
        name: 'other_amount',
        summary: 'Another amount for the same order',
        body: { customer_id: 'cus_111', order_id: 'ord_7', points: 40 },
        status: 409,
        answer: problem('order-already-redeemed', { detail: 'For this order, 30 points were redeemed already.' }),
      },
      {
        name: 'other_body',
        summary: 'The key stands for another redemption already',
        parameters: { 'Idempotency-Key': 'redeem-1' },
        body: { customer_id: 'cus_333', order_id: 'ord_9', discount_id: usedDiscountId },
        status: 422,
        answer: problem('idempotency-key-reused', { detail: 'The key stands for another body.' }),
      },
      {
        name: 'somebody_elses',
        summary: 'A discount of another customer',
        body: { customer_id: 'cus_111', order_id: 'ord_3', discount_id: janesDiscount.id },
        status: 404,
        answer: problem('not-found', { detail: 'The customer has no such discount.' }),
      },
      {
        name: 'two_at_once',
        summary: 'Points and a discount in one request',
        body: { customer_id: 'cus_222', order_id: 'ord_2', points: 5, discount_id: janesDiscount.id },
        status: 400,
        answer: problem('validation-failed', {
          errors: [{ path: '', message: 'takes exactly one of points, credit and discount_id' }],
        }),
      },
    ],
  },
];

export const rewardIssuerOperations: readonly ApiOperation[] = [...balanceOperations, ...checkoutOperations];
