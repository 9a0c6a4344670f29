import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RequestHandler, Router } from 'express';

/** Which page answers which path. */
const pages: readonly (readonly [path: string, page: string])[] = [
  ['/dashboard/:slug/*page', 'dashboard'],
  ['/portal/:slug/referrals', 'portal'],
  ['/enroll/:slug', 'enroll'],
  ['/sign-in', 'sign-in'],
];

/** Where the build has left room for the nonce of each answer (`html.cspNonce` in vite.config.ts). */
const placeholder = '__NONCE__';
const nonceBytes = 16;

/** The pages' HTML, read at the first request for it: a process whose pages nobody opens needs no build of them. */
export function pageRoutes(folder: string): Router {
  const router = Router();
  for (const [path, page] of pages) router.get(path, answerPage(join(folder, `${page}.html`)));
  return router;
}

function answerPage(file: string): RequestHandler {
  let read: Promise<string> | undefined;
  return async (_req, res) => {
    read ??= readFile(file, 'utf8').catch((error: unknown) => {
      read = undefined;
      throw error;
    });
    const html = await read;
    const nonce = randomBytes(nonceBytes).toString('base64');
    res.set({
      'Content-Security-Policy': contentPolicy(nonce),
      'Permissions-Policy': permissions,
      'X-Frame-Options': 'DENY',
      // The HTML names the hashed files of this build, and carries a nonce that must not be used twice.
      'Cache-Control': 'no-store',
    });
    res.type('html').send(html.replaceAll(placeholder, nonce));
  };
}

/**
 * Nothing is loaded from another host, and nothing runs that is not a file of ours. Styles are files too, or carry the nonce:
 * those are the few that Mantine writes at run time. Style attributes are not allowed; React sets styles through the DOM.
 */
function contentPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const permissions = ['camera=()', 'geolocation=()', 'microphone=()', 'payment=()', 'usb=()'].join(', ');
