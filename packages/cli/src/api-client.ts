import { OperationalError } from '@referral/errors';
import { z } from 'zod';
import { errorReason } from './error-reason.ts';

export interface ApiRequest<T> {
  readonly path: string;
  readonly token: string;
  /** Default: POST for a request with a body, else GET. */
  readonly method?: 'PUT';
  /** JSON. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer: z.ZodType<T>;
  readonly signal?: AbortSignal;
}

/** The platform has refused a request; the message says what and why, in lines for people. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const requestTimeoutMs = 30_000;
/** Too many requests, or a platform (or what stands in front of it) that is starting, stopping or cut off. */
const passingStatuses = [429, 502, 503, 504];

/**
 * Calls the API of the platform at `url` (no trailing slash).
 * @throws OperationalError `SERVER_UNREACHABLE`, `SERVER_UNAVAILABLE`: the same request may succeed later
 * @throws ApiProblem for any other refusal
 */
export async function callApi<T>(url: string, request: ApiRequest<T>): Promise<T> {
  const { path, token, body, headers, signal } = request;
  const method = request.method ?? (body === undefined ? 'GET' : 'POST');
  const response = await exchange(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  });
  const answer = request.answer.safeParse(response.json);
  const isAnswer = response.status >= 200 && response.status < 300;
  if (isAnswer && answer.success) return answer.data;
  const what = `${method} ${path.split('?', 1)[0]}`;
  if (isAnswer) {
    throw new ApiProblem(response.status, `${what}: the answer of ${url} is not the referral platform's`);
  }
  throw new ApiProblem(response.status, describeRefusal(what, response));
}

/**
 * Opens a referral link as a browser does that is known as this visitor.
 * @returns the page that the link leads to; `undefined` when it leads nowhere
 */
export async function openLink(link: URL, visitorId: string): Promise<URL | undefined> {
  const response = await exchange(link, { redirect: 'manual', headers: { cookie: `referral_visitor=${visitorId}` } });
  const location = response.headers.get('location');
  return location === null ? undefined : new URL(location, link);
}

interface ReadResponse {
  readonly status: number;
  readonly headers: Headers;
  /** `undefined` when the body is not JSON. */
  readonly json: unknown;
}

async function exchange(url: string | URL, init: RequestInit): Promise<ReadResponse> {
  const { origin } = new URL(url);
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  try {
    const response = await fetch(url, { ...init, signal });
    const text = await response.text();
    if (!passingStatuses.includes(response.status)) {
      return { status: response.status, headers: response.headers, json: parseJson(text) };
    }
    throw new OperationalError('SERVER_UNAVAILABLE', `${origin} takes no request right now (${response.status})`);
  } catch (error) {
    if (error instanceof OperationalError) throw error;
    const message = `${origin} does not answer (${errorReason(error)}). Start the platform with: npm start`;
    throw new OperationalError('SERVER_UNREACHABLE', message, error);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const problemBody = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

function describeRefusal(what: string, { status, json }: ReadResponse): string {
  const problem = problemBody.safeParse(json);
  const { title, detail, errors = [] } = problem.success ? problem.data : {};
  const reasons = [title, detail].filter((text) => text !== undefined).join('. ');
  const hint = status === 401 ? ['Has this shell the DATA_DIR or AUTH_SECRET of the platform?'] : [];
  return [
    `${what} was refused with ${status}${reasons && `: ${reasons}`}`,
    ...errors.map(({ path, message }) => `  ${path || '(body)'}: ${message}`),
    ...hint,
  ].join('\n');
}
