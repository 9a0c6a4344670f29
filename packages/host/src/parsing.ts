import type { Request } from 'express';
import type { z } from 'zod';
import { type FieldError, problems } from './problems.ts';

const maxErrorsTold = 50;
const maxPathLength = 200;

/**
 * The request's JSON body, as the schema reads it.
 * @throws Problem 400 with a line per fault, 415 when the body is not JSON
 */
export function parseBody<S extends z.ZodType>(schema: S, req: Request): z.output<S> {
  if (req.body === undefined && hasContent(req)) throw problems.unsupportedMediaType('The body must be JSON.');
  return parse(schema, req.body);
}

/**
 * The query string, as the schema reads it. A parameter may stand there once.
 * @throws Problem 400 with a line per fault
 */
export function parseQuery<S extends z.ZodType>(schema: S, req: Request): z.output<S> {
  const repeated = Object.entries(req.query).filter(([, value]) => typeof value !== 'string');
  if (repeated.length > 0) {
    throw validation(repeated.map(([name]) => ({ path: name, message: 'must be given once' })));
  }
  return parse(schema, { ...req.query });
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw validation(parsed.error.issues.flatMap(fieldErrors));
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.map(String).join('.'), message: issue.message }];
  return issue.keys.map((key) => ({
    path: [...issue.path, key].map(String).join('.'),
    message: 'is not a known field',
  }));
}

/** Names in it are the caller's own: what is echoed of them has a bound. */
function validation(errors: readonly FieldError[]) {
  return problems.validation(
    errors.slice(0, maxErrorsTold).map(({ path, message }) => ({ path: path.slice(0, maxPathLength), message })),
  );
}

function hasContent(req: Request): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}
