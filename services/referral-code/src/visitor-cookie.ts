import type { Request, Response } from 'express';
import { isVisitorId } from './random-ids.ts';

const name = 'referral_visitor';
const maxAgeMs = 400 * 24 * 3_600_000;

/** The visitor that this browser is known as; `undefined` when it is new, or says something that we never gave out. */
export function readVisitor(req: Request): string | undefined {
  const [, value = ''] = new RegExp(`(?:^|;) *${name}=([^;]*)`).exec(req.get('cookie') ?? '') ?? [];
  return isVisitorId(value) ? value : undefined;
}

export function rememberVisitor(res: Response, visitorId: string, publicUrl: string): void {
  res.cookie(name, visitorId, {
    httpOnly: true,
    sameSite: 'lax',
    secure: publicUrl.startsWith('https:'),
    path: '/',
    maxAge: maxAgeMs,
  });
}
