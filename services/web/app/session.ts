import { useState } from 'react';
import { type ApiAnswer, type ApiCall, callApi, openApi } from './api.ts';
import { type OwnPage, ownPageOf, type PageKind, type SignInReason, signInPath } from './paths.ts';
import { ApiProblem } from './problem.ts';

/** A page's calls, made as whoever is signed in there. */
export interface Session extends OwnPage {
  /** As `callApi`; a token that has expired or is refused leads to the sign-in, once. */
  call<Body>(path: string, call?: Omit<ApiCall, 'token'>): Promise<ApiAnswer<Body>>;
  /** As `openApi`, with the same care for the token. */
  open(path: string, call?: Omit<ApiCall, 'token'>): Promise<Response>;
  signOut(): void;
}

/** Keeps the token for this tab alone, until it is closed. An admin and a customer of one tenant can share a tab. */
export function keepToken(kind: PageKind, slug: string, token: string): void {
  sessionStorage.setItem(keyOf(kind, slug), token);
}

/**
 * The session of the page that is open, from its path.
 * @returns undefined when nobody is signed in: the document is on its way to the sign-in then
 */
export function useSession(): Session | undefined {
  const [session] = useState(openSession);
  return session;
}

function openSession(): Session | undefined {
  const page = ownPageOf(window.location.pathname);
  if (!page) {
    window.location.replace('/sign-in');
    return undefined;
  }
  const { kind, slug } = page;
  const token = sessionStorage.getItem(keyOf(kind, slug));
  const leave = (reason?: SignInReason) => {
    sessionStorage.removeItem(keyOf(kind, slug));
    // The sign-in never leads back by itself, so a token that is refused again and again is no loop.
    window.location.replace(signInPath(window.location.pathname, reason));
  };
  if (token === null) {
    leave();
    return undefined;
  }
  const leaveIfRefused = (error: unknown): never => {
    if (error instanceof ApiProblem && error.status === 401) leave('expired');
    if (error instanceof ApiProblem && error.status === 403) leave('refused');
    throw error;
  };
  return {
    ...page,
    call: (path, call) => callApi<never>(path, { ...call, token }).catch(leaveIfRefused),
    open: (path, call) => openApi(path, { ...call, token }).catch(leaveIfRefused),
    signOut: () => leave('signed-out'),
  };
}

function keyOf(kind: PageKind, slug: string): string {
  return `referral:${slug}:${kind}`;
}
