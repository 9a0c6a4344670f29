/** The cookie by which a browser that opened a referral link is known again. Both who sets it and who enrols read it. */
export const visitorCookie = 'referral_visitor';

/** Whether this is an id that a click could have given out. */
function isVisitorId(text: string): boolean {
  return /^vis_[0-9a-f]{32}$/.test(text);
}

/**
 * @param cookies a request's `cookie` header
 * @returns the visitor that this browser is known as; `undefined` when it is new, or says something that we never gave out
 */
export function visitorIn(cookies: string | undefined): string | undefined {
  const [, value = ''] = new RegExp(`(?:^|;) *${visitorCookie}=([^;]*)`).exec(cookies ?? '') ?? [];
  return isVisitorId(value) ? value : undefined;
}
