import { randomUUID } from 'node:crypto';
import express, { type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { answerReadiness, type ReadinessCheck } from './health.ts';
import type { Logger } from './logging.ts';
import { clientClosedRequest, type Metrics, measureRequests } from './metrics.ts';
import { answerProblem, refuseUnmatched } from './problem-handler.ts';

export interface BodyLimit {
  /** Holds for this path and what is below it. */
  readonly path: string;
  readonly limitBytes: number;
  readonly types: readonly string[];
}

export interface HttpAppOptions {
  readonly name: string;
  /** Their routes name whole paths; what they throw is answered as problem+json. */
  readonly routers: readonly Router[];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: readonly ReadinessCheck[];
  /** How many reverse proxies in front are trusted to say who the client is. */
  readonly trustProxy: number;
  /** Where other bodies than 32 kB of `application/json` are taken. */
  readonly bodyLimits?: readonly BodyLimit[];
}

const defaultBodyLimitBytes = 32 * 1_024;
const maxLoggedPathLength = 200;

/** The HTTP side of a process: everything around the routes of its services. */
export function createHttpApp(options: HttpAppOptions): express.Express {
  const { name, routers, logger, metrics, readiness, trustProxy, bodyLimits = [] } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustProxy);

  app.use(assignRequestId, logRequests(logger), secureHeaders, measureRequests(metrics));
  app.get('/livez', (_req, res) => {
    res.json({ status: 'ok', service: name });
  });
  app.get('/readyz', answerReadiness(readiness, logger));
  app.get('/metrics', async (_req, res) => {
    res.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  for (const { path, limitBytes, types } of bodyLimits) {
    app.use(path, express.json({ limit: limitBytes, type: [...types] }));
  }
  app.use(express.json({ limit: defaultBodyLimitBytes, type: 'application/json' }));
  for (const router of routers) app.use(router);
  app.use(refuseUnmatched([app.router, ...routers]), answerProblem);
  return app;
}

const assignRequestId: RequestHandler = (req, res, next) => {
  const given = req.get('x-request-id');
  req.id = given && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID();
  res.setHeader('X-Request-Id', req.id);
  next();
};

/** `upgrade-insecure-requests` would break the pages wherever TLS ends elsewhere or nowhere, as on one's own machine. */
const secureHeaders = helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });

/** One line per request. It holds no headers, no query and no body: those carry tokens and personal data. */
function logRequests(logger: Logger): RequestHandler {
  return pinoHttp<express.Request, express.Response>({
    logger,
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: 'request_id' },
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'error' : res.statusCode >= 400 ? 'info' : 'debug'),
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request failed',
    customSuccessObject: requestLine,
    customErrorObject: (req, res, _error, fields) => ({ ...requestLine(req, res, fields), err: res.err }),
  });
}

function requestLine(req: express.Request, res: express.Response, { responseTime }: { responseTime: number }) {
  return {
    method: req.method,
    path: req.originalUrl.split('?', 1)[0]?.slice(0, maxLoggedPathLength),
    status: res.writableFinished ? res.statusCode : clientClosedRequest,
    duration_ms: responseTime,
  };
}
