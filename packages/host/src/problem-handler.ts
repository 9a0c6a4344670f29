import { STATUS_CODES } from 'node:http';
import { isOperational } from '@referral/errors';
import type { ErrorRequestHandler, RequestHandler, Response, Router } from 'express';
import { Problem, problems } from './problems.ts';

/** Answers what no route has taken: 405 when the path is known for other methods, else 404. */
export function refuseUnmatched(routers: readonly Router[]): RequestHandler {
  return (req) => {
    const allowed = methodsOf(routers, req.path);
    throw allowed.length > 0 ? problems.methodNotAllowed(allowed) : problems.notFound();
  };
}

/** The one place where an error becomes an HTTP status. What is no fault of the caller is kept for the request's log line. */
export const answerProblem: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  const problem = toProblem(error);
  if (problem.status >= 500 && error instanceof Error) res.err = error;
  if (res.headersSent) {
    res.destroy();
    return;
  }
  sendProblem(res, problem);
};

function sendProblem(res: Response, problem: Problem): void {
  const body = { ...problem.toJSON(), request_id: res.getHeader('x-request-id') };
  res.status(problem.status).set(problem.headers);
  // Not through express, which would add a charset: the media type has no such parameter.
  res.setHeader('Content-Type', 'application/problem+json');
  res.end(JSON.stringify(body));
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isOperational(error)) return problems.unavailable();
  // Known by its name: importing the store would load its native library into processes that open none.
  if (error instanceof Error && error.name === 'InvalidCursorError') {
    return problems.validation([{ path: 'cursor', message: 'must be a cursor that a page before has given' }]);
  }
  if (isRequestError(error)) return requestProblem(error);
  return problems.internal();
}

/** What express and its parsers throw about a request, with the status that they suggest. */
interface RequestError extends Error {
  readonly status: number;
}

function isRequestError(error: unknown): error is RequestError {
  if (!(error instanceof Error) || !('status' in error)) return false;
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500;
}

function requestProblem(error: RequestError): Problem {
  if (error instanceof URIError) return problems.malformedRequest('The URL is not validly encoded.');
  if ('type' in error && error.type === 'entity.parse.failed') return problems.malformedJson();
  if (error.status === 400) return problems.malformedRequest();
  if (error.status === 413) return problems.payloadTooLarge();
  if (error.status === 415) return problems.unsupportedMediaType('The encoding or character set is not supported.');
  return new Problem({ status: error.status, type: 'refused', title: STATUS_CODES[error.status] ?? 'Refused' });
}

/** Express tells the methods of a path only to OPTIONS requests, so its table of routes is asked. */
function methodsOf(routers: readonly Router[], path: string): string[] {
  const layers = routers.flatMap((router) => router.stack).filter((layer) => canMatch(layer) && layer.match(path));
  const methods = layers.flatMap((layer) => layer.route?.stack.map(({ method }) => method.toUpperCase()) ?? []);
  if (methods.includes('GET')) methods.push('HEAD');
  return [...new Set(methods)].sort();
}

function canMatch<Layer extends object>(layer: Layer): layer is Layer & { match(path: string): unknown } {
  return 'match' in layer && typeof layer.match === 'function';
}
