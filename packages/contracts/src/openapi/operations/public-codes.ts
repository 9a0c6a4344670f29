import { z } from 'zod';
import { publicTenantAnswer, validateAnswer, validateRequest } from '../../api/referral-code.ts';
import { acmeWaste, exampleCode, examplePublicUrl } from '../example-data.ts';
import type { ApiOperation } from '../operation.ts';
import { problem } from '../problems.ts';

const visitor = 'vis_0123456789abcdef0123456789abcdef';
const enrollmentPage = `${examplePublicUrl}/enroll/acme-waste`;

/** What somebody may ask who is nobody's customer yet. */
export const publicCodeOperations: readonly ApiOperation[] = [
  {
    method: 'get',
    path: '/api/tenants/{slug}/public',
    id: 'getPublicTenant',
    summary: 'Whose sign-up page it is',
    description: 'The name to show, and the currency of rewards that are money.',
    callers: ['anybody'],
    isLimited: true,
    parameters: { path: z.object({ slug: z.string() }) },
    answers: { 200: { description: 'What anybody may know of the tenant.', schema: publicTenantAnswer } },
    problems: ['not-found'],
    examples: [
      {
        name: 'known',
        summary: 'A tenant',
        parameters: { slug: acmeWaste.slug },
        status: 200,
        answer: { slug: acmeWaste.slug, name: acmeWaste.name, currency: acmeWaste.currency },
      },
      {
        name: 'unknown',
        summary: 'Nobody has this slug',
        parameters: { slug: 'nobody' },
        status: 404,
        answer: problem('not-found'),
      },
    ],
  },
  {
    method: 'post',
    path: '/api/referrals/validate',
    id: 'validateCode',
    summary: 'Whether a code counts, and what it brings',
    description:
      'An unknown tenant, a disabled programme and an unknown code are answered alike. Case, spaces and hyphens do not matter.',
    callers: ['anybody'],
    isLimited: true,
    body: { schema: validateRequest },
    answers: { 200: { description: 'Exactly these fields.', schema: validateAnswer } },
    examples: [
      {
        name: 'valid',
        summary: 'A code that counts',
        body: { referral_code: exampleCode, tenant_slug: 'acme-waste' },
        status: 200,
        answer: {
          valid: true,
          referrer_name: 'John Doe',
          referee_reward_type: 'discount_percent',
          referee_reward_value: 10,
        },
      },
      {
        name: 'unknown',
        summary: 'A code that does not',
        body: { referral_code: 'AAAA2222', tenant_slug: 'acme-waste' },
        status: 200,
        answer: { valid: false },
      },
      {
        name: 'incomplete',
        summary: 'Without a tenant',
        body: { referral_code: exampleCode },
        status: 400,
        answer: problem('validation-failed', { errors: [{ path: 'tenant_slug', message: 'is required' }] }),
      },
    ],
  },
  {
    method: 'get',
    path: '/r/{tenantSlug}/{code}',
    id: 'followLink',
    summary: 'The link that customers share',
    description:
      'Leads to the tenant’s landing page or ours, records the click and remembers the visitor. A code that does not count leads there too, without one.',
    callers: ['anybody'],
    isLimited: true,
    parameters: {
      path: z.object({ tenantSlug: z.string(), code: z.string() }),
      query: z.object({
        c: z.string().optional().meta({ description: 'The channel; one that is not ours counts as `other`.' }),
      }),
      cookie: z.object({ referral_visitor: z.string().optional().meta({ description: 'Says who the visitor is.' }) }),
    },
    answers: {
      302: { description: 'The page to go to.', headers: ['Location', 'Set-Cookie', 'Cache-Control'] },
    },
    problems: ['not-found'],
    examples: [
      {
        name: 'live',
        summary: 'A code that counts, and a visitor who has been here before',
        parameters: { tenantSlug: 'acme-waste', code: exampleCode, c: 'whatsapp', referral_visitor: visitor },
        status: 302,
        headers: {
          Location: `${enrollmentPage}?ref=${exampleCode}&visitor_id=${visitor}`,
          'Cache-Control': 'no-store',
        },
      },
      {
        name: 'unknown_code',
        summary: 'A code that does not',
        parameters: { tenantSlug: 'acme-waste', code: 'AAAA2222' },
        status: 302,
        headers: { Location: enrollmentPage, 'Cache-Control': 'no-store' },
      },
      {
        name: 'unknown_tenant',
        summary: 'A tenant that there is not',
        parameters: { tenantSlug: 'nobody', code: 'AAAA2222' },
        status: 404,
        answer: problem('not-found'),
      },
    ],
  },
];
