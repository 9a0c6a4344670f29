import { type OwnPage, ownPageOf, type SignInReason } from '../paths.ts';

/** What somebody brings to the sign-in, in its address. */
export interface Arrival {
  readonly ticket: string | null;
  readonly token: string | null;
  readonly next: OwnPage | undefined;
  readonly reason: SignInReason | undefined;
}

const reasons: readonly SignInReason[] = ['expired', 'refused', 'signed-out'];

/** Tickets and tokens come in the fragment, which no server and no log sees. */
export function arrivalOf({ search, hash }: { readonly search: string; readonly hash: string }): Arrival {
  const query = new URLSearchParams(search);
  const fragment = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    ticket: fragment.get('ticket'),
    token: fragment.get('token'),
    next: ownPageOf(query.get('next')),
    reason: reasons.find((one) => one === query.get('reason')),
  };
}
