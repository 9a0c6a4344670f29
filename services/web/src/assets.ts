import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Router } from 'express';

/** Best first. */
const encodings = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
];

/** `/assets/*`: files whose names change with their content, as the build has compressed them. */
export function assetRoutes(folder: string): Router {
  const root = join(folder, 'assets');
  let listed: Promise<ReadonlySet<string>> | undefined;
  return Router().get('/assets/:name', async (req, res, next) => {
    listed ??= readdir(root).then(
      (names) => new Set(names),
      (error: unknown) => {
        listed = undefined;
        throw error;
      },
    );
    const names = await listed;
    const { name } = req.params;
    // Only what the build has listed, so that no path leads elsewhere; the compressed forms have no address of their own.
    if (!names.has(name) || encodings.some(({ suffix }) => name.endsWith(suffix))) return next();
    // One by one, in our order: asked for the best of several, express goes by the order in which the browser names them.
    const encoding = encodings.find(({ name: one, suffix }) => names.has(name + suffix) && req.acceptsEncodings(one));
    res.set({ 'Cache-Control': 'public, max-age=31536000, immutable', Vary: 'Accept-Encoding' });
    res.type(extname(name));
    if (encoding) res.set('Content-Encoding', encoding.name);
    return res.sendFile(name + (encoding?.suffix ?? ''), { root, acceptRanges: false, cacheControl: false });
  });
}
