import { visitorCookie } from '@referral/contracts';
import type { Response } from 'express';

const maxAgeMs = 400 * 24 * 3_600_000;

export function rememberVisitor(res: Response, visitorId: string, publicUrl: string): void {
  res.cookie(visitorCookie, visitorId, {
    httpOnly: true,
    sameSite: 'lax',
    secure: publicUrl.startsWith('https:'),
    path: '/',
    maxAge: maxAgeMs,
  });
}
