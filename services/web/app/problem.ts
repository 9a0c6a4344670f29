/** A call that was refused or failed, as the API tells it; or that reached nobody. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** 0: there was no answer. */
  readonly status: number;
  /** The last part of the API's stable type: `validation-failed`. */
  readonly type: string;
  readonly detail: string | undefined;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** The whole body: some problems tell more. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>> = {}, retryAfterSeconds?: number) {
    super(textOf(body.title) ?? 'no answer');
    this.status = status;
    this.type = textOf(body.type)?.split(':').at(-1) ?? (status === 0 ? 'unreachable' : 'unknown');
    this.detail = textOf(body.detail);
    this.errors = Array.isArray(body.errors) ? body.errors : [];
    this.requestId = textOf(body.request_id);
    this.retryAfterSeconds = retryAfterSeconds;
    this.body = body;
  }
}

/** What a person can make of it. */
export function explain({ status, message, detail, retryAfterSeconds }: ApiProblem): string {
  if (status === 0) return 'There is no connection to the server. Check yours and try again.';
  if (status === 401) return 'Your sign-in has expired or is not valid here. Sign in again.';
  if (status === 403) return 'Your sign-in does not allow this. Sign in with another one.';
  if (status === 429) return `Too many attempts. Try again ${inSeconds(retryAfterSeconds)}.`;
  if (status === 503 || status === 504) return 'The server is busy at the moment. Try again in a few seconds.';
  if (status >= 500) return 'Something went wrong on the server. Try again in a moment.';
  return detail ?? `${message}.`;
}

function inSeconds(seconds: number | undefined): string {
  if (seconds === undefined) return 'in a minute';
  if (seconds < 90) return `in ${seconds} seconds`;
  return `in ${Math.ceil(seconds / 60)} minutes`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
