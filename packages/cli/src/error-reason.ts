/** What went wrong, as briefly as the system tells it: `ECONNREFUSED`, or a message. Looks through to the cause, as fetch says only `fetch failed`. */
export function errorReason(error: unknown): string {
  const { code, cause, message } = partsOf(error);
  if (cause !== undefined) return errorReason(cause);
  if (typeof code === 'string') return code;
  return typeof message === 'string' && message !== '' ? message : String(error);
}

/** Whether the operating system has refused something, e.g. a file: EACCES, ENOSPC. */
export function isSystemError(error: unknown): error is { readonly message: string } {
  const { syscall, message } = partsOf(error);
  return typeof syscall === 'string' && typeof message === 'string';
}

function partsOf(error: unknown): { code?: unknown; cause?: unknown; message?: unknown; syscall?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}
