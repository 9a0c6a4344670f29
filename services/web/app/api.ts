import { ApiProblem } from './problem.ts';

export interface ApiCall {
  /** Default: GET, or POST with a body. */
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface ApiAnswer<Body> {
  readonly body: Body;
  readonly headers: Headers;
}

/** Beyond what any call takes, and short enough to still be waiting for. */
const timeoutMs = 20_000;

/**
 * Calls the public API. The type of the answer is that of its contract, which the server's own tests hold it to.
 * @param path begins with `/api/`
 * @throws ApiProblem when it is refused, fails, or nobody answers; the DOMException `AbortError` when `signal` aborts
 */
export async function callApi<Body>(path: string, call: ApiCall = {}): Promise<ApiAnswer<Body>> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
  const response = await openApi(path, { ...call, signal });
  return { body: await readJson(response), headers: response.headers };
}

/** As `callApi`, for an answer that is a file or has no end: it is the caller's to read, and nothing but `signal` ends it. */
export async function openApi(path: string, call: ApiCall): Promise<Response> {
  const { body, token, headers = {}, signal, method = body === undefined ? 'GET' : 'POST' } = call;
  const response = await answered(path, {
    method,
    ...(signal && { signal }),
    headers: {
      Accept: 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // Who calls stands in the token alone, and who visits in the cookie of links.
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
  });
  if (response.ok) return response;
  const problem = await readJson(response).catch(() => ({}));
  throw new ApiProblem(response.status, problem, retryAfterSeconds(response));
}

async function answered(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiProblem(0);
  }
}

async function readJson(response: Response) {
  try {
    return await response.json();
  } catch {
    throw new ApiProblem(response.ok ? 502 : response.status);
  }
}

function retryAfterSeconds(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}
