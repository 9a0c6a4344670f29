import type { myCodeAnswer } from '@referral/contracts';
import type { z } from 'zod';
import { callApi } from '../api.ts';
import type { PageKind } from '../paths.ts';
import { ApiProblem, explain } from '../problem.ts';

export type TokenCheck =
  | { readonly isGood: true; readonly kind: PageKind }
  | { readonly isGood: false; readonly why: string };

/** Tries a token at the calls that its pages will make, so that whoever has the wrong one learns what is wrong with it. */
export async function checkToken(token: string, slug: string, wanted: PageKind | undefined): Promise<TokenCheck> {
  if (!/^[\w.~+/=-]+$/.test(token)) return bad('This is not a token: it must be one word, with dots in it.');
  try {
    const kind = await kindOf(token, slug);
    if (kind === undefined) return bad('This token belongs to another organisation.');
    if (wanted === undefined || wanted === kind) return { isGood: true, kind };
    return bad(wanted === 'admin' ? 'This page needs an administrator’s token; this is a customer’s.' : adminsToken);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 401)
      return bad('This token is not accepted: it has expired, or was made for another installation.');
    if (error.status === 403)
      return bad('This token is for services. Pages need one of an administrator or a customer.');
    return bad(explain(error));
  }
}

const adminsToken = 'This page needs a customer’s token; this is an administrator’s.';

function bad(why: string): TokenCheck {
  return { isGood: false, why };
}

/** @returns undefined when the token is another tenant's */
async function kindOf(token: string, slug: string): Promise<PageKind | undefined> {
  const isAdmins = await orUndefined(
    [403],
    callApi(`/api/tenants/${encodeURIComponent(slug)}`, { token }).then(() => true),
  );
  if (isAdmins === 'not-found') return undefined;
  if (isAdmins) return 'admin';
  const code = await orUndefined([], callApi<z.infer<typeof myCodeAnswer>>('/api/referrals/my-code', { token }));
  if (code === 'not-found' || code === undefined) return undefined;
  return code.body.enrollment_slug === slug ? 'customer' : undefined;
}

/** What is asked for; `undefined` when it is refused with one of `statuses`. */
async function orUndefined<Value>(
  statuses: readonly number[],
  asked: Promise<Value>,
): Promise<Value | 'not-found' | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return 'not-found';
    if (error instanceof ApiProblem && statuses.includes(error.status)) return undefined;
    throw error;
  }
}
