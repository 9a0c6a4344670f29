import { z } from 'zod';
import type { ApiOperation } from '../operation.ts';

const check = z.enum(['ok', 'failed']);
const readiness = (status: 'ready' | 'unavailable') =>
  z.strictObject({ status: z.literal(status), checks: z.record(z.string(), check) });
const anyDocument = z.looseObject({});

const ofProcess = { method: 'get', callers: ['anybody'], isOfProcess: true } as const;
const notModified = { description: 'It is still the one that `If-None-Match` names.', headers: ['ETag'] } as const;
const documentHeaders = ['ETag', 'Cache-Control'] as const;
const conditional = { header: z.object({ 'If-None-Match': z.string().optional() }) };

/** What every process answers beside the calls of its services. */
export const edgeOperations: readonly ApiOperation[] = [
  {
    ...ofProcess,
    path: '/livez',
    id: 'getLiveness',
    summary: 'Whether the process runs',
    answers: {
      200: { description: 'It does.', schema: z.strictObject({ status: z.literal('ok'), service: z.string() }) },
    },
    examples: [{ name: 'alive', summary: 'It runs', status: 200, answer: { status: 'ok', service: 'standalone' } }],
  },
  {
    ...ofProcess,
    path: '/readyz',
    id: 'getReadiness',
    summary: 'Whether the process can serve',
    description: 'Why a check failed stands in the log alone.',
    answers: {
      200: { description: 'Its engines answer.', schema: readiness('ready') },
      503: {
        description: 'An engine does not answer within 2 s. A bus that has answered is given 30 s to come back.',
        schema: readiness('unavailable'),
      },
    },
    examples: [
      {
        name: 'ready',
        summary: 'Everything answers',
        status: 200,
        answer: { status: 'ready', checks: { store: 'ok', bus: 'ok' } },
      },
    ],
  },
  {
    ...ofProcess,
    path: '/metrics',
    id: 'getMetrics',
    summary: 'Figures of the process, for Prometheus',
    answers: { 200: { description: 'In its text format.', mediaType: 'text/plain', schema: z.string() } },
    examples: [],
  },
  {
    ...ofProcess,
    path: '/openapi.json',
    id: 'getOpenApi',
    summary: 'This document',
    parameters: conditional,
    answers: {
      200: { description: 'The calls of the services of this process.', schema: anyDocument, headers: documentHeaders },
      304: notModified,
    },
    examples: [],
  },
  {
    ...ofProcess,
    path: '/asyncapi.json',
    id: 'getAsyncApi',
    summary: 'The events, as AsyncAPI 3.0',
    parameters: conditional,
    answers: {
      200: { description: 'Every topic of the platform.', schema: anyDocument, headers: documentHeaders },
      304: notModified,
    },
    examples: [],
  },
  {
    ...ofProcess,
    path: '/docs',
    id: 'getDocs',
    summary: 'This document, as a page to read and to try',
    answers: {
      200: { description: 'It loads nothing from another host.', mediaType: 'text/html', schema: z.string() },
    },
    examples: [],
  },
];
