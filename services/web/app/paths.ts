/** Who a page is for, which is the kind of token that its calls need. */
export type PageKind = 'admin' | 'customer';

export interface OwnPage {
  readonly kind: PageKind;
  readonly slug: string;
  readonly path: string;
}

export type SignInReason = 'expired' | 'refused' | 'signed-out';

const ownPath = /^\/(dashboard|portal)\/([a-z0-9][a-z0-9_-]{0,63})\/[a-z/]+$/i;

/** @returns undefined unless the path is one of our pages behind a sign-in; never an address elsewhere */
export function ownPageOf(path: string | null | undefined): OwnPage | undefined {
  const [, area, slug] = ownPath.exec(path ?? '') ?? [];
  if (!path || !slug) return undefined;
  return { kind: area === 'portal' ? 'customer' : 'admin', slug, path };
}

export function firstPageOf(kind: PageKind, slug: string): string {
  return `/${kind === 'customer' ? 'portal' : 'dashboard'}/${encodeURIComponent(slug)}/referrals`;
}

/** Where a page sends who is not signed in, and where it comes back to from there. */
export function signInPath(page: string, reason?: SignInReason): string {
  const query = new URLSearchParams({ next: page, ...(reason && { reason }) });
  return `/sign-in?${query}`;
}
