import { z } from 'zod';
import { apiProgram } from '../../api/program.ts';
import { programHistoryAnswer, programHistoryQuery } from '../../api/program-history.ts';
import { acmeProgram, badCursor, exampleNow } from '../example-data.ts';
import type { ApiOperation } from '../operation.ts';
import { problem } from '../problems.ts';

const version = { ETag: '"v1"' };
const richer = { ...acmeProgram, referrer_reward: { type: 'credit' as const, value: 20 } };

export const programOperations: readonly ApiOperation[] = [
  {
    method: 'get',
    path: '/api/referrals/program',
    id: 'getProgram',
    summary: 'The programme, with all its settings',
    description: 'A tenant that has saved none has the defaults, disabled, with the tag `"v0"`.',
    callers: ['admin'],
    answers: { 200: { description: 'What is in force.', schema: apiProgram, headers: ['ETag'] } },
    problems: ['not-found'],
    examples: [{ name: 'saved', summary: 'A saved one', status: 200, answer: acmeProgram, headers: version }],
  },
  {
    method: 'put',
    path: '/api/referrals/program',
    id: 'putProgram',
    summary: 'Replaces the programme',
    description:
      'Referrals stay under the version that was in force when they began. The first save needs no `If-Match`.',
    callers: ['admin'],
    parameters: { header: z.object({ 'If-Match': z.string().optional() }) },
    body: { schema: apiProgram },
    answers: { 200: { description: 'What is in force now.', schema: apiProgram, headers: ['ETag'] } },
    problems: ['not-found', 'too-many-versions', 'precondition-failed', 'precondition-required'],
    examples: [
      {
        name: 'change',
        summary: '$20 of credit instead of points',
        parameters: { 'If-Match': '"v1"' },
        body: richer,
        status: 200,
        answer: richer,
        headers: { ETag: '"v2"' },
      },
      {
        name: 'inexact',
        summary: 'An amount that the currency cannot hold',
        parameters: { 'If-Match': '"v1"' },
        body: { ...acmeProgram, referrer_reward: { type: 'credit', value: 20.005 } },
        status: 400,
        answer: problem('validation-failed', {
          errors: [{ path: 'referrer_reward.value', message: 'must have at most 2 decimals' }],
        }),
      },
      {
        name: 'outdated',
        summary: 'Somebody else was faster',
        parameters: { 'If-Match': '"v7"' },
        body: richer,
        status: 412,
        answer: {
          ...problem('precondition-failed', {
            detail: `admin saved version 1 at ${exampleNow}. Read the programme again.`,
          }),
          version: 1,
          changed_at: exampleNow,
          changed_by: 'admin',
        },
      },
      {
        name: 'without_tag',
        summary: 'Without the tag of what it replaces',
        body: richer,
        status: 428,
        answer: problem('precondition-required', { detail: 'Send the ETag of the programme that this replaces.' }),
      },
    ],
  },
  {
    method: 'get',
    path: '/api/referrals/program/history',
    id: 'getProgramHistory',
    summary: 'Who changed what of the programme, the newest version first',
    callers: ['admin'],
    parameters: { query: programHistoryQuery },
    answers: { 200: { description: 'One page.', schema: programHistoryAnswer } },
    problems: ['not-found'],
    examples: [
      {
        name: 'first_version',
        summary: 'One that was saved once',
        parameters: { limit: '10' },
        status: 200,
        answer: {
          data: [
            {
              version: 1,
              effective_at: exampleNow,
              changed_at: exampleNow,
              changed_by: 'admin',
              program: acmeProgram,
              changes: [
                { path: 'enabled', before: false, after: true },
                { path: 'referrer_reward.type', before: null, after: 'points' },
                { path: 'referrer_reward.value', before: null, after: 100 },
                { path: 'referee_reward.type', before: null, after: 'discount_percent' },
                { path: 'referee_reward.value', before: null, after: 10 },
                { path: 'qualifying_event.type', before: 'signup', after: 'first_purchase' },
              ],
            },
          ],
          next_cursor: null,
        },
      },
      badCursor,
    ],
  },
];
